"""The shell above the domains and the kernel below them."""

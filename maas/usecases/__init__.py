"""What needs two domains."""

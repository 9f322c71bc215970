"""Safe repairs, shown as a diff."""

"""Journey search over a compiled network."""

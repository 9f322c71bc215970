"""A network as immutable columns, stored and memory-mapped."""

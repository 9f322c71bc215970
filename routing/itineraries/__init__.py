"""What travellers see of a search."""

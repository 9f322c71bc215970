"""Names and readings of places, and finding them."""

"""A price for these riders now, held until a deadline and never edited."""

"""How many companies take part, by day, prefecture and mode."""

"""Companies, what they agreed to, and what has happened to each."""

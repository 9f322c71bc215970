"""Double entry: every yen that moves is a balanced, unchangeable posting."""

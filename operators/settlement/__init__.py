"""A closed period becomes one statement an operator, to the last yen."""

"""The output of one domain as the input of another."""

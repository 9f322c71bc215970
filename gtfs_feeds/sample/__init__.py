"""The synthetic sample Kyushu."""

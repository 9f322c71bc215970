"""The purchase of offers, as a state machine with one table of allowed steps."""

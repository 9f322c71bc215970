"""What every kernel is made of: the types of columns, and how it is compiled."""

"""What is wrong with a feed, and how to mend it."""

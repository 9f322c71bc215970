"""Any number of feeds to one network."""

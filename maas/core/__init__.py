"""Pure kernel: errors, yen, clock, ids, service time, the shape of a network."""

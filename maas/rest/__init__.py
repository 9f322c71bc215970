"""HTTP toolkit: problems, sessions, principals."""

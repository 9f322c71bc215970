"""Paths to itineraries for people."""

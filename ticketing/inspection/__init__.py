"""Verdicts on tickets, online and offline."""

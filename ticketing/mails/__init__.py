"""Mails about an order: to its buyer, and to whoever runs the service."""

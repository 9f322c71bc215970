"""The entitlement, and the signed ticket that shows it."""

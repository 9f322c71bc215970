"""Who buys: contact and language, nothing that a ticket does not need."""

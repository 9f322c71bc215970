"""Money in through the gateway port; stored webhooks; one order, many attempts."""

"""Money back by the product's rule, disputes, and what happens to the entitlements."""

"""
A stateful Stripe on loopback: for demos and tests, never for money.

A real HTTP server that the official SDK talks to. It refuses what Stripe refuses: parameters are
checked against the SDK's own types, removed parameters answer their real code, keys that are not
test keys are turned away. It also misbehaves on demand: webhooks come late, twice and out of
order, and calls that took effect answer 500.
"""

from ticketing.payments.fake_stripe.server import FakeStripe

__all__ = ["FakeStripe"]

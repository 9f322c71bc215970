"""SQL toolkit: base, sessions, outbox, runner. Knows no domain."""

"""SQL toolkit: base, sessions, outbox."""

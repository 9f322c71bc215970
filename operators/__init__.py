"""Operators: registry, onboarding, participation, settlement."""

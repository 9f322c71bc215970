"""Sell, sign, check and refund passes."""

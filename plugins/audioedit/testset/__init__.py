"""Pairs to test with: heard and accepted by people, spread over families and levels."""

"""Providers that know the answers: for tests of the real branch, and never installed."""

"""Stages: what they promise, how their outcomes are kept, and who runs them."""

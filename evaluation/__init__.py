"""Measuring generated audio."""

"""Recordings to mix: found, checked, converted once, with their words."""

"""Splits that nothing crosses: groups, blocked recordings, and re-uploads found by ear."""

"""Tracks training runs as JSON lines in the run's folder: no server, no dependency."""

"""Recorded numbers of the published implementation, and how each kind is run."""

"""Folders with tiny random networks of the classes that the published ones have."""

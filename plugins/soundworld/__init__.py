"""A procedural world of sound with exact truth; the embedded default data."""

"""The synthesis branch: scenes planned as numbers, rendered exactly, and verified."""

"""The published checkpoint: import, export, verify, and its own Python interface."""

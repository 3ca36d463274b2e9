"""Adapters on the command line."""

"""Rows of data sets of the library ``datasets``."""

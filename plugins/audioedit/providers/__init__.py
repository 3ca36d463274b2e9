"""Providers: what does the parts of the work that a model or a library is needed for."""

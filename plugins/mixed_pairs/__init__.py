"""Editing pairs with exact truth, mixed on the fly from separate recordings."""

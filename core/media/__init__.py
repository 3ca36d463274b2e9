"""Audio as values: decode, convert, write."""

"""Rows from tar shards in the form of WebDataset."""

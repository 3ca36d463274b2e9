"""Pairs as shards, manifests and tables, and a data source that reads them."""

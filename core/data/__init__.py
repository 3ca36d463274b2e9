"""From sources to batches: manifests, mixtures, caching, collation."""

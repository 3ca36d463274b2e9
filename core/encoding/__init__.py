"""Rows encoded ahead of training: written into shards by many processes, read by a run."""

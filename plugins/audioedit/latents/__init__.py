"""Latents of packed pairs, made ahead by one codec or several: shards beside those of audio."""

"""Frozen networks that metrics listen with: CNN14, VGGish, CLAP, Whisper, speaker vectors."""

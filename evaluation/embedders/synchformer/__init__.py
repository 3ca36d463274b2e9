"""Synchformer: how far the sound of a video is from its pictures."""

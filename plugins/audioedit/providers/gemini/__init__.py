"""Gemini as labeller and writer of style words: retries, a shared pace, a budget, kept answers."""

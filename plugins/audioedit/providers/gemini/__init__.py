"""Gemini as labeller and writer: retries, a shared pace, a budget, kept answers."""

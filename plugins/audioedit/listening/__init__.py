"""Blind yes/no questions to people who listen to pairs, and how often they say yes."""

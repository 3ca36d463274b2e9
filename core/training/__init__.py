"""One training loop, and what it saves."""

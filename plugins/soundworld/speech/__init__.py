"""Words to say, sentences of them, and plans of who says what."""

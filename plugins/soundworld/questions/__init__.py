"""Questions about a clip, whose answers are a few words that follow from its plan."""

"""A language model on this machine as labeller and writer."""

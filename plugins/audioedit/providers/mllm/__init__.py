"""A language model on this machine as labeller and writer of style words."""

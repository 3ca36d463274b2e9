"""The demonstration: train, generate, measure, and a page to listen to."""

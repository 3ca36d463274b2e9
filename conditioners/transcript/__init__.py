"""The transcript conditioner: what is said, as tokens to attend to."""

"""The clip conditioner: what is seen in the frames of a video."""

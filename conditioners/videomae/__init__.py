"""The videomae conditioner: what goes on in a video."""

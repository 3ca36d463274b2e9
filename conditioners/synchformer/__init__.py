"""The synchformer conditioner: when things happen in a video."""

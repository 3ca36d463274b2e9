"""The mel conditioner: a reference clip as low-level features."""

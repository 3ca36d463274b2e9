"""Rendered clips: what is seen when something sounds; 25 frames a second, 64 × 64 pixels."""

"""What is measured and done on sound: guards, loudness, peaks, grids."""

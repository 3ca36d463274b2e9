"""Rectified flow: path, guidance, solvers."""

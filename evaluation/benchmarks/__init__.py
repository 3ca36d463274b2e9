"""The benchmarks of the paper, and models measured on any."""

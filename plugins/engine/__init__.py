"""What the engine itself brings: solvers, the manifest source and the recipes."""

"""Tasks that change a given clip."""

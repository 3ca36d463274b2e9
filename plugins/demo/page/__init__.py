"""One self-contained page to listen to: players, spectrograms, the loss, the numbers."""

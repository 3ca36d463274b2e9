"""Parts of pages to listen to: players under spectrograms, in files that load nothing."""

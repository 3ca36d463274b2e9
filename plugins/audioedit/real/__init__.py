"""The real branch: recordings labelled, taken apart, checked, and put together as pairs."""

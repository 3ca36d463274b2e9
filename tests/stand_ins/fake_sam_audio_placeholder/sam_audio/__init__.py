"""What PyPI has under the name: nothing."""

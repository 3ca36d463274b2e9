"""What conditioners that read with a frozen network of transformers have in common."""

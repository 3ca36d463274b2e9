"""Of the same call shape as Meta's audiobox_aesthetics, and as small as can be."""

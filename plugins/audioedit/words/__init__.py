"""Names of sounds, and the sentences that ask for edits."""

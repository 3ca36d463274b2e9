"""The paper's ablations at nano size: one command each, one table each."""

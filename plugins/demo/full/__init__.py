"""The whole demonstration: every task trained, generated, measured beside its baseline."""

"""Golden cases of metrics: what they need to be run, and whether our numbers are theirs."""

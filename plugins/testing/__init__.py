"""The contract kit: test classes that plugin authors subclass."""

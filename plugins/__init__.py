"""The plugin host, and the built-in plugins beside tasks, conditioners and metrics."""

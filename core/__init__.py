"""The contracts and the engine; imports nothing that plugs into it."""

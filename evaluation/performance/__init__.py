"""How fast, how exact, how large: the noun ``bench``."""

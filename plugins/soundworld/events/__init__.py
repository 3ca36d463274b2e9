"""One function per kind of event: (n, pitch_hz, colour 0…1, rate, rng) → one hit, (N,)."""

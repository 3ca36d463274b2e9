"""Label of an event → the function that synthesises one hit of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..signals import Signal
from . import creatures, machines, struck

Synthesiser = Callable[[int, float, float, int, np.random.Generator], Signal]

SYNTHESISERS: dict[str, Synthesiser] = {
    "bell": struck.bell,
    "glass clink": struck.glass_clink,
    "drum": struck.drum,
    "knock": struck.knock,
    "clap": struck.clap,
    "footsteps": struck.footstep,
    "water drip": struck.water_drip,
    "dog bark": creatures.dog_bark,
    "bird chirp": creatures.bird_chirp,
    "cricket": creatures.cricket,
    "siren": machines.siren,
    "buzzer": machines.buzzer,
    "alarm": machines.alarm_beep,
    "whistle": machines.whistle,
    "laser zap": machines.laser_zap,
    "engine": machines.engine,
    "thunder": machines.thunder,
}

"""Inputs that a golden file describes in words of a small fixed form, in place of tensors.

``value('x',(1,64,8*T),seed,std=0.7)`` is read, never executed: a name, sizes that are numbers,
fields of the JSON or products of both, and optional deviations.
"""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from ....core.errors import DataError
from .files import Golden
from .hashfill import value

NUMBER = r"([-+\d.e]+)"
CHIRP = re.compile(
    rf"i=arange\((\w+)\).*?float32\({NUMBER}\*sin\(2\*pi\*\({NUMBER}\*i/{NUMBER}"
    rf"\+{NUMBER}\*\(i/{NUMBER}\)\*\*2\)\)\)"
)
PADDED = re.compile(rf"\[:,(\w+):(\w+)\]={NUMBER}")


def hashed_input(golden: Golden, name: str) -> Tensor:
    """Return the tensor of a ``value(…)`` in the file's recipe, float32.

    Raises:
        DataError: if the recipe has none of that name, or in another form.
    """
    text = _recipe(golden)
    found = re.search(rf"value\('{re.escape(name)}',\(([^()]*)\),seed((?:,\w+=[^,)]*)*)\)", text)
    if found is None:
        raise _unreadable(golden, f"value('{name}',(sizes),seed)")
    shape = [_size(golden, term) for term in found[1].split(",") if term]
    options = dict(part.split("=") for part in found[2].split(",") if part)
    if not options.keys() <= {"std", "mean"}:
        raise _unreadable(golden, f"value('{name}',…) with std and mean only")
    numbers = {key: float(number) for key, number in options.items()}
    return value(name, shape, golden.setting("hash_seed"), **numbers)


def chirp(golden: Golden) -> Tensor:
    """Return the recipe's rising tone, float32 (N,): a·sin(2π(f·t + r·t²)), t = i / rate.

    Raises:
        DataError: if the recipe describes it in another form.
    """
    found = CHIRP.search(_recipe(golden))
    if found is None:
        raise _unreadable(golden, "float32(a*sin(2*pi*(f*i/rate+r*(i/rate)**2))), i=arange(n)")
    seconds = torch.arange(_size(golden, found[1]), dtype=torch.float64)
    level, frequency, rate, rise, rate_again = (float(found[i]) for i in range(2, 7))
    turns = frequency * seconds / rate + rise * (seconds / rate_again) ** 2
    return (level * torch.sin(2 * math.pi * turns)).float()


def padding(golden: Golden) -> tuple[slice, float]:
    """Return which context tokens are padding, and the value that stands there.

    Raises:
        DataError: if the recipe describes it in another form.
    """
    found = PADDED.search(_recipe(golden))
    if found is None:
        raise _unreadable(golden, "[:,first:last]=value, the padded tokens")
    return slice(_size(golden, found[1]), _size(golden, found[2])), float(found[3])


def _recipe(golden: Golden) -> str:
    return re.sub(r"\s+", "", str(golden.setting("recipe"))).replace('"', "'")


def _size(golden: Golden, term: str) -> int:
    """Return a product of whole numbers and fields of the JSON."""
    factors = [
        int(factor) if factor.isdecimal() else golden.setting(factor) for factor in term.split("*")
    ]
    return math.prod(int(factor) for factor in factors)


def _unreadable(golden: Golden, expected: str) -> DataError:
    return DataError(
        f"The recipe of {golden.name}.json cannot be read; expected {expected} in it, got "
        f"{golden.settings.get('recipe')!r}."
    )

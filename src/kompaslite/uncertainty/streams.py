"""Streams of random numbers, keyed by what they are for and by draw: no stream hangs on another."""

import hashlib
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompaslite.schema import SchemaError, require_whole

#: Draws that share a stream. Always made together, so that a draw is the same however the draws are divided.
BATCH = 64


def check_seed(seed: object, name: str = "seed") -> int:
    """Return the seed, if it is a whole number of at least 0."""
    return require_whole(seed, name, mend="Give one, for example seed=2026.")


def stream(seed: int, *names: str, batch: int = 0) -> np.random.Generator:
    """Generator of its own for these names and this batch of draws."""
    keys = tuple(_key(name) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*keys, batch)))


def _key(name: str) -> int:
    """32 bits of a hash that, unlike Python's own, is the same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


def in_batches(make: Callable[[int], NDArray[Any]], draws: slice) -> NDArray[Any]:
    """Numbers of some draws, out of whole batches."""
    first, last = draws.start // BATCH, (draws.stop - 1) // BATCH
    whole = [make(batch) for batch in range(first, last + 1)]
    together = whole[0] if len(whole) == 1 else np.concatenate(whole)
    return together[draws.start - first * BATCH : draws.stop - first * BATCH]


def require_kind(value: object, kind: type, name: str, mend: str) -> None:
    """Raise unless an argument is of the kind that is needed."""
    if not isinstance(value, kind):
        raise SchemaError(f"{name}: {kind.__name__} is needed, not {type(value).__name__}. {mend}")


def require_number(value: object, name: str, *, low: float, high: float, mend: str) -> float:
    """A number between two others, or an error."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low < float(value) < high:
        raise SchemaError(f"{name}: {value!r} is not a number between {low:g} and {high:g}. {mend}")
    return float(value)

"""Bare arrays of one step: what goes in, what comes out, and memory that is used again.

Arrays are ``[unit, sex, age]``: the units are all outer dimensions flattened, in the order of the library, so
that the area runs fastest; sex 0 is female, 1 male; the last age is open. Flows are by the age reached in the step.
A first axis of length 1 stands for all units alike.
"""

import ctypes
import weakref
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

FEMALE, MALE = 0, 1
#: An absent component: it broadcasts to any shape.
NOTHING: Array = np.zeros(())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepInputs:
    """What one step needs besides the people.

    Parameters
    ----------
    fertility : np.ndarray
        Births per woman and year, ``[unit, age]``.
    sex_ratio : np.ndarray
        Boys per girl, ``[unit]``.
    mortality : np.ndarray
        Rate per step, ``[unit, sex, age]``.
    exit_rates : mapping of str to np.ndarray
        Rates per step of ``out_migration`` and ``emigration``.
    arrivals : mapping of str to np.ndarray
        Persons of ``in_migration`` and ``immigration``.
    net : np.ndarray, optional
        Persons of ``net_migration``, of either sign.
    adjustment : np.ndarray, optional
        Persons that join at the end and are in no exposure, of either sign.
    moves : np.ndarray, optional
        Rates per step between coupled areas, ``[unit, destination, sex, age]``.
    allotment : np.ndarray, optional
        Shares of the births to mothers of an area that count in each area, ``[unit, destination]``.
    """

    fertility: Array
    sex_ratio: Array
    mortality: Array
    exit_rates: Mapping[str, Array] = field(default_factory=dict)
    arrivals: Mapping[str, Array] = field(default_factory=dict)
    net: Array | None = None
    adjustment: Array | None = None
    moves: Array | None = None
    allotment: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What one step gives.

    Parameters
    ----------
    end : np.ndarray
        Persons at the end of the step, ``[unit, sex, age]``.
    births : np.ndarray
        By sex of the child and age of the mother, ``[unit, sex, age]``.
    deaths : np.ndarray
        ``[unit, sex, age]``, as all that follow.
    exits, arrivals : mapping of str to np.ndarray
        Persons by kind, ``moves_out`` and ``moves_in`` among them where areas are coupled.
    net, adjustment : np.ndarray, optional
        By age reached.
    clipped : np.ndarray, optional
        Persons added to cells that would have held fewer than nobody, part of `adjustment`; only on request.
    short : bool
        Whether a cell of `end` holds fewer than nobody.
    """

    end: Array
    births: Array
    deaths: Array
    exits: Mapping[str, Array]
    arrivals: Mapping[str, Array]
    net: Array | None = None
    adjustment: Array | None = None
    clipped: Array | None = None
    short: bool = False

    def flows(self) -> dict[str, Array]:
        """Every component of change, by its name in the accounts."""
        found = {"births": self.births, "deaths": self.deaths, **self.exits, **self.arrivals}
        if self.net is not None:
            found["net_migration"] = self.net
        if self.adjustment is not None:
            found["adjustment"] = self.adjustment
        return found


class Buffers:
    """Arrays that are written again at every step, so that a loop over years allocates nothing.

    Parameters
    ----------
    shape : tuple of int, optional
        Of the people; without it nothing is kept and every step allocates.
    dtype : dtype
        Precision.

    Examples
    --------
    >>> Buffers()("start") is None
    True
    >>> Buffers((1, 2, 101))("start").shape
    (1, 2, 101)
    """

    def __init__(self, shape: tuple[int, ...] | None = None, dtype: DTypeLike = np.float64) -> None:
        self._shape, self._dtype = shape, dtype
        self._held: dict[str, Array] = {}

    def __call__(self, name: str) -> Array | None:
        """Return the array of that name, or None where each step allocates."""
        if name not in self._held:
            if self._shape is None:
                return None
            self._held[name] = np.empty(self._shape, self._dtype)
        return self._held[name]

    def sized(self, name: str, shape: tuple[int, ...]) -> Array | None:
        """Return an array of that name and shape, or None where each step allocates."""
        held = self._held.get(name)
        if held is not None and held.shape == shape:
            return held
        if self._shape is None:
            return None
        self._held[name] = np.empty(shape, self._dtype)
        return self._held[name]

    def place(self, arrays: Mapping[str, Array]) -> None:
        """Let the next step write these components in arrays of the caller."""
        self._held.update(arrays)


# --- memory of large results, used again when nobody holds them any more ---------------------------------------------

# The system hands out memory page by page and blank, which costs a large projection as much time as the projection
# itself. So an array that the engine has made is not returned to the system at once when its last view is gone, but
# kept for the next result of the same size; a run in chunks then works in the memory of its first chunk.

#: Smaller arrays are left to NumPy.
SMALLEST = 2**19
#: Bytes kept at most while nobody uses them.
MOST_KEPT = 512 * 2**20

_kept: dict[int, list[Array]] = defaultdict(list)
_lock = Lock()


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an array whose values are not set, in used memory if there is any of its size."""
    size = prod(shape) * np.dtype(dtype).itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    with _lock:
        memory = _kept[size].pop() if _kept[size] else None
    if memory is None:
        memory = np.empty(size, np.uint8)
    # views refer to this object and not to the memory itself, so that its end is that of the last view
    lease = (ctypes.c_char * size).from_buffer(memory.data)
    weakref.finalize(lease, _keep, memory).atexit = False
    array: Array = np.frombuffer(memoryview(lease), np.dtype(dtype))
    return array.reshape(shape)


def kept_bytes() -> int:
    """Bytes that are kept and that nobody uses."""
    return sum(memory.nbytes for group in list(_kept.values()) for memory in list(group))


def release_memory() -> int:
    """Return all kept memory to the system."""
    with _lock:
        released = kept_bytes()
        _kept.clear()
    return released


def _keep(memory: Array) -> None:
    # a finalizer may run in the middle of anything, even of another call here: then it lets go
    if _lock.acquire(blocking=False):
        try:
            if kept_bytes() + memory.nbytes <= MOST_KEPT:
                _kept[memory.nbytes].append(memory)
        finally:
            _lock.release()

"""Bare arrays of one step: what goes in, what comes out, and memory that is used again.

Arrays are ``[unit, sex, age]``: the units are all outer dimensions flattened, in the order of the library, so
that the area runs fastest; sex 0 is female, 1 male; the last age is open. Flows are by the age reached in the step.
A first axis of length 1 stands for all units alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

"""How labelled arrays lie in memory for the kernels: years first, outer dimensions flattened to units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine.arrays import Array

Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The labels behind the axes of bare arrays ``[unit, sex, age]``.

    Parameters
    ----------
    outer : mapping of str to np.ndarray
        Outer dimensions of the result in the library's order, with their labels; a unit is one combination, the
        last dimension runs fastest.
    ages, years : np.ndarray
        Labels of the ages, and of the steps.
    step : int
        Years in a step.
    """

    outer: Mapping[str, np.ndarray]
    ages: np.ndarray
    years: np.ndarray
    step: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the outer dimensions."""
        return tuple(len(labels) for labels in self.outer.values())

    @property
    def units(self) -> int:
        """Number of units."""
        return prod(self.shape)

    def index(self, dims: Sequence[str]) -> Index:
        """Position of every unit among the combinations of some of the outer dimensions."""
        own = [len(labels) if dim in dims else 1 for dim, labels in self.outer.items()]
        positions = np.arange(prod(own), dtype=np.intp).reshape(own)
        return np.broadcast_to(positions, self.shape).reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One input, held once: units that share values share memory.

    Parameters
    ----------
    data : np.ndarray
        ``[year, own unit, ...]``; one year only where the values hold for all years.
    index : np.ndarray
        ``[unit]``, the own unit of each unit.
    straight : bool, optional
        Whether `data` holds the units one by one in their order; found out if None.

    Examples
    --------
    >>> import numpy as np
    >>> rate = Field(np.array([[0.1, 0.2]]), np.array([0, 0, 1, 1]))
    >>> rate.at(7)
    array([0.1, 0.1, 0.2, 0.2])
    >>> rate.block(slice(2, 4)).at(7)
    array([0.2])
    """

    data: Array
    index: Index
    straight: bool | None = None

    def __post_init__(self) -> None:
        if self.straight is None:
            object.__setattr__(self, "straight", _is_range(self.index, self.data.shape[1]))

    def at(self, position: int) -> Array:
        """Values of one step, ``[unit, ...]``, or ``[1, ...]`` where all units are alike."""
        values: Array = self.data[min(position, self.data.shape[0] - 1)]
        if self.straight or values.shape[0] == 1:
            return values
        return np.take(values, self.index, axis=0)

    def steps(self, first: int, behind: int) -> Array:
        """Values of some steps, ``[step, unit, ...]``; either axis has length 1 where all are alike."""
        values = self.data[first:behind] if len(self.data) > 1 else self.data
        if self.straight or values.shape[1] == 1:
            return values
        return np.take(values, self.index, axis=1)

    def block(self, units: slice) -> "Field":
        """Values of some units, as a view where that is possible."""
        index = self.index[units]
        first, last = int(index[0]), int(index[-1])
        if last - first + 1 == index.size and (self.straight or _is_range(index, index.size)):
            return Field(self.data[:, first : last + 1], index - first, straight=True)
        if first == last and bool(np.all(index == first)):
            return Field(self.data[:, first : first + 1], np.zeros_like(index))
        return Field(self.data, index)

    def groups(self, areas: int) -> "Field":
        """One group of areas only, where all groups of units are alike."""
        by_group = self.index.reshape(-1, areas)
        if bool(np.all(by_group == by_group[0])):
            return Field(np.take(self.data, by_group[0], axis=1), np.arange(areas, dtype=np.intp))
        return self


def _is_range(index: Index, size: int) -> bool:
    """Whether so many units follow each other."""
    return index.size == size and bool(np.all(index[1:] - index[:-1] == 1))

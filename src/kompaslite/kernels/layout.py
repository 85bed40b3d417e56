"""How labelled arrays lie in memory for the kernels: years first, outer dimensions flattened to units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from kompaslite.kernels.solve import Array

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
        """Position of every unit among the combinations of some of the outer dimensions.

        Parameters
        ----------
        dims : sequence of str
            Outer dimensions in the order of `outer`; those that there are not are skipped.

        Returns
        -------
        np.ndarray
            ``[unit]``: for ``("area",)`` the position of each unit's area.
        """
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
    """

    data: Array
    index: Index

    def at(self, position: int) -> Array:
        """Values of one step, ``[unit, ...]``, or ``[1, ...]`` where all units are alike."""
        values: Array = self.data[min(position, self.data.shape[0] - 1)]
        if values.shape[0] == 1 or values.shape[0] == self.index.size:
            return values
        return np.take(values, self.index, axis=0)

"""A seam: something outside the engine, such as housing, may set the migration of a year while the year runs.

``project(..., drive=drive)`` calls ``drive.bind(layout)`` once, and then, for every step, the function that it
returned::

    def year(position: int, start: np.ndarray, step: RunStep) -> Outcome: ...

``start`` is the population on 1 January, ``[unit, sex, age]`` (see `Layout` for what a unit is;
``layout.index(("area",))`` gives the area of every unit). ``step`` runs the engine's exact step of that year and may
be called as often as a search needs; what the drive returns is recorded. ``step()`` alone is the step without a
drive::

    outcome = step(in_scale=r, out_scale=1 / r)              # scalars, or arrays that broadcast to [unit, sex, age]
    outcome = step(arrivals=persons)                         # instead of the in_migration of the assumptions
    outcome.end.sum(axis=(1, 2))                             # what came of it

Only ``in_migration`` (counts) and ``out_migration`` (rates) are scaled or replaced; movement abroad is not touched.
A drive that moves people between areas passes their sum in `arrivals` (of either sign) and names the parts in the
outcome that it returns: ``in_migration`` and ``moves_in`` among the arrivals, ``moves_out`` among the exits.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from kompaslite.engine.arrays import Array, Outcome
from kompaslite.engine.layout import Layout


class RunStep(Protocol):
    """The engine's step of one year, with the people and the inputs of that year already in it."""

    def __call__(
        self,
        *,
        in_scale: Array | float = 1.0,
        out_scale: Array | float = 1.0,
        arrivals: Array | None = None,
        leaving: Array | None = None,
    ) -> Outcome:
        """Run the step."""
        ...


class YearDriver(Protocol):
    """Called for every step in turn."""

    def __call__(self, position: int, start: Array, step: RunStep) -> Outcome:
        """Choose the migration of a year."""
        ...


class MigrationDriver(Protocol):
    """Something that sets migration within the year.

    Attributes
    ----------
    outer : mapping of str to np.ndarray
        Outer dimensions that it carries, with labels: a drive with draws gives the forecast draws.
    """

    @property
    def outer(self) -> Mapping[str, np.ndarray]:
        """Outer dimensions with their labels; empty if it has none."""
        ...

    def bind(self, layout: Layout) -> YearDriver:
        """Prepare for the units and years of a projection."""
        ...

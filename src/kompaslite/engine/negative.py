"""Cells that would hold fewer than nobody: rounding is told from a shortage, and a shortage is never silent."""

from typing import NamedTuple

import numpy as np

from kompaslite.engine.arrays import Array

#: A cell that falls below zero by less than this many units of rounding of those who pass through it is empty.
ROUNDING = 1024.0


class Settled(NamedTuple):
    """What became of cells below zero: persons added to them, and whether some are left below zero."""

    added: Array | None
    short: bool


def settle(cells: Array, passing: Array, *, clip: bool) -> Settled:
    """Tell rounding from a shortage in cells below zero, in place."""
    low = cells < 0.0
    noise = low & (cells >= -ROUNDING * np.finfo(cells.dtype).eps * np.abs(passing))
    cells[noise] = 0.0
    low &= ~noise
    if not low.any():
        return Settled(None, short=False)
    if not clip:
        return Settled(None, short=True)
    added = np.where(low, -cells, 0.0)
    cells[low] = 0.0
    return Settled(added, short=False)

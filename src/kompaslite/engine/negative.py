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
    """Tell rounding from a shortage in cells below zero, in place.

    A cell whose people all leave ends at zero only up to rounding; within `ROUNDING` units in the last place of the
    people who pass through it, it is set to zero. Anything more is a shortage: left as it is, or, on request,
    filled up to zero by persons that are returned, so that they can be accounted for.

    Parameters
    ----------
    cells : np.ndarray
        Persons, written in place.
    passing : np.ndarray
        People who start in the cell or join it, of either sign, of the same shape.
    clip : bool
        Whether to fill up shortages.

    Returns
    -------
    Settled

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([5.0, -1e-15, -2.0])
    >>> settle(cells, np.array([9.0, 9.0, 9.0]), clip=True).added
    array([0., 0., 2.])
    >>> cells
    array([5., 0., 0.])
    """
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

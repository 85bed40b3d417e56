"""Vacancy chains on bare arrays: the moving market as an absorbing Markov chain.

Cells of the market are the pairs of zone and dwelling type, flattened, the type running fastest. An opening in cell i
is filled by a household that frees a dwelling in cell j with probability ``transfer[i, j]``.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def never_ends(external: Array, new: Array, transfer: Array, *, least: float = 1e-12) -> NDArray[np.bool_]:
    """Cells whose chains cannot end: no way leads from them to a filling that frees nothing."""
    ends = (external + new) > least
    moves = transfer > least
    for _ in range(transfer.shape[-1]):
        more = ends | np.any(moves & ends[..., None, :], axis=-1)
        if np.array_equal(more, ends):
            break
        ends = more
    return ~ends


def fundamental(transfer: Array) -> Array:
    """Fillings in every cell that follow one opening in each: ``(1 - T)^-1``."""
    inverse: Array = np.linalg.inv(np.eye(transfer.shape[-1]) - transfer)
    return inverse


def fillings(openings: Array, chain: Array) -> Array:
    """All fillings of the year: ``a = u (1 - T)^-1``."""
    if chain.ndim == 2:
        shared: Array = openings @ chain
        return shared
    each: Array = np.matmul(openings[..., None, :], chain)[..., 0, :]
    return each


def zone_transfer(transfer: Array, types: int) -> Array:
    """Shares filled from each zone, whatever type is left: ``[..., zone, type, zone left]``."""
    cells = transfer.shape[-1]
    left: Array = transfer.reshape(*transfer.shape[:-2], cells // types, types, cells // types, types).sum(axis=-1)
    return left

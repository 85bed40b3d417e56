"""Coupled areas: what leaves one arrives in another, and people are conserved."""

import numpy as np

from kompaslite.engine.arrays import Array


def move(exposure: Array, per_arrival: Array, moves: Array) -> tuple[Array, Array]:
    """Exposure of the exits of coupled areas, and the arrivals that their moves bring.

    Arrivals may raise the exposure of the exits that they come from (a person who has moved in may move on), so
    the cells of all areas are one linear system: ``exposure[b] + per_arrival[b] sum_a moves[a, b] X[a] = X[b]``.

    Parameters
    ----------
    exposure : np.ndarray
        Of the exits, before any move between these areas, ``[unit, sex, age]``; the area runs fastest.
    per_arrival : np.ndarray
        What one arrival adds to it, of the same shape; all zero where arrivals add nothing.
    moves : np.ndarray
        Rates, ``[unit, destination, sex, age]``, or of one group of areas only if all groups are alike.

    Returns
    -------
    tuple of np.ndarray
        Exposure with the moves, and persons that arrive in each area, ``[unit, sex, age]``.

    Examples
    --------
    >>> import numpy as np
    >>> everyone = np.full((2, 1, 1), 100.0)
    >>> there = np.zeros((2, 2, 1, 1))
    >>> there[0, 1] = 0.1
    >>> at_risk, arrivals = move(everyone, np.zeros((2, 1, 1)), there)
    >>> arrivals.ravel()
    array([ 0., 10.])
    """
    areas = moves.shape[1]
    rates = moves.reshape(-1, areas, *moves.shape[1:])
    at_risk = exposure.reshape(-1, areas, *exposure.shape[1:])
    if per_arrival.any():
        at_risk = _solve(at_risk, per_arrival.reshape(at_risk.shape), rates)
    arrivals = (rates * at_risk[:, :, None]).sum(axis=1)
    return at_risk.reshape(exposure.shape), arrivals.reshape(exposure.shape)


def _solve(exposure: Array, per_arrival: Array, rates: Array) -> Array:
    # axes: group, origin, destination, sex, age -> group, sex, age, destination, origin
    returned = np.transpose(rates, (0, 3, 4, 2, 1)) * np.moveaxis(per_arrival, 1, -1)[..., None]
    system = np.eye(rates.shape[1]) - returned
    known = np.moveaxis(exposure, 1, -1)[..., None]
    found = np.linalg.solve(system, known)[..., 0]
    return np.ascontiguousarray(np.moveaxis(found, -1, 1))


def allotted(births: Array, allotment: Array | None) -> Array:
    """Births by the area in which the child counts.

    Parameters
    ----------
    births : np.ndarray
        By the mother's area, ``[unit, sex, age]``; the area runs fastest.
    allotment : np.ndarray, optional
        Shares ``[unit, destination]``, or of one group of areas; None leaves children with their mothers.

    Returns
    -------
    np.ndarray
        ``[unit, sex, age]``.

    Examples
    --------
    >>> import numpy as np
    >>> children = np.array([10.0, 20.0]).reshape(2, 1, 1)
    >>> allotted(children, np.array([[1.0, 0.0], [0.25, 0.75]])).ravel()
    array([15., 15.])
    """
    if allotment is None:
        return births
    areas = allotment.shape[-1]
    of_mothers = births.reshape(-1, areas, *births.shape[1:])
    shares = allotment.reshape(-1, areas, areas)
    children: Array = np.einsum("gosa,god->gdsa", of_mothers, np.broadcast_to(shares, (len(of_mothers), areas, areas)))
    return children.reshape(births.shape)

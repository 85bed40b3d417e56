"""Reductions over draws on bare arrays: exact, in place, and the same however the work was divided."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sort_draws(values: Array) -> Array:
    """Sort along the last axis in place: every exact reduction follows from sorted draws.

    Parameters
    ----------
    values : np.ndarray
        ``(..., draw)``, contiguous along the draws; changed.

    Returns
    -------
    np.ndarray
        `values`.

    Examples
    --------
    >>> sort_draws(np.array([[3.0, 1.0, 2.0]]))
    array([[1., 2., 3.]])
    """
    values.sort(axis=-1)
    return values


def sorted_quantiles(ordered: Array, quantiles: Sequence[float]) -> Array:
    """Quantiles of sorted draws, linear between neighbours.

    Parameters
    ----------
    ordered : np.ndarray
        ``(..., draw)``, ascending.
    quantiles : sequence of float
        Between 0 and 1.

    Returns
    -------
    np.ndarray
        ``(quantile, ...)``.

    References
    ----------
    .. [1] Hyndman & Fan (1996), Sample quantiles in statistical packages, The American Statistician 50, definition 7.

    Examples
    --------
    >>> sorted_quantiles(np.arange(11.0), [0.1, 0.55])
    array([1. , 5.5])
    """
    last = ordered.shape[-1] - 1
    result = np.empty((len(quantiles), *ordered.shape[:-1]))
    for row, quantile in enumerate(quantiles):
        place = quantile * last
        below = min(int(place), last)
        low, high = ordered[..., below], ordered[..., min(below + 1, last)]
        share = place - below
        # from the nearer neighbour, so that the result never lies outside the two
        result[row] = low + (high - low) * share if share < 0.5 else high - (high - low) * (1.0 - share)
    return result


def sorted_mean(ordered: Array) -> Array:
    """Mean of sorted draws, the same to the last bit in whichever order they were made.

    Parameters
    ----------
    ordered : np.ndarray
        ``(..., draw)``, ascending.

    Returns
    -------
    np.ndarray
        ``(...)``.
    """
    # along other strides NumPy adds in another order
    mean: Array = np.add.reduce(np.ascontiguousarray(ordered), axis=-1) / ordered.shape[-1]
    return mean


def share_above(values: Array, threshold: Array) -> Array:
    """Share of draws above a threshold.

    Parameters
    ----------
    values : np.ndarray
        ``(..., draw)``.
    threshold : np.ndarray
        Broadcasts to ``(...)``.

    Returns
    -------
    np.ndarray
        ``(...)``, between 0 and 1.

    Examples
    --------
    >>> share_above(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([2.0]))
    array([0.5])
    """
    share: Array = np.count_nonzero(values > threshold[..., None], axis=-1) / values.shape[-1]
    return share


def rank_shares(values: Array) -> Array:
    """Share of draws in which each scenario has each rank, the largest first; scenarios that tie share their ranks.

    Parameters
    ----------
    values : np.ndarray
        ``(scenario, ..., draw)``, of the same draws in every scenario.

    Returns
    -------
    np.ndarray
        ``(rank, scenario, ...)``, summing to 1 over ranks and over scenarios.

    Examples
    --------
    >>> rank_shares(np.array([[5.0, 1.0, 3.0, 3.0], [4.0, 2.0, 2.0, 3.0]]))
    array([[0.625, 0.375],
           [0.375, 0.625]])
    """
    scenarios, draws = values.shape[0], values.shape[-1]
    shares = np.zeros((scenarios, *values.shape[:-1]))
    for own in range(scenarios):
        larger = np.count_nonzero(values > values[own], axis=0)
        equal = np.count_nonzero(values == values[own], axis=0)
        for rank in range(scenarios):
            held = (larger <= rank) & (rank < larger + equal)
            shares[rank, own] = np.add.reduce(held / equal, axis=-1) / draws
    return shares


def sum_groups(people: Array, bounds: Sequence[tuple[int, int]]) -> Array:
    """Sums over sexes and over ranges of ages; no bit of a sum hangs on how many others are summed beside it.

    Parameters
    ----------
    people : np.ndarray
        ``(..., sex, age)``.
    bounds : sequence of tuple of int
        Position of the first age of each group, and of the first age behind it.

    Returns
    -------
    np.ndarray
        ``(..., group)``.

    Examples
    --------
    >>> sum_groups(np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]), [(0, 2), (0, 3)])
    array([27., 63.])
    """
    ages = people.shape[-1]
    both = np.zeros((*people.shape[:-2], ages + 1))
    both[..., :ages] = people[..., 0, :]
    for sex in range(1, people.shape[-2]):
        both[..., :ages] += people[..., sex, :]
    edges = [edge for pair in bounds for edge in pair]
    sums: Array = np.add.reduceat(both, edges, axis=-1)[..., ::2]
    return sums

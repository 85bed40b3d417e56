"""Reductions over draws on bare arrays: exact, in place, and the same however the work was divided."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sort_draws(values: Array) -> Array:
    """Sort along the last axis in place: every exact reduction follows from sorted draws."""
    values.sort(axis=-1)
    return values


def sorted_quantiles(ordered: Array, quantiles: Sequence[float]) -> Array:
    """Quantiles of sorted draws, linear between neighbours."""
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
    """Mean of sorted draws, the same to the last bit in whichever order they were made."""
    # along other strides NumPy adds in another order
    mean: Array = np.add.reduce(np.ascontiguousarray(ordered), axis=-1) / ordered.shape[-1]
    return mean


def share_above(values: Array, threshold: Array) -> Array:
    """Share of draws above a threshold."""
    share: Array = np.count_nonzero(values > threshold[..., None], axis=-1) / values.shape[-1]
    return share


def rank_shares(values: Array) -> Array:
    """Share of draws in which each scenario has each rank, the largest first; scenarios that tie share their ranks."""
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
    """Sums over sexes and over ranges of ages; no bit of a sum hangs on how many others are summed beside it."""
    ages = people.shape[-1]
    both = np.zeros((*people.shape[:-2], ages + 1))
    both[..., :ages] = people[..., 0, :]
    for sex in range(1, people.shape[-2]):
        both[..., :ages] += people[..., sex, :]
    edges = [edge for pair in bounds for edge in pair]
    sums: Array = np.add.reduceat(both, edges, axis=-1)[..., ::2]
    return sums

"""The chance of single persons: whole people who die, leave, arrive and are born, on bare arrays."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine import FEMALE, MALE, Outcome, aged
from kompaslite.uncertainty.streams import BATCH, in_batches, stream

Array = NDArray[Any]
#: Expected counts up to which the inverse distribution is summed term by term.
_SUMMED = 32.0
#: Numbers for each cell and year: arrivals, deaths, leavers, births.
_EVENTS = 4


class Chances:
    """Uniform numbers of a block, a year at a time: each area and batch of draws has a stream of its own.

    Parameters
    ----------
    seed : int
        Of the run.
    areas : sequence of str
        Codes.
    draws : slice
        First draw, and the first behind the last.
    cells : tuple of int
        Sexes and ages.
    """

    def __init__(self, seed: int, areas: Sequence[str], draws: slice, cells: tuple[int, int]) -> None:
        batches = range(draws.start // BATCH, (draws.stop - 1) // BATCH + 1)
        self._streams = [[stream(seed, "persons", area, batch=batch) for batch in batches] for area in areas]
        self._first, self._draws, self._cells = batches[0], draws, cells

    def year(self) -> Array:
        """The next year's numbers, ``[event, draw, area, sex, age]``."""
        each = [in_batches(partial(self._numbers, own), self._draws) for own in self._streams]
        return np.stack(each, axis=2).swapaxes(0, 1)

    def _numbers(self, own: list[np.random.Generator], batch: int) -> Array:
        return own[batch - self._first].random((BATCH, _EVENTS, *self._cells))


def whole_jump_off(people: Array, chance: Array) -> Array:
    """Whole persons with the same expectation."""
    whole: Array = np.floor(people) + (chance < people - np.floor(people))
    return whole


def whole_step(people: Array, expected: Outcome, chance: Array) -> Array:
    """People at the end of a year in which whole persons came, went, died and were born."""
    arriving, leaving = _flows(expected, people.shape)
    start, born = aged(people), expected.births.sum(axis=-1)
    there = start.copy()
    there[..., 0] = born
    come = poisson_at(chance[0], arriving)
    whole = start + come
    whole[..., 0] += _children(born, chance[3])
    pool = there + arriving
    dead = binomial_at(chance[1], whole, _share(expected.deaths, pool))
    gone = binomial_at(chance[2], whole - dead, _share(leaving, pool - expected.deaths))
    left: Array = whole - dead - gone
    return left


def _flows(expected: Outcome, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Expected arrivals and leavers of all kinds; what has either sign counts as the one or the other."""
    arriving, leaving = np.zeros(shape), np.zeros(shape)
    for flow in expected.arrivals.values():
        arriving += flow
    for flow in expected.exits.values():
        leaving += flow
    for signed in (expected.net, expected.adjustment):
        if signed is not None:
            arriving += np.maximum(signed, 0.0)
            leaving += np.maximum(-signed, 0.0)
    return arriving, leaving


def _children(born: Array, chance: Array) -> Array:
    """Girls and boys of one Poisson number of births, ``[unit, sex]``."""
    both = born.sum(axis=-1)
    children = poisson_at(chance[..., FEMALE, 0], both)
    girls = binomial_at(chance[..., MALE, 0], children, _share(born[..., FEMALE], both))
    return np.stack([girls, children - girls], axis=-1)


def _share(part: Array, whole: Array) -> Array:
    share: Array = np.clip(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0), 0.0, 1.0)
    return share


def poisson_at(chance: Array, mean: Array) -> Array:
    """Poisson numbers at given chances: the smallest count whose distribution reaches the chance."""
    small = mean <= _SUMMED
    counts = np.empty(mean.shape)
    counts[small] = _summed(chance[small], np.exp(-mean[small]), lambda k: mean[small] / k)
    if not small.all():
        from scipy.stats import poisson

        counts[~small] = poisson.ppf(chance[~small], mean[~small])
    return counts


def binomial_at(chance: Array, persons: Array, share: Array) -> Array:
    """Binomial numbers at given chances."""
    flipped = share > 0.5
    rare, at = np.where(flipped, 1.0 - share, share), np.where(flipped, 1.0 - chance, chance)
    small = persons * rare <= _SUMMED
    counts = np.empty(rare.shape)
    n, p = persons[small], rare[small]
    odds = p / (1.0 - p)
    found = _summed(at[small], (1.0 - p) ** n, lambda k: (n - k + 1.0) / k * odds)
    counts[small] = np.minimum(found, n)
    if not small.all():
        from scipy.stats import binom

        counts[~small] = binom.ppf(at[~small], persons[~small], rare[~small])
    return np.where(flipped, persons - counts, counts)


def _summed(chance: Array, first: Array, ratio: Callable[[float], Array]) -> Array:
    """Count of the terms of a distribution that lie wholly below the chance; each term is the last times a ratio."""
    counts = np.zeros(chance.shape)
    term, reached = first.copy(), first.copy()
    for k in range(1, 1000):
        below = chance > reached
        if not below.any():
            break
        counts += below
        term = term * ratio(float(k))
        reached = np.where(term > 0.0, reached + term, np.inf)
    return counts

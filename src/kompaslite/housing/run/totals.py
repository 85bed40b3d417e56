"""Control totals within a year: moves lean to small or large households until people and households both fit."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from kompaslite.housing.labels import HousingError
from kompaslite.housing.market.chain_kernel import Array

Found = TypeVar("Found")

#: Persons that a total may be missed by, plus a share of rounding.
TOLERANCE = 5e-10
ROUNDING = 2e-14
#: How far moves may lean: people who form half a household each then come e^1.5 times, 4.5 times, as often or as seldom
#: as those who form none, and leave as much more seldom or often. Beyond it total and dwellings contradict each other.
MOST = 3.0
#: First step of the search, longest step, and steps at most.
PROBE, LONGEST, STEPS = 0.05, 2.0, 40


class UnmetError(Exception):
    """No leaning meets the totals; it holds the people at the last one tried, and which totals are to blame."""

    def __init__(self, people: Array, missed: np.ndarray) -> None:
        super().__init__("no leaning meets the totals")
        self.people, self.missed = people, missed


def meet_totals(asked: Array, solve: Callable[[Array], tuple[Array, Found]], start: Array) -> tuple[Array, Found]:
    """How far the moves have to lean, by the secant method; each leaning is a year that meets the housing target."""
    lean = np.where(np.isfinite(asked), start, 0.0)
    people, found = solve(lean)
    slope = np.full(asked.shape, np.nan)
    for _ in range(STEPS):
        gap = np.where(np.isfinite(asked), asked - people, 0.0)
        off = np.abs(gap) > TOLERANCE + ROUNDING * np.abs(np.nan_to_num(asked))
        if not off.any():
            return lean, found
        known = np.isfinite(slope)
        stuck = off & ((known & (slope <= 0.0)) | (lean * np.sign(gap) >= MOST))
        if stuck.any():
            raise UnmetError(people, stuck)
        move = np.where(known, gap / np.where(known, slope, 1.0), np.sign(gap) * PROBE)
        tried = np.clip(lean + np.where(off, np.clip(move, -LONGEST, LONGEST), 0.0), -MOST, MOST)
        try:
            reached, found = solve(tried)
        except HousingError as error:
            raise UnmetError(people, off & (2.0 * np.abs(gap) >= np.abs(gap).max())) from error
        moved = np.abs(tried - lean) > 1e-9
        slope = np.where(moved, (reached - people) / np.where(moved, tried - lean, 1.0), slope)
        lean, people = tried, reached
    raise UnmetError(people, np.isfinite(asked) & (asked != people))


def tilt(lean: Array, headship: Array, arriving: Array, free: np.ndarray) -> Array:
    """Factors of the moves by cell: ``exp(lean (mean headship of those who arrive - headship))``."""
    coming = arriving.sum(axis=-1, keepdims=True)
    mean = (headship * arriving).sum(axis=-1, keepdims=True) / np.where(coming > 0.0, coming, 1.0)
    factors: Array = np.exp(np.where(free, lean, 0.0)[..., None] * (mean - headship))
    return factors

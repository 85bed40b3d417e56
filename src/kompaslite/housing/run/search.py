"""The searches within a year: Newton's method for factor and openings, the secant method for control totals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from kompaslite.engine import Outcome
from kompaslite.housing.labels import HousingError
from kompaslite.housing.market.chains import ArrivalsPerDwelling, per_household
from kompaslite.housing.market.market import Array

Found = TypeVar("Found")

#: Persons that a total may be missed by, plus a share of rounding.
TOLERANCE = 5e-10
ROUNDING = 2e-14
#: How far moves may be tilted: people who form half a household each then come e^1.5 times, 4.5 times, as often or as
#: seldom as those who form none, and leave as much more seldom or often. Beyond it total and dwellings contradict each
#: other.
MOST = 3.0
#: First step of the search, longest step, and steps at most.
PROBE, LONGEST, STEPS = 0.05, 2.0, 40


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What stays the same while the moves of a year are sought; arrays are ``[lead, zone, ...]``."""

    #: What counts per person: households, or persons where a population is given.
    weights: Array
    #: Households or persons that do not count, because they live apart.
    apart: Array
    #: Half the rates at which people leave other than to other municipalities, and dwellings that these release.
    half_others: Array
    released_by_others: Array
    released_of_leavers: Array
    #: Arrivals and rates of leaving of the trend.
    arriving: Array
    leaving: Array
    #: Of the leavers, the share that a factor keeps, relative to 1.
    response: Array
    #: What to reach, and zones whose in-movers are given.
    target: Array
    by_in: np.ndarray
    fillers: ArrivalsPerDwelling
    #: Households by generation that a dwelling released in each zone brings, from outside and from other zones.
    external_unit: Array
    net_unit: Array
    #: Factors by cell of the year's moves, where a control total makes them strength.
    tilt: Array | None = None
    #: Persons by cell who can move to another zone, where some cell would otherwise be left with fewer than nobody.
    there: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A factor and dwellings released that were tried, and what the engine makes of them."""

    outcome: Outcome
    moved: Array
    between: tuple[Array, Array] | None  # persons moved into and out of zones, where `there` bounds them
    external: Array  # arrivals from other municipalities, [lead, zone, cell]
    left: Array  # leavers to other municipalities
    leaving: Array  # their rate
    missed: Array  # what is short of the target, per zone
    released: Array  # dwellings released, by moves and by deaths
    freed: Array  # dwellings released beyond what was assumed


def dot(per_cell: Array, persons: Array) -> Array:
    """Sum over cells of persons times something per person, ``[lead, zone]``."""
    if per_cell.shape[:-1] == (1, 1):
        alike: Array = persons @ per_cell[0, 0]
        return alike
    each: Array = np.einsum("...c,...c->...", *np.broadcast_arrays(per_cell, persons))
    return each


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """How both equations change with the factor and with the dwellings released."""

    #: Rise of what is reached, per rise of the logarithm of the factor by one; infinite where nobody moves.
    by_factor: Array
    #: Fewer dwellings released, per rise of what is reached by one through the factor.
    released: Array
    #: Rise of what is reached in a zone, per dwelling released in each.
    on_target: Array
    #: Dwellings released in the end, per dwelling released at first.
    feedback: Array

    def step(self, trial: Trial) -> tuple[Array, Array]:
        """Changes of the logarithm of the factor and of the dwellings released that would meet both equations."""
        at_first = trial.freed - self.released * trial.missed
        more = np.matmul(self.feedback, at_first[..., None])[..., 0]
        short = trial.missed - np.einsum("lyz,ly->lz", self.on_target, more)
        return short / self.by_factor, more


def slopes_at(frame: Frame, trial: Trial, log_r: Array) -> Slopes:
    """Slopes at a trial: exact on the mean exposure but for moves between zones by rates."""
    fillers = frame.fillers
    # of an arrival, the share that is there at the end, and the dwellings that it releases within the year
    half_leaving = 0.5 * trial.leaving
    stays = 1.0 / (1.0 + half_leaving + frame.half_others)
    lasting = frame.weights * stays
    released = stays * (frame.released_of_leavers * half_leaving + frame.released_by_others)
    left = np.where(frame.by_in[..., None], 0.0, trial.left) if frame.by_in.any() else trial.left
    slope = dot(lasting, trial.external) + dot(lasting * frame.response, left)
    slope = np.where(frame.by_in, trial.external.sum(axis=-1), slope) if frame.by_in.any() else slope
    fewer = dot((frame.released_of_leavers - released) * frame.response, left) - dot(released, trial.external)
    from_outside = np.exp(log_r)[:, None, :, None, None] * frame.external_unit
    coming = from_outside + frame.net_unit
    on_target = _times(coming, per_household(lasting, fillers))
    if frame.by_in.any():
        persons = _times(from_outside, per_household(np.ones_like(lasting), fillers))
        on_target = np.where(frame.by_in[:, None, :], persons, on_target)
    on_released = _times(coming, per_household(released, fillers))
    by_factor = np.where(slope > 0.0, slope, np.inf)
    ratio = fewer / by_factor
    matrix = np.eye(slope.shape[-1]) - np.swapaxes(on_released + ratio[:, None, :] * on_target, -1, -2)
    return Slopes(by_factor, ratio, on_target, np.linalg.inv(matrix))


def _times(unit: Array, per_household: Array) -> Array:
    """Sum over types and generations, ``[lead, zone released, zone]``."""
    total: Array = np.einsum("lyzkg,lzkg->lyz", unit, per_household)
    return total


class UnmetError(Exception):
    """No tilt meets the totals; it holds the people at the last one tried, and which totals are to blame."""

    def __init__(self, people: Array, missed: np.ndarray) -> None:
        super().__init__("no tilt meets the totals")
        self.people, self.missed = people, missed


def meet_totals(asked: Array, solve: Callable[[Array], tuple[Array, Found]], start: Array) -> tuple[Array, Found]:
    """Strength of the tilt by age, by the secant method; each strength is a year that meets the housing target."""
    strength = np.where(np.isfinite(asked), start, 0.0)
    people, found = solve(strength)
    slope = np.full(asked.shape, np.nan)
    for _ in range(STEPS):
        gap = np.where(np.isfinite(asked), asked - people, 0.0)
        off = np.abs(gap) > TOLERANCE + ROUNDING * np.abs(np.nan_to_num(asked))
        if not off.any():
            return strength, found
        known = np.isfinite(slope)
        stuck = off & ((known & (slope <= 0.0)) | (strength * np.sign(gap) >= MOST))
        if stuck.any():
            raise UnmetError(people, stuck)
        move = np.where(known, gap / np.where(known, slope, 1.0), np.sign(gap) * PROBE)
        tried = np.clip(strength + np.where(off, np.clip(move, -LONGEST, LONGEST), 0.0), -MOST, MOST)
        try:
            reached, found = solve(tried)
        except HousingError as error:
            raise UnmetError(people, off & (2.0 * np.abs(gap) >= np.abs(gap).max())) from error
        moved = np.abs(tried - strength) > 1e-9
        slope = np.where(moved, (reached - people) / np.where(moved, tried - strength, 1.0), slope)
        strength, people = tried, reached
    raise UnmetError(people, np.isfinite(asked) & (asked != people))


def age_tilt(strength: Array, headship: Array, arriving: Array, free: np.ndarray) -> Array:
    """Factors of the moves by cell: ``exp(strength (mean headship of those who arrive - headship))``."""
    coming = arriving.sum(axis=-1, keepdims=True)
    mean = (headship * arriving).sum(axis=-1, keepdims=True) / np.where(coming > 0.0, coming, 1.0)
    factors: Array = np.exp(np.where(free, strength, 0.0)[..., None] * (mean - headship))
    return factors

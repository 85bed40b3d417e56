"""Newton's method for one year: the factor and the dwellings released at which households and openings agree."""

from dataclasses import dataclass

import numpy as np

from kompaslite.engine import Outcome
from kompaslite.housing.market.chain_kernel import Array
from kompaslite.housing.run.arrivals_kernel import Fillers, per_household


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
    fillers: Fillers
    #: Households by generation that a dwelling released in each zone brings, from outside and from other zones.
    external_unit: Array
    net_unit: Array
    #: Factors by cell of the year's moves, where a control total makes them lean.
    tilt: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A factor and dwellings released that were tried, and what the engine makes of them."""

    outcome: Outcome
    moved: Array
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

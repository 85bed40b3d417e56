"""One year of a projection with housing: the moves at which households and openings agree."""

from dataclasses import dataclass, replace

import numpy as np

from kompaslite.housing.arrivals_kernel import (
    Fillers,
    blend,
    external_persons,
    households,
    net_moves,
    split_moves,
    unit_response,
)
from kompaslite.housing.chain_kernel import Array
from kompaslite.housing.closing_kernel import rate_response, scaled_rate
from kompaslite.housing.inputs import RELEASING, HousingInputs
from kompaslite.housing.labels import HousingError
from kompaslite.housing.record import HousingRecord
from kompaslite.housing.spread import at, lead_size
from kompaslite.kernels import Layout, Outcome, RunStep

#: Households that a target may be missed by, plus a share of rounding.
TOLERANCE = 1e-10
ROUNDING = 1e-14
#: Steps of Newton's method at most.
STEPS = 40


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


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A factor and dwellings released that were tried, and what the engine makes of them."""

    outcome: Outcome
    moved: Array
    external: Array  # arrivals from other municipalities, [lead, zone, cell]
    left: Array  # leavers to other municipalities
    half_leaving: Array  # half their rate
    missed: Array  # what is short of the target, per zone
    released: Array  # dwellings released, by moves and by deaths
    freed: Array  # dwellings released beyond what was assumed


class HousingYear:
    """Called by the engine for every year.

    Parameters
    ----------
    inputs : HousingInputs
        Out of `prepare_housing`.
    layout : Layout
        Of the projection.
    record : HousingRecord
        Where results are written.
    highest_rate : float
        Rate at which exits alone would empty a cohort.
    """

    def __init__(self, inputs: HousingInputs, layout: Layout, record: HousingRecord, *, highest_rate: float) -> None:
        self._inputs, self._layout, self._record, self._highest = inputs, layout, record, highest_rate
        self._shape = (lead_size(layout), len(layout.outer["area"]))
        self._log_r = np.zeros(self._shape)  # without what the year's own new dwellings add to it
        self._slope = np.full(self._shape, np.inf)
        self._beyond = np.zeros(self._shape)  # dwellings released beyond those of the trend

    def __call__(self, position: int, start: Array, step: RunStep) -> Outcome:  # noqa: ARG002
        """Find the moves of a year.

        Parameters
        ----------
        position : int
            Of the year.
        start : np.ndarray
            Persons on 1 January, ``[unit, sex, age]``.
        step : RunStep
            The engine's step.

        Returns
        -------
        Outcome
            Of the last step, with moves between zones as flows of their own.
        """
        frame = self._frame(position)
        given = frame.by_in | np.isfinite(at(self._inputs.given_population, position))
        jump = at(self._inputs.by_factor, position) / self._slope
        log_r = np.where(given, 0.0, self._log_r + jump)
        released = at(self._inputs.reference_released, position) + self._beyond
        trial, steps = self._try(frame, position, step, (log_r, released)), 0
        while self._off(frame, trial).any():
            if steps == STEPS:
                self._fail(frame, trial, position)
            steps += 1
            change, more, self._slope = _newton(frame, trial, log_r)
            log_r, released = log_r + np.clip(change, -1.0, 1.0), released + more
            trial = self._try(frame, position, step, (log_r, released))
        self._log_r = log_r - at(self._inputs.by_factor, position) / self._slope
        self._beyond = released - at(self._inputs.reference_released, position)
        return self._finish(frame, trial, position, np.exp(log_r))

    def _frame(self, position: int) -> Frame:
        inputs = self._inputs
        wanted_in, wanted = (
            np.broadcast_to(at(given, position), self._shape) for given in (inputs.given_in, inputs.given_population)
        )
        by_in, by_people = np.isfinite(wanted_in), np.isfinite(wanted)
        weights = inputs.weights[0]
        apart = 0.0 * weights if inputs.apart is None else at(inputs.apart, position)
        if inputs.apart_is_share:
            weights, apart = weights * (1.0 - apart), 0.0 * apart
        held_apart = np.where(by_people, 0.0, (weights * apart).sum(axis=-1))
        if by_people.any():
            weights = np.where(by_people[..., None], 1.0, weights)
        leaving, mortality = at(inputs.out_migration, position), at(inputs.mortality, position)
        exits = at(inputs.other_exits, position)
        fillers = inputs.fillers[position]
        shares = np.broadcast_to(at(inputs.own_types, position), (*self._shape, inputs.own_types.shape[-1]))
        external_unit, net_unit = unit_response(
            shares, np.broadcast_to(at(inputs.young, position), shares.shape), fillers
        )
        return Frame(
            weights=weights,
            apart=held_apart,
            half_others=0.5 * (exits + mortality),
            released_by_others=0.5 * (inputs.release_move[0] * exits + inputs.release_death[0] * mortality),
            released_of_leavers=inputs.release_move[0],
            arriving=at(inputs.in_migration, position),
            leaving=leaving,
            response=rate_response(leaving, self._highest),
            target=np.where(by_in, wanted_in, np.where(by_people, wanted, at(inputs.target, position))),
            by_in=by_in,
            fillers=fillers,
            external_unit=external_unit,
            net_unit=net_unit,
        )

    def _try(self, frame: Frame, position: int, step: RunStep, unknowns: tuple[Array, Array]) -> Trial:
        inputs, (log_r, released) = self._inputs, unknowns
        r = np.exp(log_r)[..., None]
        moved = self._households(position, released, frame.fillers)
        external = r * blend(frame.arriving, external_persons(moved, frame.fillers))
        arrivals = external + net_moves(moved, frame.fillers) if self._shape[1] > 1 else external
        scale = self._out_scale(frame, r)
        outcome = step(arrivals=self._units(arrivals), out_scale=self._units(scale))
        end = self._zones(outcome.end)
        reached = dot(frame.weights, end) - frame.apart
        if frame.by_in.any():
            reached = np.where(frame.by_in, external.sum(axis=-1), reached)
        flows = {name: self._zones(flow) for name, flow in {**outcome.exits, **outcome.arrivals}.items()}
        freed_by = {
            name: sign * dot(inputs.release_move[0], flows[name]) for name, sign in RELEASING.items() if name in flows
        }
        by_deaths = dot(inputs.release_death[0], self._zones(outcome.deaths))
        parts = (
            sum(part for name, part in freed_by.items() if not name.startswith("moves")),
            sum((part for name, part in freed_by.items() if name.startswith("moves")), 0.0 * by_deaths),
            by_deaths,
        )
        return Trial(
            outcome=outcome,
            moved=moved,
            external=external,
            left=flows["out_migration"],
            half_leaving=0.5 * frame.leaving * scale,
            missed=frame.target - reached,
            released=np.stack(np.broadcast_arrays(*parts)),
            freed=sum(parts) - released,
        )

    def _households(self, position: int, released: Array, fillers: Fillers) -> Array:
        inputs = self._inputs
        reference = at(inputs.reference_released, position)[..., None] * at(inputs.reference_types, position)
        vacated = released[..., None] * at(inputs.own_types, position) - reference
        direct = at(inputs.opened, position) + vacated
        return households(direct, at(inputs.first, position), at(inputs.young, position) * vacated, fillers.chain)

    def _out_scale(self, frame: Frame, r: Array) -> Array:
        if (r == 1.0).all():
            return np.ones((1, 1, 1))
        factor = np.where(frame.by_in[..., None], 1.0, r)
        scaled = scaled_rate(frame.leaving, factor, self._highest)
        scaled *= np.divide(1.0, frame.leaving, out=np.zeros_like(frame.leaving), where=frame.leaving > 0.0)
        return scaled

    def _off(self, frame: Frame, trial: Trial) -> np.ndarray:
        room = TOLERANCE + ROUNDING * np.abs(frame.target)
        off: np.ndarray = ~((np.abs(trial.missed) <= room) & (np.abs(trial.freed) <= room))
        return off

    def _fail(self, frame: Frame, trial: Trial, position: int) -> None:
        bad = self._off(frame, trial)
        lead, zone = (int(i) for i in np.argwhere(bad)[0])
        raise HousingError(
            f"housing: {int(bad.sum()):,} of {bad.size:,} targets cannot be reached by moving; the first is "
            f"{frame.target[lead, zone]:.6g} at area {self._layout.outer['area'][zone]}, year "
            f"{self._layout.years[position]} (all dwelling types), missed by {trial.missed[lead, zone]:.6g}. Correct "
            "the stock or the given number there, or give in-migration that can grow."
        )

    def _finish(self, frame: Frame, trial: Trial, position: int, r: Array) -> Outcome:
        outcome, zones = trial.outcome, self._shape[1]
        arrivals = {**outcome.arrivals, "in_migration": self._units(trial.external)}
        exits = dict(outcome.exits)
        if zones > 1:
            into, out = (self._units(part) for part in split_moves(trial.moved, frame.fillers))
            arrivals["moves_in"] = into + outcome.arrivals.get("moves_in", 0.0)
            exits["moves_out"] = out + outcome.exits.get("moves_out", 0.0)
        households_end, private = self._counted(position, self._zones(outcome.end))
        self._check_room(position, households_end)
        self._record.write(
            factor=r,
            households=households_end,
            private=private,
            arrived=self._homes_of_arrivals(trial),
            released=trial.released,
        )
        return replace(outcome, arrivals=arrivals, exits=exits)

    def _homes_of_arrivals(self, trial: Trial) -> Array:
        """Dwellings that the households from outside fill: the same share per mover as leavers set free."""
        arrivals = [trial.external]
        if "immigration" in trial.outcome.arrivals:
            arrivals.append(self._zones(trial.outcome.arrivals["immigration"]))
        filled = [dot(self._inputs.release_move[0], persons) for persons in arrivals]
        return np.broadcast_to(sum(filled, np.zeros(1)), self._shape)

    def _counted(self, position: int, end: Array) -> tuple[Array, Array]:
        inputs = self._inputs
        private = end
        if inputs.apart is not None:
            apart = at(inputs.apart, position)
            private = end * (1.0 - apart) if inputs.apart_is_share else end - apart
        return dot(inputs.weights[0], private), private.sum(axis=-1)

    def _check_room(self, position: int, households_end: Array) -> None:
        given = np.isfinite(np.broadcast_to(at(self._inputs.given_population, position), self._shape))
        stock = np.broadcast_to(at(self._inputs.stock, position), self._shape)
        bad = given & (households_end > stock)
        if bad.any():
            lead, zone = (int(i) for i in np.argwhere(bad)[0])
            raise HousingError(
                f"given population: in {int(bad.sum()):,} cases the stock cannot hold it; the first is area "
                f"{self._layout.outer['area'][zone]}, year {self._layout.years[position] + 1} (all dwelling types): "
                f"{households_end[lead, zone]:,.0f} households and {stock[lead, zone]:,.0f} dwellings. Lower the "
                "population, or build."
            )

    def _units(self, array: Array) -> Array:
        ages = self._layout.ages.size
        if array.shape[-1] == 1:
            return array.reshape(1, 1, 1)
        full = array if array.shape[:2] == self._shape else np.broadcast_to(array, (*self._shape, array.shape[-1]))
        return full.reshape(-1, 2, ages)

    def _zones(self, array: Array) -> Array:
        alike = array.shape[0] == 1  # one array for all units
        return array.reshape(*((1, 1) if alike else self._shape), -1)


def dot(per_cell: Array, persons: Array) -> Array:
    """Sum over cells of persons times something per person, ``[lead, zone]``."""
    if per_cell.shape[:-1] == (1, 1):
        alike: Array = persons @ per_cell[0, 0]
        return alike
    each: Array = np.einsum("...c,...c->...", *np.broadcast_arrays(per_cell, persons))
    return each


def _newton(frame: Frame, trial: Trial, log_r: Array) -> tuple[Array, Array, Array]:
    """Changes of the factor (its logarithm) and of the dwellings released that would meet both equations.

    The third result is what the households gain if the logarithm of the factor rises by one.
    """
    fillers = frame.fillers
    # of an arrival, the share that is there at the end, and the dwellings that it releases within the year
    stays = 1.0 / (1.0 + trial.half_leaving + frame.half_others)
    lasting = frame.weights * stays
    released = stays * (frame.released_of_leavers * trial.half_leaving + frame.released_by_others)
    left = np.where(frame.by_in[..., None], 0.0, trial.left) if frame.by_in.any() else trial.left
    slope = dot(lasting, trial.external) + dot(lasting * frame.response, left)
    slope = np.where(frame.by_in, trial.external.sum(axis=-1), slope) if frame.by_in.any() else slope
    fewer = dot((frame.released_of_leavers - released) * frame.response, left) - dot(released, trial.external)
    from_outside = np.exp(log_r)[:, None, :, None, None] * frame.external_unit
    coming = from_outside + frame.net_unit
    on_target = _times(coming, _per_household(lasting, fillers))
    if frame.by_in.any():
        persons = _times(from_outside, _per_household(np.ones_like(lasting), fillers))
        on_target = np.where(frame.by_in[:, None, :], persons, on_target)
    on_released = _times(coming, _per_household(released, fillers))
    safe = np.where(slope > 0.0, slope, 1.0)
    ratio = np.where(slope > 0.0, fewer / safe, 0.0)
    matrix = np.eye(slope.shape[-1]) - np.swapaxes(on_released + ratio[:, None, :] * on_target, -1, -2)
    more = np.linalg.solve(matrix, (trial.freed - ratio * trial.missed)[..., None])[..., 0]
    short = trial.missed - np.einsum("lyz,ly->lz", on_target, more)
    return np.where(slope > 0.0, short / safe, 0.0), more, np.where(slope > 0.0, slope, np.inf)


def _per_household(per_person: Array, fillers: Fillers) -> Array:
    """What a household of each type and generation counts, ``[lead, zone, type, generation]``."""
    flat = fillers.persons.reshape(*fillers.persons.shape[:-3], -1, fillers.persons.shape[-1])
    counted: Array = np.matmul(per_person, np.swapaxes(flat, -1, -2))
    return counted.reshape(*counted.shape[:-1], *fillers.persons.shape[-3:-1])


def _times(unit: Array, per_household: Array) -> Array:
    """Sum over types and generations, ``[lead, zone released, zone]``."""
    total: Array = np.einsum("lyzkg,lzkg->lyz", unit, per_household)
    return total

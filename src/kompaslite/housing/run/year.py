"""One year of a projection with housing: the moves at which households and openings agree."""

from dataclasses import replace

import numpy as np

from kompaslite.engine import Layout, Outcome, RunStep
from kompaslite.housing.labels import HousingError, at, lead_size
from kompaslite.housing.market.chains import (
    ArrivalsPerDwelling,
    combine_arrivals,
    external_persons,
    households,
    moves_of_those_there,
    net_moves,
    split_moves,
    unit_response,
)
from kompaslite.housing.market.market import Array
from kompaslite.housing.run.closing import rate_response, scaled_rate
from kompaslite.housing.run.inputs import RELEASING, HousingInputs
from kompaslite.housing.run.search import Frame, Trial, UnmetError, age_tilt, dot, meet_totals, slopes_at

#: Logarithm of the factor, dwellings released, and what the engine makes of them.
Found = tuple[Array, Array, Trial]
#: Households that a target may be missed by, plus a share of rounding.
TOLERANCE = 1e-10
ROUNDING = 1e-14
#: Steps of Newton's method at most.
STEPS = 40
#: Slopes are found anew where a step leaves more than this share of the gap.
SLOW = 3e-4
#: Of a cell that moves between zones would empty, the share that they may take in a year.
MOVABLE = 0.5


class HousingYear:
    """Called by the engine for every year.

    Parameters
    ----------
    inputs : HousingInputs
        Out of `prepare_housing`.
    layout : Layout
        Of the projection.
    highest_rate : float
        Rate at which exits alone would empty a cohort.
    """

    def __init__(self, inputs: HousingInputs, layout: Layout, *, highest_rate: float) -> None:
        self.inputs, self.layout, self._highest = inputs, layout, highest_rate
        self.results: list[dict[str, Array]] = []  # by year, small arrays
        self._shape = (lead_size(layout), len(layout.outer["area"]))
        self._log_r: Array = np.zeros(self._shape)  # without what the year's own new dwellings add to it
        self._slope = np.full(self._shape, np.inf)
        self._by_zone = inputs.given_total.shape[-1] > 1 or self._shape[1] == 1
        self._strength: Array = np.zeros((self._shape[0], self._shape[1] if self._by_zone else 1))
        self._beyond = np.zeros(self._shape)  # dwellings released beyond those of the trend

    def __call__(self, position: int, start: Array, step: RunStep) -> Outcome:  # noqa: ARG002
        """Find the moves of a year."""
        frame = self._frame(position)
        if position == 0:
            self._check_trend(step())
        given = frame.by_in | np.isfinite(at(self.inputs.given_population, position))
        jump = at(self.inputs.by_factor, position) / self._slope
        log_r = np.where(given, 0.0, self._log_r + jump)
        released = at(self.inputs.reference_released, position) + self._beyond
        asked = at(self.inputs.given_total, position)
        if np.isfinite(asked).any():
            frame, found = self._hold(frame, position, step, (log_r, released), free=~given)
        else:
            self._strength = np.zeros_like(self._strength)
            found = self._solve(frame, position, step, (log_r, released))
        log_factor, freed, trial = found
        self._log_r = log_factor - at(self.inputs.by_factor, position) / self._slope
        self._beyond = freed - at(self.inputs.reference_released, position)
        return self._finish(frame, trial, position, np.exp(log_factor))

    def _solve(self, frame: Frame, position: int, step: RunStep, start: tuple[Array, Array]) -> Found:
        """Factor and dwellings released at which all targets of a frame are met (Newton's method)."""
        log_r, released = start
        trial = self._try(frame, position, step, start)
        slopes, before, steps = None, np.inf, 0
        while self._off(frame, trial).any():
            if steps == STEPS:
                self._fail(frame, trial, position)
            gap = float(max(np.abs(trial.missed).max(), np.abs(trial.freed).max()))
            if slopes is None or gap > SLOW * before:
                slopes = slopes_at(frame, trial, log_r)
                self._slope = slopes.by_factor
            change, more = slopes.step(trial)
            log_r, released = log_r + np.clip(change, -1.0, 1.0), released + more
            trial = self._try(frame, position, step, (log_r, released))
            before, steps = gap, steps + 1
        if self._shape[1] > 1 and frame.there is None and bool((trial.outcome.end < 0.0).any()):
            return self._solve(replace(frame, there=self._there(trial, step)), position, step, (log_r, released))
        return log_r, released, trial

    def _there(self, trial: Trial, step: RunStep) -> Array:
        """Who can move to another zone: a share of those who would be in a cell at the end if nobody did."""
        alone = step(arrivals=self._units(trial.external), leaving=self._rates(trial.leaving))
        return MOVABLE * np.maximum(self._zones(alone.end), 0.0)

    def _hold(
        self, frame: Frame, position: int, step: RunStep, start: tuple[Array, Array], *, free: np.ndarray
    ) -> tuple[Frame, Found]:
        """The same, and the control totals of the year: moves are tilted by age until both hold."""
        asked = np.broadcast_to(at(self.inputs.given_total, position), self._strength.shape)
        headship = self.inputs.weights[0]
        last = [start]

        def solve(strength: Array) -> tuple[Array, tuple[Frame, Found]]:
            tilted = replace(frame, tilt=age_tilt(strength, headship, frame.arriving, free))
            found = self._solve(tilted, position, step, last[0])
            last[0] = found[:2]
            people = np.broadcast_to(self._zones(found[2].outcome.end).sum(axis=-1), self._shape)
            return people if asked.shape == self._shape else people.sum(axis=-1, keepdims=True), (tilted, found)

        try:
            self._strength, found = meet_totals(asked, solve, self._strength)
        except UnmetError as unmet:
            raise self._conflict(asked, unmet, position, frame.target) from unmet
        return found

    def _conflict(self, asked: Array, unmet: UnmetError, position: int, targets: Array) -> HousingError:
        bad, people = unmet.missed, unmet.people
        lead, zone = (int(i) for i in np.argwhere(bad)[0])
        alone = asked.shape == self._shape and bool(self._by_zone)
        where = f"area {self.layout.outer['area'][zone]}" if alone else "all areas together"
        target = np.broadcast_to(targets * self.inputs.headship_level, self._shape)[lead]
        homes = target[zone] if alone else target.sum()
        return HousingError(
            f"control total: {int(bad.sum()):,} of {int(np.isfinite(asked).sum()):,} totals conflict with the "
            f"dwellings; the first is {where}, year {self.layout.years[position] + 1} (all dwelling types): "
            f"{asked[lead, zone]:,.1f} persons are asked for, {people[lead, zone]:,.1f} are the nearest that the moves "
            f"of the year can make of {homes:,.1f} households there. Correct the total, or the stock and its vacancy."
        )

    def _check_trend(self, alone: Outcome) -> None:
        """Whether the trend is that of this projection: without housing its first year must end with the trend's."""
        made, given = np.broadcast_arrays(self._zones(alone.end), self.inputs.trend_end)
        if not np.allclose(made, given, rtol=1e-9, atol=1e-9):
            raise HousingError(
                f"housing: the trend is not that of this projection in {self.layout.years[0]}: it ends the year with "
                f"{given.sum():,.1f} persons, and these people and assumptions with {made.sum():,.1f}. As trend give "
                "the projection of the same people by the same assumptions, or none."
            )

    def _frame(self, position: int) -> Frame:
        inputs = self.inputs
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
        fillers = inputs.arrivals[position]
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
        inputs, (log_r, released) = self.inputs, unknowns
        r = np.exp(log_r)[..., None] if frame.tilt is None else np.exp(log_r)[..., None] * frame.tilt
        moved = self._households(position, released, frame.fillers)
        external = r * combine_arrivals(frame.arriving, external_persons(moved, frame.fillers))
        between = None if frame.there is None else moves_of_those_there(moved, frame.fillers, frame.there)
        arrivals = external
        if between is not None:
            arrivals = external + (between[0] - between[1])
        elif self._shape[1] > 1:
            arrivals = external + net_moves(moved, frame.fillers)
        leaving = self._leaving(frame, r)
        outcome = step(arrivals=self._units(arrivals), leaving=self._rates(leaving))
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
            between=between,
            external=external,
            left=flows["out_migration"],
            leaving=leaving,
            missed=frame.target - reached,
            released=np.stack(np.broadcast_arrays(*parts)),
            freed=sum(parts) - released,
        )

    def _households(self, position: int, released: Array, fillers: ArrivalsPerDwelling) -> Array:
        inputs = self.inputs
        reference = at(inputs.reference_released, position)[..., None] * at(inputs.reference_types, position)
        vacated = released[..., None] * at(inputs.own_types, position) - reference
        direct = at(inputs.opened, position) + vacated
        return households(direct, at(inputs.first, position), at(inputs.young, position) * vacated, fillers.chain)

    def _leaving(self, frame: Frame, r: Array) -> Array:
        if (r == 1.0).all():
            return frame.leaving
        return scaled_rate(frame.leaving, np.where(frame.by_in[..., None], 1.0, r), self._highest)

    def _off(self, frame: Frame, trial: Trial) -> np.ndarray:
        room = TOLERANCE + ROUNDING * np.abs(frame.target)
        off: np.ndarray = ~((np.abs(trial.missed) <= room) & (np.abs(trial.freed) <= room))
        return off

    def _fail(self, frame: Frame, trial: Trial, position: int) -> None:
        bad = self._off(frame, trial)
        lead, zone = (int(i) for i in np.argwhere(bad)[0])
        raise HousingError(
            f"housing: {int(bad.sum()):,} of {bad.size:,} targets cannot be reached by moving; the first is "
            f"{frame.target[lead, zone]:.6g} at area {self.layout.outer['area'][zone]}, year "
            f"{self.layout.years[position]} (all dwelling types), missed by {trial.missed[lead, zone]:.6g}. Correct "
            "the stock or the given number there, or give in-migration that can grow."
        )

    def _finish(self, frame: Frame, trial: Trial, position: int, r: Array) -> Outcome:
        outcome, zones = trial.outcome, self._shape[1]
        arrivals = {**outcome.arrivals, "in_migration": self._units(trial.external)}
        exits = dict(outcome.exits)
        if zones > 1:
            between = trial.between or split_moves(trial.moved, frame.fillers)
            into, out = (self._units(part) for part in between)
            arrivals["moves_in"] = into + outcome.arrivals.get("moves_in", 0.0)
            exits["moves_out"] = out + outcome.exits.get("moves_out", 0.0)
        households_end, private = self._counted(position, self._zones(outcome.end))
        self._check_room(position, households_end)
        self.results.append(
            {
                "factor": r,
                "households": households_end,
                "private": private,
                "people": self._zones(outcome.end).sum(axis=-1),
                "arrived": self._homes_of_arrivals(trial),
                "released": trial.released,
                "tilt_strength": np.broadcast_to(self._strength, self._shape),
            }
        )
        return replace(outcome, arrivals=arrivals, exits=exits)

    def _homes_of_arrivals(self, trial: Trial) -> Array:
        """Dwellings that the households from outside fill: the same share per mover as leavers set free."""
        arrivals = [trial.external]
        if "immigration" in trial.outcome.arrivals:
            arrivals.append(self._zones(trial.outcome.arrivals["immigration"]))
        filled = [dot(self.inputs.release_move[0], persons) for persons in arrivals]
        return np.broadcast_to(sum(filled, np.zeros(1)), self._shape)

    def _counted(self, position: int, end: Array) -> tuple[Array, Array]:
        inputs = self.inputs
        private = end
        if inputs.apart is not None:
            apart = at(inputs.apart, position)
            private = end * (1.0 - apart) if inputs.apart_is_share else end - apart
        return inputs.headship_level * dot(inputs.weights[0], private), private.sum(axis=-1)

    def _check_room(self, position: int, households_end: Array) -> None:
        given = np.isfinite(np.broadcast_to(at(self.inputs.given_population, position), self._shape))
        stock = np.broadcast_to(at(self.inputs.stock, position), self._shape)
        bad = given & (households_end > stock)
        if bad.any():
            lead, zone = (int(i) for i in np.argwhere(bad)[0])
            raise HousingError(
                f"given population: in {int(bad.sum()):,} cases the stock cannot hold it; the first is area "
                f"{self.layout.outer['area'][zone]}, year {self.layout.years[position] + 1} (all dwelling types): "
                f"{households_end[lead, zone]:,.0f} households and {stock[lead, zone]:,.0f} dwellings. Lower the "
                "population, or build."
            )

    def _rates(self, array: Array) -> Array:
        alike = array.shape[:2] == (1, 1)  # one array for all units
        return array.reshape(1, 2, -1) if alike else self._units(array)

    def _units(self, array: Array) -> Array:
        ages = self.layout.ages.size
        if array.shape[-1] == 1:
            return array.reshape(1, 1, 1)
        full = array if array.shape[:2] == self._shape else np.broadcast_to(array, (*self._shape, array.shape[-1]))
        return full.reshape(-1, 2, ages)

    def _zones(self, array: Array) -> Array:
        alike = array.shape[0] == 1  # one array for all units
        return array.reshape(*((1, 1) if alike else self._shape), -1)

"""One step of the cohort-component model on bare arrays, the same for every convention."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from kompaslite.engine.arrays import FEMALE, MALE, Array, Buffers, Outcome, StepInputs
from kompaslite.engine.closed_form import (
    CohortCoefficients,
    FertilityInputs,
    StepCoefficients,
    aged,
    precompute_step,
    total,
)
from kompaslite.engine.convention import Convention

_NEWBORN, _OLDER, _ALL = slice(0, 1), slice(1, None), slice(None)
_LAST_BUT_ONE, _LAST = slice(-2, -1), slice(-1, None)
#: A cell that falls below zero by less than this many units of rounding of those who pass through it is empty.
ROUNDING = 1024.0


def one_step(
    people: Array,
    inputs: StepInputs,
    *,
    convention: Convention,
    years: float = 1.0,
    clip: bool = False,
    buffers: Buffers | None = None,
) -> Outcome:
    """Move people one step on."""
    coefficients = precompute_step(inputs, convention, units=len(people), years=years, buffers=buffers)
    return advance(people, coefficients, convention=convention, clip=clip, buffers=buffers)


def advance(
    people: Array,
    coefficients: StepCoefficients,
    *,
    convention: Convention,
    clip: bool = False,
    buffers: Buffers | None = None,
) -> Outcome:
    """Move people one step on, through what they meet in it."""
    buffers, everyone, fertility = buffers or Buffers(), coefficients.everyone, coefficients.fertility
    early, at_start = _join_early(people, coefficients.early, clip=clip)
    start = aged(early, out=buffers("start"))
    events = _events_of(start, everyone, buffers)
    if coefficients.open_age is not None:
        entering, staying = coefficients.open_age
        both = _events_of(early[..., _LAST_BUT_ONE], entering), _events_of(early[..., _LAST], staying)
        events.write(_LAST, *both)
    end = _end(start, events, everyone, out=buffers("end"))
    # newborns are not in yet, so that their cell may be below zero for now
    at_end = _NOBODY if end.min() >= 0.0 else _resolve(end, start, everyone, _OLDER, clip=clip)
    women = _women_at_risk((early, start, end, events.deaths), fertility.ages, convention)
    place = buffers("births")
    births = births_from(women, fertility, np.empty_like(start) if place is None else place)
    born = np.add.reduce(births[..., fertility.ages], axis=-1, keepdims=True)
    at_birth = _grow_newborns(born, coefficients.newborn, clip=clip, into=(events, end))
    clipped = _clipped(people, at_start.added, at_end.added, at_birth.added)
    moved = {} if events.moves_in is None else {"moves_in": events.moves_in}
    adjustment = coefficients.adjustment if clipped is None else coefficients.adjustment + clipped
    return Outcome(
        end=end,
        births=births,
        deaths=events.deaths,
        exits=events.exits,
        arrivals={**coefficients.arrivals, **moved},
        net=coefficients.net if coefficients.net.ndim else None,
        adjustment=adjustment if adjustment.ndim else None,
        clipped=clipped,
        short=at_start.short or at_end.short or at_birth.short,
    )


# --- deaths, exits and moves ----------------------------------------------------------------------------------------


class _Events(NamedTuple):
    """What happened to cohorts, persons ``[unit, sex, cohort]``; `moves_in` where areas are coupled."""

    deaths: Array
    exits: Mapping[str, Array]
    moves_in: Array | None = None

    def write(self, ages: slice, *parts: "_Events") -> None:
        """Replace some of the cohorts by the sum of these parts."""
        self.deaths[..., ages] = total([part.deaths for part in parts])
        for name, flow in self.exits.items():
            flow[..., ages] = total([part.exits[name] for part in parts])
        if self.moves_in is not None:
            self.moves_in[..., ages] = total([part.moves_in for part in parts if part.moves_in is not None])


def _events_of(start: Array, cohorts: CohortCoefficients, buffers: Buffers | None = None) -> _Events:
    buffers = buffers or Buffers()
    by_death = cohorts.by_death.at(start, buffers("at_risk"))
    by_exit = by_death if cohorts.by_exit is None else cohorts.by_exit.at(start, buffers("at_exit"))
    moves_in = None
    if cohorts.coupling is not None:
        moves, per_death, per_exit = cohorts.coupling
        whole = np.broadcast_to(by_exit, start.shape), np.broadcast_to(per_exit, start.shape)
        by_exit, moves_in = move_between_areas(*whole, moves)
        by_death = by_death + np.broadcast_to(per_death, start.shape) * moves_in
    deaths = np.multiply(cohorts.mortality, by_death, out=buffers("deaths"))
    exits = {name: np.multiply(rate, by_exit, out=buffers(name)) for name, rate in cohorts.exit_rates.items()}
    return _Events(deaths, exits, moves_in)


def move_between_areas(exposure: Array, per_arrival: Array, moves: Array) -> tuple[Array, Array]:
    """Exposure of the exits of coupled areas, and the arrivals that their moves bring: people are conserved."""
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


def _end(start: Array, events: _Events, cohorts: CohortCoefficients, *, out: Array | None = None) -> Array:
    end = np.subtract(start, events.deaths, out=out)
    for flow in events.exits.values():
        end -= flow
    if cohorts.arriving.ndim:
        end += cohorts.arriving
    if cohorts.adjustment.ndim:
        end += cohorts.adjustment
    if events.moves_in is not None:
        end += events.moves_in
    return end


# --- births and newborns --------------------------------------------------------------------------------------------


def _women_at_risk(women: tuple[Array, Array, Array, Array], ages: slice, convention: Convention) -> Array:
    """Women whose births count at each age of mothers, ``[unit, age]``, weighted."""
    early, start, end, deaths = (persons[:, FEMALE, ages] for persons in women)
    before = start if convention.women_by == "cohort" else early
    after = end if convention.women_counted == "end" else start - deaths
    if convention.women_start != convention.women_end:
        return convention.women_start * before + convention.women_end * after
    at_risk: Array = before + after
    at_risk *= convention.women_end
    return at_risk


def births_from(women: Array, inputs: FertilityInputs, births: Array) -> Array:
    """Births by sex of the child and age of the mother, ``[unit, sex, age]``; the women are used up."""
    children = women
    children *= inputs.fertility
    births.fill(0.0)
    np.multiply(children, inputs.girls, out=births[:, FEMALE, inputs.ages])
    np.multiply(children, inputs.boys, out=births[:, MALE, inputs.ages])
    return births if inputs.allotment is None else allotted(births, inputs.allotment)


def allotted(births: Array, allotment: Array) -> Array:
    """Births by the area in which the child counts."""
    areas = allotment.shape[-1]
    of_mothers = births.reshape(-1, areas, *births.shape[1:])
    shares = allotment.reshape(-1, areas, areas)
    children: Array = np.einsum("gosa,god->gdsa", of_mothers, np.broadcast_to(shares, (len(of_mothers), areas, areas)))
    return children.reshape(births.shape)


def _grow_newborns(
    born: Array, newborn: CohortCoefficients, *, clip: bool, into: tuple[_Events, Array]
) -> "NegativeCells":
    """Let the newborn cohort go through the same two equations, with the shares of infants."""
    events, end = into
    infants = _events_of(born, newborn)
    events.write(_NEWBORN, infants)
    at_end = _end(born, infants, newborn)
    resolved = _resolve(at_end, born, newborn, _ALL, clip=clip)
    end[..., _NEWBORN] = at_end
    return resolved


# --- cells that would hold fewer than nobody ------------------------------------------------------------------------


class NegativeCells(NamedTuple):
    """What became of cells below zero: persons added to them, and whether some are left below zero."""

    added: Array | None
    short: bool


_NOBODY = NegativeCells(None, short=False)


def resolve_negatives(cells: Array, passing: Array, *, clip: bool) -> NegativeCells:
    """Tell rounding from a shortage in cells below zero, in place; a shortage is never silent."""
    low = cells < 0.0
    noise = low & (cells >= -ROUNDING * np.finfo(cells.dtype).eps * np.abs(passing))
    cells[noise] = 0.0
    low &= ~noise
    if not low.any():
        return _NOBODY
    if not clip:
        return NegativeCells(None, short=True)
    added = np.where(low, -cells, 0.0)
    cells[low] = 0.0
    return NegativeCells(added, short=False)


def _join_early(people: Array, joining: Array, *, clip: bool) -> tuple[Array, NegativeCells]:
    if not joining.ndim:
        return people, _NOBODY
    early = people + joining
    if early.min() >= 0.0:
        return early, _NOBODY
    return early, resolve_negatives(early, people + np.abs(joining), clip=clip)


def _resolve(cells: Array, start: Array, cohorts: CohortCoefficients, ages: slice, *, clip: bool) -> NegativeCells:
    some = cells[..., ages]
    if some.min() >= 0.0:
        return _NOBODY
    passing = start + np.abs(cohorts.arriving) + np.abs(cohorts.adjustment)
    return resolve_negatives(some, passing[..., ages], clip=clip)


def _clipped(people: Array, at_start: Array | None, at_end: Array | None, at_birth: Array | None) -> Array | None:
    if at_start is None and at_end is None and at_birth is None:
        return None
    added = np.zeros_like(people) if at_start is None else aged(at_start)
    if at_end is not None:
        added[..., _OLDER] += at_end
    if at_birth is not None:
        added[..., _NEWBORN] += at_birth
    return added

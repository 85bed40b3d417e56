"""One step of the cohort-component model on bare arrays, the same for every convention."""

import numpy as np

from kompaslite.engine.arrays import FEMALE, MALE, Array, Buffers, Inputs, Outcome
from kompaslite.engine.convention import Convention
from kompaslite.engine.events import Cohorts, Events, events_of
from kompaslite.engine.meet import Bearing, Met, aged, meet
from kompaslite.engine.moves import allotted
from kompaslite.engine.negative import Settled, settle

_NEWBORN, _OLDER, _ALL = slice(0, 1), slice(1, None), slice(None)
_LAST_BUT_ONE, _LAST = slice(-2, -1), slice(-1, None)
_NOBODY = Settled(None, short=False)


def one_step(
    people: Array,
    inputs: Inputs,
    *,
    convention: Convention,
    years: float = 1.0,
    clip: bool = False,
    buffers: Buffers | None = None,
) -> Outcome:
    """Move people one step on."""
    met = meet(inputs, convention, units=len(people), years=years, buffers=buffers)
    return advance(people, met, convention=convention, clip=clip, buffers=buffers)


def advance(
    people: Array, met: Met, *, convention: Convention, clip: bool = False, buffers: Buffers | None = None
) -> Outcome:
    """Move people one step on, through what they meet in it."""
    buffers = buffers or Buffers()
    early, at_start = _join_early(people, met.early, clip=clip)
    start = aged(early, out=buffers("start"))
    events = events_of(start, met.everyone, buffers)
    if met.open_age is not None:
        before, own = met.open_age
        events.write(_LAST, events_of(early[..., _LAST_BUT_ONE], before), events_of(early[..., _LAST], own))
    end = _end(start, events, met.everyone, out=buffers("end"))
    # newborns are not in yet, so that their cell may be below zero for now
    at_end = _NOBODY if end.min() >= 0.0 else _settle(end, start, met.everyone, _OLDER, clip=clip)
    women = _women_at_risk((early, start, end, events.deaths), met.bearing.ages, convention)
    place = buffers("births")
    births = _births(women, met.bearing, np.empty_like(start) if place is None else place)
    born = np.add.reduce(births[..., met.bearing.ages], axis=-1, keepdims=True)
    at_birth = _grow_newborns(born, met.newborn, clip=clip, into=(events, end))
    clipped = _clipped(people, at_start.added, at_end.added, at_birth.added)
    adjustment = met.adjustment if clipped is None else met.adjustment + clipped
    return Outcome(
        end=end,
        births=births,
        deaths=events.deaths,
        exits=events.exits,
        arrivals=met.arrivals if events.moves_in is None else {**met.arrivals, "moves_in": events.moves_in},
        net=met.net if met.net.ndim else None,
        adjustment=adjustment if adjustment.ndim else None,
        clipped=clipped,
        short=at_start.short or at_end.short or at_birth.short,
    )


def _join_early(people: Array, joining: Array, *, clip: bool) -> tuple[Array, Settled]:
    if not joining.ndim:
        return people, _NOBODY
    early = people + joining
    if early.min() >= 0.0:
        return early, _NOBODY
    return early, settle(early, people + np.abs(joining), clip=clip)


def _settle(cells: Array, start: Array, cohorts: Cohorts, ages: slice, *, clip: bool) -> Settled:
    some = cells[..., ages]
    if some.min() >= 0.0:
        return _NOBODY
    passing = start + np.abs(cohorts.arriving) + np.abs(cohorts.adjustment)
    return settle(some, passing[..., ages], clip=clip)


def _end(start: Array, events: Events, cohorts: Cohorts, *, out: Array | None = None) -> Array:
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


def _births(women: Array, bearing: Bearing, births: Array) -> Array:
    """Births by sex of the child and age of the mother, ``[unit, sex, age]``."""
    children = women
    children *= bearing.fertility
    births.fill(0.0)
    np.multiply(children, bearing.girls, out=births[:, FEMALE, bearing.ages])
    np.multiply(children, bearing.boys, out=births[:, MALE, bearing.ages])
    return births if bearing.allotment is None else allotted(births, bearing.allotment)


def _grow_newborns(born: Array, newborn: Cohorts, *, clip: bool, into: tuple[Events, Array]) -> Settled:
    """Let the newborn cohort go through the same two equations, with the shares of infants."""
    events, end = into
    infants = events_of(born, newborn)
    events.write(_NEWBORN, infants)
    at_end = _end(born, infants, newborn)
    settled = _settle(at_end, born, newborn, _ALL, clip=clip)
    end[..., _NEWBORN] = at_end
    return settled


def _clipped(people: Array, at_start: Array | None, at_end: Array | None, at_birth: Array | None) -> Array | None:
    if at_start is None and at_end is None and at_birth is None:
        return None
    added = np.zeros_like(people) if at_start is None else aged(at_start)
    if at_end is not None:
        added[..., _OLDER] += at_end
    if at_birth is not None:
        added[..., _NEWBORN] += at_birth
    return added

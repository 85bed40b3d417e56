"""One step of the cohort-component model on bare arrays, the same for every convention."""

import numpy as np

from kompaslite.kernels.arrays import FEMALE, MALE, NOTHING, Array, Buffers, Inputs, Outcome
from kompaslite.kernels.convention import Convention
from kompaslite.kernels.events import Cohorts, Events, cohorts_of, events_of, rate_reached
from kompaslite.kernels.moves import allotted
from kompaslite.kernels.negative import Settled, settle

_NEWBORN, _OLDER = slice(0, 1), slice(1, None)
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
    """Move people one step on.

    Parameters
    ----------
    people : np.ndarray
        Persons at the start, ``[unit, sex, age]``.
    inputs : Inputs
        Rates and counts of the step.
    convention : Convention
        Timing of events.
    years : float
        Length of the step, by which the annual fertility is multiplied.
    clip : bool
        Whether cells that would hold fewer than nobody are filled up to zero, by an adjustment that is returned.
    buffers : Buffers, optional
        Arrays to write in; without them every step allocates its own.

    Returns
    -------
    Outcome
        Without `clip`, cells are negative where counts take more people than there are; `Outcome.short` says so.
    """
    buffers = buffers or Buffers()
    early, at_start = _early(people, inputs.net, convention, clip=clip)
    start = aged(early, out=buffers("start"))
    cohorts = cohorts_of(inputs, convention, buffers)
    events = events_of(start, cohorts, convention=convention, buffers=buffers)
    if convention.rates_by == "start":
        _part_open_age(events, early, inputs, cohorts, convention=convention)
    end = _end(start, events, cohorts, out=buffers("end"))
    # newborns are not in yet, so that their cell may be below zero for now
    at_end = _NOBODY if end.min() >= 0.0 else _settle(end, start, cohorts, _OLDER, clip=clip)
    women = _women_at_risk(early, start, end, events.deaths, convention=convention)
    births = _births(women, inputs, convention, years, out=buffers("births"))
    at_birth = _grow_newborns(births, cohorts.at(_NEWBORN), convention, clip=clip, into=(events, end))
    clipped = _clipped(people, at_start.added, at_end.added, at_birth.added)
    return Outcome(
        end=end,
        births=births,
        deaths=events.deaths,
        exits=events.exits,
        arrivals=dict(inputs.arrivals) if events.moves_in is None else {**inputs.arrivals, "moves_in": events.moves_in},
        net=net_by_age_reached(inputs.net, convention),
        adjustment=inputs.adjustment if clipped is None else cohorts.adjustment + clipped,
        clipped=clipped,
        short=at_start.short or at_end.short or at_birth.short,
    )


def aged(people: Array, *, out: Array | None = None) -> Array:
    """Everyone one age up; the open age keeps its own and age 0 is empty.

    Parameters
    ----------
    people : np.ndarray
        ``[..., age]``.
    out : np.ndarray, optional
        To write in.

    Returns
    -------
    np.ndarray
        The same shape and the same total.

    Examples
    --------
    >>> aged(np.array([5.0, 4.0, 3.0]))
    array([0., 5., 7.])
    """
    start = np.empty(people.shape, people.dtype) if out is None else out
    if people.flags.c_contiguous and start.flags.c_contiguous:
        # one copy for all rows; the first cell of a row is overwritten below
        start.reshape(-1)[1:] = people.reshape(-1)[:-1]
    else:
        start[..., 1:] = people[..., :-1]
    start[..., 0] = 0.0
    start[..., -1] += people[..., -1]
    return start


def net_by_age_reached(net: Array | None, convention: Convention) -> Array | None:
    """Net migration by age reached: what joined at the start has aged since.

    Parameters
    ----------
    net : np.ndarray or None
        Persons by age when they join, ``[..., age]``.
    convention : Convention
        Its `net_at_start` is read.

    Returns
    -------
    np.ndarray or None
        `net` itself where all of it joins at the end.
    """
    if net is None or not convention.net_at_start:
        return net
    return convention.net_at_start * aged(net) + (1.0 - convention.net_at_start) * net


def _early(people: Array, net: Array | None, convention: Convention, *, clip: bool) -> tuple[Array, Settled]:
    if net is None or not convention.net_at_start:
        return people, _NOBODY
    joining = convention.net_at_start * net
    early = people + joining
    everyone = Cohorts(people, {}, joining)
    return early, _settle(early, people, everyone, slice(None), clip=clip)


def _settle(cells: Array, start: Array, cohorts: Cohorts, ages: slice, *, clip: bool) -> Settled:
    some = cells[..., ages]
    if some.min() >= 0.0:
        return _NOBODY
    met = cohorts.at(ages)
    return settle(some, start[..., ages] + np.abs(met.arriving) + np.abs(met.adjustment), clip=clip)


def _part_open_age(events: Events, early: Array, inputs: Inputs, cohorts: Cohorts, *, convention: Convention) -> None:
    """By age at start, the two cohorts that meet in the open age have rates of their own."""
    last = slice(-1, None)
    by_start = Cohorts(inputs.mortality, inputs.exit_rates, NOTHING, NOTHING, inputs.moves)
    own = by_start.at(last)
    own = Cohorts(own.mortality, own.exit_rates, cohorts.at(last).arriving, NOTHING, own.moves)
    events.write(
        last,
        events_of(early[..., -2:-1], by_start.at(slice(-2, -1)), convention=convention),
        events_of(early[..., last], own, convention=convention),
    )


def _end(start: Array, events: Events, cohorts: Cohorts, *, out: Array | None = None) -> Array:
    end = np.subtract(start, events.deaths, out=out)
    for flow in events.exits.values():
        end -= flow
    for flow in (cohorts.arriving, cohorts.adjustment, NOTHING if events.moves_in is None else events.moves_in):
        if flow.ndim:
            end += flow
    return end


def _women_at_risk(early: Array, start: Array, end: Array, deaths: Array, *, convention: Convention) -> Array:
    """Women whose births count at each age of mothers, ``[unit, age]``, weighted; none at age 0."""
    before = (start if convention.women_by == "cohort" else early)[:, FEMALE]
    after = end[:, FEMALE] if convention.women_counted == "end" else (start - deaths)[:, FEMALE]
    if convention.women_start == convention.women_end:
        women: Array = before + after
        women *= convention.women_end
    else:
        women = convention.women_start * before + convention.women_end * after
    women[:, 0] = 0.0
    return women


def _births(women: Array, inputs: Inputs, convention: Convention, years: float, *, out: Array | None) -> Array:
    by_cohort = convention.women_by == "cohort"
    children = women
    children *= rate_reached(inputs.fertility, convention) if by_cohort else inputs.fertility
    if years != 1.0:
        children *= years
    births = np.empty((len(women), 2, women.shape[-1]), women.dtype) if out is None else out
    girls = (1.0 / (1.0 + inputs.sex_ratio))[:, None]
    np.multiply(children, girls, out=births[:, FEMALE])
    np.multiply(children, 1.0 - girls, out=births[:, MALE])
    return births if inputs.allotment is None else allotted(births, inputs.allotment)


def _grow_newborns(
    births: Array, cohorts: Cohorts, convention: Convention, *, clip: bool, into: tuple[Events, Array]
) -> Settled:
    """Let the newborn cohort go through the same two equations, with the shares of infants."""
    events, end = into
    born = np.add.reduce(births, axis=-1, keepdims=True)
    infants = events_of(born, cohorts, convention=convention, infants=True)
    events.write(_NEWBORN, infants)
    newborn = _end(born, infants, cohorts)
    settled = _settle(newborn, born, cohorts, slice(None), clip=clip)
    end[..., _NEWBORN] = newborn
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

"""The closed form of the step: who is at risk in a cell, and all of a step that does not depend on the people.

Deaths and exits of a cohort lower each other's exposure. That is two linear equations per cell, solved here for
several steps at once; `kompaslite.engine.step` then moves the people through what was found.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kompaslite.engine.arrays import NOTHING, Array, Buffers, StepInputs
from kompaslite.engine.convention import Convention, Shares

_NEWBORN, _LAST_BUT_ONE, _LAST = slice(0, 1), slice(-2, -1), slice(-1, None)
#: Exposure shares of deaths and of exits.
BothShares = tuple[Shares, Shares]


class Exposures(NamedTuple):
    """People at risk of dying and of leaving, person-steps of one step."""

    deaths: Array
    exits: Array


def exposures(
    start: Array,
    deaths: Array,
    exits: Array,
    arrivals: Array,
    *,
    convention: Convention = Convention.mean_exposure,
    infants: bool = False,
) -> Exposures:
    """Exposure of a cohort, from what happened to it: the denominators of rates.

    Parameters
    ----------
    start, deaths, exits, arrivals : np.ndarray
        Persons of each cohort: at the start of the step (births for the newborn), and what happened in it.
    convention : Convention
        Timing of events.
    infants : bool
        Whether it is the newborn cohort.

    Returns
    -------
    Exposures
        ``deaths`` and ``exits``, person-steps.

    Examples
    --------
    >>> import numpy as np
    >>> exposures(np.array([100.0]), np.array([3.0]), np.array([10.0]), np.array([7.0])).deaths
    array([97.])
    """
    both = convention.shares(infants=infants)
    return Exposures(*(start - of[0] * deaths - of[1] * exits + of[2] * arrivals for of in both))


class LinearExposure(NamedTuple):
    """Exposure of cohorts as a straight line over the people at their start: ``(start + before) slope + after``.

    `before` and `after` are persons at risk because of the arrivals, or `NOTHING`; a `slope` of None stands for 1.
    """

    before: Array
    slope: Array | None
    after: Array

    def at(self, start: Array, out: Array | None = None) -> Array:
        """Exposure of cohorts that start with so many people: `start` itself where nothing lowers or raises it."""
        at_risk = np.add(start, self.before, out=out) if self.before.ndim else start
        if self.slope is not None:
            at_risk = np.multiply(at_risk, self.slope, out=out)
        return np.add(at_risk, self.after, out=out) if self.after.ndim else at_risk

    def per_arrival(self) -> Array:
        """Persons at risk because of the arrivals alone."""
        return self.at(np.zeros(()))


def linear_exposures(
    mortality: Array, leaving: Array, arriving: Array, shares: BothShares, *, buffers: Buffers | None = None
) -> tuple[LinearExposure, LinearExposure | None]:
    """Exposures of deaths and of exits, from the rates that cohorts meet; None for exits if they are the same."""
    if shares[0] == shares[1]:
        return _one_exposure(shares[0], (mortality, leaving, arriving), buffers or Buffers()), None
    (d0, d1, d2), (o0, o1, o2) = shares
    own_death, own_exit = 1.0 + d0 * mortality, 1.0 + o1 * leaving
    lost_to_exit, lost_to_death = d1 * leaving, o0 * mortality
    pivot = own_death * own_exit - lost_to_exit * lost_to_death
    by_death, by_exit = own_exit - lost_to_exit, own_death - lost_to_death
    of_deaths, of_exits = own_exit * d2 - lost_to_exit * o2, own_death * o2 - lost_to_death * d2
    return (
        LinearExposure(NOTHING, by_death / pivot, of_deaths * arriving / pivot if arriving.ndim else NOTHING),
        LinearExposure(NOTHING, by_exit / pivot, of_exits * arriving / pivot if arriving.ndim else NOTHING),
    )


def _one_exposure(of: Shares, rates: tuple[Array, Array, Array], buffers: Buffers) -> LinearExposure:
    """One exposure for deaths and exits: people over one plus the rates, each with its share."""
    (mortality, leaving, arriving), slope, before = rates, None, NOTHING
    if of[0] or of[1]:
        slope = buffers.sized("slope", np.broadcast_shapes(mortality.shape, leaving.shape))
        if of[0] == of[1]:
            slope, one = np.add(mortality, leaving, out=slope), 1.0 / of[0]
        else:
            slope, one = np.add(of[0] * mortality, of[1] * leaving, out=slope), 1.0
        slope += one
        np.divide(one, slope, out=slope)
    if arriving.ndim and of[2]:
        before = np.multiply(arriving, of[2], out=buffers.sized("before", arriving.shape))
    return LinearExposure(before, slope, NOTHING)


class Coupling(NamedTuple):
    """How cohorts of coupled areas move."""

    #: Rates, ``[..., unit, destination, sex, cohort]``, and persons at risk of dying and of leaving per arrival.
    moves: Array
    deaths_per_arrival: Array
    exits_per_arrival: Array


class CohortCoefficients(NamedTuple):
    """What cohorts meet, ``[..., unit, sex, cohort]``: rates per step, persons that join, and who is at risk.

    ``moves_out`` is among the exit rates where areas are coupled; exposures are those before any move between areas.
    """

    mortality: Array
    exit_rates: Mapping[str, Array]
    arriving: Array
    adjustment: Array
    by_death: LinearExposure
    #: None where it is that of deaths.
    by_exit: LinearExposure | None
    coupling: Coupling | None


class FertilityInputs(NamedTuple):
    """How many children women have, at the ages of mothers in any of the steps."""

    ages: slice
    #: Births in a step per woman at risk, ``[..., unit, age]``.
    fertility: Array
    #: Shares of the children, ``[..., unit, 1]``.
    girls: Array
    boys: Array
    #: Shares of the births to mothers of an area that count in each area.
    allotment: Array | None


class OpenAge(NamedTuple):
    """The two cohorts that meet in the open age, where their rates are by the age at start."""

    entering: CohortCoefficients
    staying: CohortCoefficients


class StepCoefficients(NamedTuple):
    """What people meet in a step, or, with a first axis, in several, by the age that a cohort reaches."""

    everyone: CohortCoefficients
    #: The newborn cohort, with shares of its own.
    newborn: CohortCoefficients
    open_age: OpenAge | None
    fertility: FertilityInputs
    #: Persons of net migration that join before the step, by age at the start, or `NOTHING`.
    early: Array
    #: Persons by kind, for the accounts.
    arrivals: Mapping[str, Array]
    #: Persons by age reached, for the accounts, or `NOTHING`.
    net: Array
    adjustment: Array

    def at(self, step: int) -> "StepCoefficients":
        """Of one of several steps."""
        one: StepCoefficients = _of_step(self, step)
        return one


def _of_step(values: Any, step: int) -> Any:
    """One of several steps, of all arrays; a first axis of length 1 stands for all, and `NOTHING` is nothing in all."""
    if isinstance(values, np.ndarray):
        return values[step if len(values) > 1 else 0] if values.ndim else values
    if isinstance(values, tuple):
        return type(values)(*[_of_step(one, step) for one in values])
    if isinstance(values, dict):
        return {name: _of_step(one, step) for name, one in values.items()}
    return values


class _Rates(NamedTuple):
    """Rates and persons by cohort, before exposures are worked out."""

    mortality: Array
    exit_rates: Mapping[str, Array]
    arriving: Array
    adjustment: Array
    moves: Array | None

    def of(self, cohorts: slice) -> "_Rates":
        """Those of some cohorts."""
        return _Rates(
            self.mortality[..., cohorts],
            {name: rate[..., cohorts] for name, rate in self.exit_rates.items()},
            self.arriving[..., cohorts] if self.arriving.ndim else NOTHING,
            self.adjustment[..., cohorts] if self.adjustment.ndim else NOTHING,
            None if self.moves is None else self.moves[..., cohorts],
        )

    def coefficients(self, shares: BothShares, *, units: int, buffers: Buffers | None = None) -> CohortCoefficients:
        """Work out the exposures."""
        exits, coupling = dict(self.exit_rates), None
        if self.moves is not None:
            going = self.moves.sum(axis=-3)
            exits["moves_out"] = np.tile(going, (units // going.shape[-3], 1, 1))
        leaving = total(list(exits.values()), buffers, "leaving")
        by_death, by_exit = linear_exposures(self.mortality, leaving, self.arriving, shares, buffers=buffers)
        if self.moves is not None:
            of_death, of_exit = linear_exposures(self.mortality, leaving, np.ones((1, 1, 1), leaving.dtype), shares)
            coupling = Coupling(self.moves, of_death.per_arrival(), (of_exit or of_death).per_arrival())
        return CohortCoefficients(self.mortality, exits, self.arriving, self.adjustment, by_death, by_exit, coupling)


def precompute_step(
    inputs: StepInputs, convention: Convention, *, units: int, years: float = 1.0, buffers: Buffers | None = None
) -> StepCoefficients:
    """Work out all of a step that does not depend on the people."""
    early, late = _parts_of_net(inputs.net, convention)
    coming = [*inputs.arrivals.values(), *([late] if late.ndim else [])]
    reached = _Rates(
        rate_reached(inputs.mortality, convention),
        {name: rate_reached(rate, convention) for name, rate in inputs.exit_rates.items()},
        total(coming, buffers, "arriving"),
        NOTHING if inputs.adjustment is None else inputs.adjustment,
        None if inputs.moves is None else rate_reached(inputs.moves, convention),
    )
    shares, of_infants = convention.shares(), convention.shares(infants=True)
    open_age = None
    if convention.rates_by == "start":
        # who arrives in the open age joins those who were in it before
        entering = _Rates(inputs.mortality, inputs.exit_rates, NOTHING, NOTHING, inputs.moves)
        staying = entering._replace(arriving=reached.arriving)
        open_age = OpenAge(
            entering.of(_LAST_BUT_ONE).coefficients(shares, units=units),
            staying.of(_LAST).coefficients(shares, units=units),
        )
    return StepCoefficients(
        everyone=reached.coefficients(shares, units=units, buffers=buffers),
        newborn=reached.of(_NEWBORN).coefficients(of_infants, units=units),
        open_age=open_age,
        fertility=_fertility(inputs, convention, years),
        early=early,
        arrivals=inputs.arrivals,
        net=NOTHING if inputs.net is None else net_by_age_reached(inputs.net, convention),
        adjustment=reached.adjustment,
    )


def _parts_of_net(net: Array | None, convention: Convention) -> tuple[Array, Array]:
    """What of a net migration joins before the step, and what in it."""
    if net is None:
        return NOTHING, NOTHING
    share = convention.net_at_start
    return (share * net, (1.0 - share) * net) if share else (NOTHING, net)


def _fertility(inputs: StepInputs, convention: Convention, years: float) -> FertilityInputs:
    fertility = inputs.fertility
    if convention.women_by == "cohort":
        fertility = rate_reached(fertility, convention)
    ages = _ages_of_mothers(fertility)
    of_mothers = fertility[..., ages]
    girls = (1.0 / (1.0 + inputs.sex_ratio))[..., None]
    return FertilityInputs(
        ages=ages,
        fertility=of_mothers if years == 1.0 else of_mothers * years,
        girls=girls,
        boys=1.0 - girls,
        allotment=inputs.allotment,
    )


def _ages_of_mothers(fertility: Array) -> slice:
    """From the first to the last age with children; a newborn has none."""
    highest = fertility.reshape(-1, fertility.shape[-1]).max(axis=0)
    found = np.flatnonzero(highest[1:]) + 1
    return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(1, 1)


def aged(people: Array, *, out: Array | None = None) -> Array:
    """Everyone one age up; the open age keeps its own and age 0 is empty.

    Examples
    --------
    >>> import numpy as np
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


def net_by_age_reached(net: Array, convention: Convention) -> Array:
    """Net migration by age reached: what joined at the start has aged since."""
    if not convention.net_at_start:
        return net
    return convention.net_at_start * aged(net) + (1.0 - convention.net_at_start) * net


def rate_reached(rate: Array, convention: Convention) -> Array:
    """A rate per cohort by age reached, whichever age the convention reads it by; none for newborns by age at start."""
    if convention.rates_by == "reached":
        return rate
    shifted = np.zeros_like(rate)
    shifted[..., 1:] = rate[..., :-1]
    return shifted


def total(parts: Sequence[Array], buffers: Buffers | None = None, name: str = "") -> Array:
    """Sum of the parts: `NOTHING` of none, the part itself of one."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    out = None if buffers is None else buffers.sized(name, np.broadcast_shapes(*(part.shape for part in parts)))
    found = np.add(parts[0], parts[1], out=out)
    for part in parts[2:]:
        found = np.add(found, part, out=out)
    return found

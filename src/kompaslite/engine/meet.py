"""What people will meet in some steps: all of the step that does not depend on them, worked out for several at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kompaslite.engine.arrays import NOTHING, Array, Buffers, Inputs
from kompaslite.engine.convention import Convention
from kompaslite.engine.events import Cohorts, Rates, total
from kompaslite.engine.solve import of_step, shares_of

_NEWBORN, _LAST_BUT_ONE, _LAST = slice(0, 1), slice(-2, -1), slice(-1, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bearing:
    """How many children women have.

    Parameters
    ----------
    ages : slice
        Ages of mothers in any of the steps.
    fertility : np.ndarray
        Births in a step per woman at risk, ``[..., unit, age]``, at those ages.
    girls, boys : np.ndarray
        Shares of the children, ``[..., unit, 1]``.
    allotment : np.ndarray, optional
        Shares of the births to mothers of an area that count in each area.
    """

    ages: slice
    fertility: Array
    girls: Array
    boys: Array
    allotment: Array | None

    def at(self, step: int) -> "Bearing":
        """Of one of several steps."""
        return Bearing(
            ages=self.ages,
            fertility=of_step(self.fertility, step),
            girls=of_step(self.girls, step),
            boys=of_step(self.boys, step),
            allotment=None if self.allotment is None else of_step(self.allotment, step),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Met:
    """What people meet in a step, or, with a first axis, in several.

    Parameters
    ----------
    everyone, newborn : Cohorts
        By the age that a cohort reaches; the newborn cohort with shares of its own.
    open_age : tuple of Cohorts, optional
        The two cohorts that meet in the open age, where their rates are by the age at start.
    bearing : Bearing
        Births.
    early : np.ndarray
        Persons of net migration that join before the step, by age at the start, or `NOTHING`.
    arrivals : mapping of str to np.ndarray
        Persons by kind, for the accounts.
    net, adjustment : np.ndarray
        Persons by age reached, for the accounts, or `NOTHING`.
    """

    everyone: Cohorts
    newborn: Cohorts
    open_age: tuple[Cohorts, Cohorts] | None
    bearing: Bearing
    early: Array
    arrivals: Mapping[str, Array]
    net: Array
    adjustment: Array

    def at(self, step: int) -> "Met":
        """Of one of several steps."""
        return Met(
            everyone=self.everyone.at(step),
            newborn=self.newborn.at(step),
            open_age=None if self.open_age is None else (self.open_age[0].at(step), self.open_age[1].at(step)),
            bearing=self.bearing.at(step),
            early=of_step(self.early, step),
            arrivals={name: of_step(persons, step) for name, persons in self.arrivals.items()},
            net=of_step(self.net, step),
            adjustment=of_step(self.adjustment, step),
        )


def meet(
    inputs: Inputs, convention: Convention, *, units: int, years: float = 1.0, buffers: Buffers | None = None
) -> Met:
    """Work out all of a step that does not depend on the people."""
    early, late = _parts_of_net(inputs.net, convention)
    coming = [*inputs.arrivals.values(), *([late] if late.ndim else [])]
    adjustment = NOTHING if inputs.adjustment is None else inputs.adjustment
    reached = Rates(
        rate_reached(inputs.mortality, convention),
        {name: rate_reached(rate, convention) for name, rate in inputs.exit_rates.items()},
        total(coming, buffers, "arriving"),
        adjustment,
        None if inputs.moves is None else rate_reached(inputs.moves, convention),
    )
    shares, of_infants = shares_of(convention, infants=False), shares_of(convention, infants=True)
    open_age = None
    if convention.rates_by == "start":
        by_start = Rates(inputs.mortality, inputs.exit_rates, moves=inputs.moves)
        last = by_start.of(_LAST)
        last = Rates(last.mortality, last.exit_rates, reached.of(_LAST).arriving, moves=last.moves)
        open_age = by_start.of(_LAST_BUT_ONE).meet(shares, units=units), last.meet(shares, units=units)
    return Met(
        everyone=reached.meet(shares, units=units, buffers=buffers),
        newborn=reached.of(_NEWBORN).meet(of_infants, units=units),
        open_age=open_age,
        bearing=_bearing(inputs, convention, years),
        early=early,
        arrivals=inputs.arrivals,
        net=NOTHING if inputs.net is None else net_by_age_reached(inputs.net, convention),
        adjustment=adjustment,
    )


def _parts_of_net(net: Array | None, convention: Convention) -> tuple[Array, Array]:
    """What of a net migration joins before the step, and what in it."""
    if net is None:
        return NOTHING, NOTHING
    share = convention.net_at_start
    return (share * net, (1.0 - share) * net) if share else (NOTHING, net)


def _bearing(inputs: Inputs, convention: Convention, years: float) -> Bearing:
    fertility = inputs.fertility
    if convention.women_by == "cohort":
        fertility = rate_reached(fertility, convention)
    ages = _ages_of_mothers(fertility)
    of_mothers = fertility[..., ages]
    girls = (1.0 / (1.0 + inputs.sex_ratio))[..., None]
    return Bearing(
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
    """Everyone one age up; the open age keeps its own and age 0 is empty."""
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

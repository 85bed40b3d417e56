"""The two linear equations of a cell: deaths and exits of one cohort in one step."""

from typing import NamedTuple

import numpy as np

from kompaslite.engine.arrays import NOTHING, Array, Buffers
from kompaslite.engine.convention import Convention, Shares


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
    """Exposure of a cohort, from what happened to it: the denominators of rates."""
    by_death, by_exit = shares_of(convention, infants=infants)
    return Exposures(*(start - of[0] * deaths - of[1] * exits + of[2] * arrivals for of in (by_death, by_exit)))


class Line(NamedTuple):
    """Exposure of cohorts as a straight line over the people at their start: ``(start + before) slope + after``.

    Parameters
    ----------
    before, after : np.ndarray
        Persons at risk because of the arrivals, or `NOTHING`.
    slope : np.ndarray, optional
        Persons at risk per person; None stands for 1.
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

    def of_step(self, step: int) -> "Line":
        """Of one of several steps."""
        slope = None if self.slope is None else of_step(self.slope, step)
        return Line(of_step(self.before, step), slope, of_step(self.after, step))

    def per_arrival(self) -> Array:
        """Persons at risk because of the arrivals alone."""
        return self.at(np.zeros(()))


def lines(
    mortality: Array,
    leaving: Array,
    arriving: Array,
    shares: tuple[Shares, Shares],
    *,
    buffers: Buffers | None = None,
) -> tuple[Line, Line]:
    """Exposures of deaths and of exits, from the rates that cohorts meet: the closed form of the step."""
    if shares[0] == shares[1]:
        alike = _alike(shares[0], (mortality, leaving, arriving), buffers or Buffers())
        return alike, alike
    (d0, d1, d2), (o0, o1, o2) = shares
    own_death, own_exit = 1.0 + d0 * mortality, 1.0 + o1 * leaving
    lost_to_exit, lost_to_death = d1 * leaving, o0 * mortality
    pivot = own_death * own_exit - lost_to_exit * lost_to_death
    by_death, by_exit = own_exit - lost_to_exit, own_death - lost_to_death
    of_deaths, of_exits = own_exit * d2 - lost_to_exit * o2, own_death * o2 - lost_to_death * d2
    return (
        Line(NOTHING, by_death / pivot, of_deaths * arriving / pivot if arriving.ndim else NOTHING),
        Line(NOTHING, by_exit / pivot, of_exits * arriving / pivot if arriving.ndim else NOTHING),
    )


def _alike(of: Shares, met: tuple[Array, Array, Array], buffers: Buffers) -> Line:
    """One exposure for deaths and exits: people over one plus the rates, each with its share."""
    (mortality, leaving, arriving), slope, before = met, None, NOTHING
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
    return Line(before, slope, NOTHING)


def shares_of(convention: Convention, *, infants: bool) -> tuple[Shares, Shares]:
    """Exposure shares of deaths and of exits."""
    if infants:
        return convention.infant_death_shares, convention.infant_exit_shares
    return convention.death_shares, convention.exit_shares


def of_step(values: Array, step: int) -> Array:
    """One of several steps; a first axis of length 1 stands for all, and `NOTHING` is nothing in all."""
    if not values.ndim:
        return values
    one: Array = values[step if len(values) > 1 else 0]
    return one

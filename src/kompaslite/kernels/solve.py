"""The two linear equations of a cell: deaths and exits of one cohort in one step."""

from typing import NamedTuple

import numpy as np

from kompaslite.kernels.arrays import Array
from kompaslite.kernels.convention import Convention, Shares


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

    Rates measured with these denominators and projected with the same convention return the events, so that
    estimate and projection are inverse.

    Parameters
    ----------
    start : np.ndarray
        People at the start of the step, by the age that they reach in it; births for the newborn cohort.
    deaths, exits, arrivals : np.ndarray
        Events in the step, persons, shapes that broadcast with `start`. Exits of all kinds together; arrivals
        with that part of a net migration that counts at the end.
    convention : Convention
        Its exposure shares are read.
    infants : bool
        Whether these are newborn cohorts.

    Returns
    -------
    Exposures
        ``deaths`` and ``exits``, persons, of the shape of the inputs together.

    Examples
    --------
    >>> import numpy as np
    >>> at_risk = exposures(np.array([100.0]), np.array([2.0]), np.array([10.0]), np.array([8.0]))
    >>> at_risk.deaths
    array([98.])
    """
    by_death, by_exit = shares_of(convention, infants=infants)
    return Exposures(*(start - of[0] * deaths - of[1] * exits + of[2] * arrivals for of in (by_death, by_exit)))


def solve_exposures(
    start: Array,
    arrivals: Array,
    mortality: Array,
    exit_rate: Array,
    *,
    convention: Convention = Convention.mean_exposure,
    infants: bool = False,
    out: tuple[Array | None, Array | None] = (None, None),
) -> Exposures:
    """Exposure of a cohort, from the rates that it meets: the closed form of the step.

    Parameters
    ----------
    start, arrivals : np.ndarray
        Persons, as in `exposures`.
    mortality, exit_rate : np.ndarray
        Rates per step; that of the exits for all kinds together.
    convention : Convention
        Its exposure shares are read.
    infants : bool
        Whether these are newborn cohorts.
    out : tuple of np.ndarray, optional
        Two arrays of the shape of the result to write in, where all exposures are alike.

    Returns
    -------
    Exposures
        So that deaths are ``mortality * deaths`` and exits ``exit_rate * exits``. Where both exposures are alike
        they are one array, and that is `start` itself where no share is above 0.

    Examples
    --------
    >>> import numpy as np
    >>> at_risk = solve_exposures(np.array([100.0]), np.array([8.0]), np.array([2 / 98]), np.array([10 / 98]))
    >>> at_risk.deaths.round(9)
    array([98.])
    """
    by_death, by_exit = shares_of(convention, infants=infants)
    if by_death == by_exit:
        at_risk = _alike(by_death, (start, arrivals, mortality, exit_rate), out)
        return Exposures(at_risk, at_risk)
    (d0, d1, d2), (o0, o1, o2) = by_death, by_exit
    for_death, for_exit = start + d2 * arrivals, start + o2 * arrivals
    own_death, own_exit = 1.0 + d0 * mortality, 1.0 + o1 * exit_rate
    lost_to_exit, lost_to_death = d1 * exit_rate, o0 * mortality
    pivot = own_death * own_exit - lost_to_exit * lost_to_death
    return Exposures(
        (own_exit * for_death - lost_to_exit * for_exit) / pivot,
        (own_death * for_exit - lost_to_death * for_death) / pivot,
    )


def _alike(shares: Shares, cohort: tuple[Array, Array, Array, Array], out: tuple[Array | None, Array | None]) -> Array:
    """One exposure for deaths and exits: people over one plus the rates, each with its share."""
    start, arrivals, mortality, exit_rate = cohort
    of_deaths, of_exits, of_arrivals = shares
    if not any(shares):
        return start
    people, loss = out
    people = np.add(start, np.multiply(arrivals, of_arrivals, out=people), out=people)
    if of_deaths == of_exits:
        loss = np.add(mortality, exit_rate, out=loss)
        loss *= of_deaths
    else:
        loss = np.add(of_deaths * mortality, of_exits * exit_rate, out=loss)
    loss += 1.0
    return np.divide(people, loss, out=out[0])


def shares_of(convention: Convention, *, infants: bool) -> tuple[Shares, Shares]:
    """Exposure shares of deaths and of exits."""
    if infants:
        return convention.infant_death_shares, convention.infant_exit_shares
    return convention.death_shares, convention.exit_shares

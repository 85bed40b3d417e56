"""The two linear equations of a cell: deaths and exits of one cohort in one step."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from kompaslite.kernels.convention import Convention, Shares

Array = NDArray[Any]


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

    Returns
    -------
    Exposures
        So that deaths are ``mortality * deaths`` and exits ``exit_rate * exits``.

    Examples
    --------
    >>> import numpy as np
    >>> at_risk = solve_exposures(np.array([100.0]), np.array([8.0]), np.array([2 / 98]), np.array([10 / 98]))
    >>> at_risk.deaths.round(9)
    array([98.])
    """
    (d0, d1, d2), (o0, o1, o2) = by_death, by_exit = shares_of(convention, infants=infants)
    for_death, for_exit = start + d2 * arrivals, start + o2 * arrivals
    if by_death == by_exit:
        at_risk = for_death / (1.0 + d0 * mortality + d1 * exit_rate)
        return Exposures(at_risk, at_risk)
    own_death, own_exit = 1.0 + d0 * mortality, 1.0 + o1 * exit_rate
    lost_to_exit, lost_to_death = d1 * exit_rate, o0 * mortality
    pivot = own_death * own_exit - lost_to_exit * lost_to_death
    return Exposures(
        (own_exit * for_death - lost_to_exit * for_exit) / pivot,
        (own_death * for_exit - lost_to_death * for_death) / pivot,
    )


def shares_of(convention: Convention, *, infants: bool) -> tuple[Shares, Shares]:
    """Exposure shares of deaths and of exits."""
    if infants:
        return convention.infant_death_shares, convention.infant_exit_shares
    return convention.death_shares, convention.exit_shares

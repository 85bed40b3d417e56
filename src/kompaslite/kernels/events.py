"""Deaths, exits and moves of cohorts within one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kompaslite.kernels.arrays import NOTHING, Array, Buffers, Inputs
from kompaslite.kernels.convention import Convention
from kompaslite.kernels.moves import move
from kompaslite.kernels.solve import solve_exposures


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """What cohorts meet: rates per step and persons that arrive.

    Parameters
    ----------
    mortality : np.ndarray
        ``[unit, sex, cohort]``.
    exit_rates : mapping of str to np.ndarray
        Of the same shape, by kind.
    arriving : np.ndarray
        Persons of all kinds together, of the same shape, or `NOTHING`.
    adjustment : np.ndarray
        Persons that join at the end, of the same shape, or `NOTHING`.
    moves : np.ndarray, optional
        Rates between coupled areas, ``[unit, destination, sex, cohort]``.
    """

    mortality: Array
    exit_rates: Mapping[str, Array]
    arriving: Array
    adjustment: Array = field(default_factory=lambda: NOTHING)
    moves: Array | None = None

    def at(self, ages: slice) -> "Cohorts":
        """Some of the cohorts."""
        return Cohorts(
            self.mortality[..., ages],
            {name: rate[..., ages] for name, rate in self.exit_rates.items()},
            _some(self.arriving, ages),
            _some(self.adjustment, ages),
            None if self.moves is None else self.moves[..., ages],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """What happened to cohorts, persons ``[unit, sex, cohort]``; `moves_in` where areas are coupled."""

    deaths: Array
    exits: Mapping[str, Array]
    moves_in: Array | None = None

    def write(self, ages: slice, *parts: "Events") -> None:
        """Replace some of the cohorts by the sum of these parts."""
        self.deaths[..., ages] = total([part.deaths for part in parts])
        for name, flow in self.exits.items():
            flow[..., ages] = total([part.exits[name] for part in parts])
        if self.moves_in is not None:
            self.moves_in[..., ages] = total([part.moves_in for part in parts if part.moves_in is not None])


def _some(persons: Array, ages: slice) -> Array:
    return persons[..., ages] if persons.ndim else persons


def cohorts_of(inputs: Inputs, convention: Convention, buffers: Buffers) -> Cohorts:
    """Rates and arrivals by the age that each cohort reaches.

    Parameters
    ----------
    inputs : Inputs
        Of one step.
    convention : Convention
        Says by which age rates are read, and what of a net migration counts as arrivals.
    buffers : Buffers
        Room for the sum of the arrivals.

    Returns
    -------
    Cohorts
    """
    coming = list(inputs.arrivals.values())
    if inputs.net is not None:
        early = convention.net_at_start
        coming.append((1.0 - early) * inputs.net if early else inputs.net)
    return Cohorts(
        mortality=rate_reached(inputs.mortality, convention),
        exit_rates={name: rate_reached(rate, convention) for name, rate in inputs.exit_rates.items()},
        arriving=total(coming, buffers("arriving")),
        adjustment=NOTHING if inputs.adjustment is None else inputs.adjustment,
        moves=None if inputs.moves is None else rate_reached(inputs.moves, convention),
    )


def events_of(
    start: Array,
    cohorts: Cohorts,
    *,
    convention: Convention,
    infants: bool = False,
    buffers: Buffers | None = None,
) -> Events:
    """Solve the two equations of every cell.

    Parameters
    ----------
    start : np.ndarray
        Persons at the start, ``[unit, sex, cohort]``.
    cohorts : Cohorts
        Rates and arrivals.
    convention : Convention
        Exposure shares.
    infants : bool
        Whether these are newborn cohorts.
    buffers : Buffers, optional
        Arrays to write in.

    Returns
    -------
    Events
    """
    buffers = buffers or Buffers()
    if cohorts.moves is not None:
        return _coupled(start, cohorts, convention=convention, infants=infants)
    leaving = total(list(cohorts.exit_rates.values()), buffers("leaving"))
    by_death, by_exit = solve_exposures(
        start,
        cohorts.arriving,
        cohorts.mortality,
        leaving,
        convention=convention,
        infants=infants,
        out=(buffers("at_risk"), buffers("loss")),
    )
    deaths = np.multiply(cohorts.mortality, by_death, out=buffers("deaths"))
    exits = {name: np.multiply(rate, by_exit, out=buffers(name)) for name, rate in cohorts.exit_rates.items()}
    return Events(deaths, exits)


def _coupled(start: Array, cohorts: Cohorts, *, convention: Convention, infants: bool) -> Events:
    moves = cohorts.moves if cohorts.moves is not None else NOTHING
    # where all groups of areas have the same moves, there is one group of them
    going = np.tile(moves.sum(axis=1), (len(start) // len(moves), 1, 1))
    rates = {**cohorts.exit_rates, "moves_out": going}
    leaving = total(list(rates.values()))

    def meet(people: Array, arriving: Array) -> tuple[Array, Array]:
        return solve_exposures(people, arriving, cohorts.mortality, leaving, convention=convention, infants=infants)

    alone = np.broadcast_to(meet(start, cohorts.arriving)[1], start.shape)
    per_arrival = np.broadcast_to(meet(np.zeros_like(start), np.ones_like(start))[1], start.shape)
    by_exit, moves_in = move(alone, per_arrival, moves)
    by_death = meet(start, cohorts.arriving + moves_in)[0]
    exits = {name: rate * by_exit for name, rate in rates.items()}
    return Events(cohorts.mortality * by_death, exits, moves_in)


def rate_reached(rate: Array, convention: Convention) -> Array:
    """A rate per cohort by age reached, whichever age the convention reads it by; none for newborns by age at start.

    Parameters
    ----------
    rate : np.ndarray
        ``[..., age]``.
    convention : Convention
        Its `rates_by` is read.

    Returns
    -------
    np.ndarray
        `rate` itself, or the same shape one age up.
    """
    if convention.rates_by == "reached":
        return rate
    shifted = np.zeros_like(rate)
    shifted[..., 1:] = rate[..., :-1]
    return shifted


def total(parts: Sequence[Array], out: Array | None = None) -> Array:
    """Sum of the parts: `NOTHING` of none, the part itself of one."""
    if not parts:
        return NOTHING
    found = parts[0]
    for part in parts[1:]:
        found = np.add(found, part, out=out)
    return found

"""Deaths, exits and moves of cohorts within one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kompaslite.engine.arrays import NOTHING, Array, Buffers
from kompaslite.engine.convention import Shares
from kompaslite.engine.moves import move
from kompaslite.engine.solve import Line, lines, of_step


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """How cohorts of coupled areas move.

    Parameters
    ----------
    moves : np.ndarray
        Rates between areas, ``[..., unit, destination, sex, cohort]``.
    at_risk : tuple of np.ndarray
        Persons at risk of dying, and of leaving, per person that moves in, ``[..., unit, sex, cohort]``.
    """

    moves: Array
    at_risk: tuple[Array, Array]

    def at(self, step: int) -> "Coupling":
        """Of one of several steps."""
        by_death, by_exit = self.at_risk
        return Coupling(of_step(self.moves, step), (of_step(by_death, step), of_step(by_exit, step)))


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """What cohorts meet: rates per step, persons that arrive, and who is at risk. None of it depends on the people.

    Parameters
    ----------
    mortality : np.ndarray
        ``[..., unit, sex, cohort]``; several steps at once have a first axis.
    exit_rates : mapping of str to np.ndarray
        Of the same shape, by kind; ``moves_out`` among them where areas are coupled.
    arriving : np.ndarray
        Persons of all kinds together, of the same shape, or `NOTHING`.
    adjustment : np.ndarray
        Persons that join at the end, of the same shape, or `NOTHING`.
    by_death, by_exit : Line
        Exposures before any move between coupled areas.
    coupling : Coupling, optional
        Moves between areas.
    """

    mortality: Array
    exit_rates: Mapping[str, Array]
    arriving: Array
    adjustment: Array
    by_death: Line
    by_exit: Line
    coupling: Coupling | None = None

    def at(self, step: int) -> "Cohorts":
        """Of one of several steps."""
        by_death = self.by_death.of_step(step)
        return Cohorts(
            of_step(self.mortality, step),
            {name: of_step(rate, step) for name, rate in self.exit_rates.items()},
            of_step(self.arriving, step),
            of_step(self.adjustment, step),
            by_death,
            by_death if self.by_exit is self.by_death else self.by_exit.of_step(step),
            None if self.coupling is None else self.coupling.at(step),
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


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates and persons by cohort, as `Cohorts` but before exposures are worked out."""

    mortality: Array
    exit_rates: Mapping[str, Array]
    arriving: Array = field(default_factory=lambda: NOTHING)
    adjustment: Array = field(default_factory=lambda: NOTHING)
    moves: Array | None = None

    def of(self, cohorts: slice) -> "Rates":
        """Those of some cohorts."""
        return Rates(
            self.mortality[..., cohorts],
            {name: rate[..., cohorts] for name, rate in self.exit_rates.items()},
            _some(self.arriving, cohorts),
            _some(self.adjustment, cohorts),
            None if self.moves is None else self.moves[..., cohorts],
        )

    def meet(self, shares: tuple[Shares, Shares], *, units: int, buffers: Buffers | None = None) -> Cohorts:
        """Work out the exposures."""
        exits, coupling = dict(self.exit_rates), None
        if self.moves is not None:
            going = self.moves.sum(axis=-3)
            exits["moves_out"] = np.tile(going, (units // going.shape[-3], 1, 1))
        leaving = total(list(exits.values()), buffers, "leaving")
        by_death, by_exit = lines(self.mortality, leaving, self.arriving, shares, buffers=buffers)
        if self.moves is not None:
            of_death, of_exit = lines(self.mortality, leaving, np.ones((1, 1, 1), self.mortality.dtype), shares)
            coupling = Coupling(self.moves, (of_death.per_arrival(), of_exit.per_arrival()))
        return Cohorts(self.mortality, exits, self.arriving, self.adjustment, by_death, by_exit, coupling)


def events_of(start: Array, cohorts: Cohorts, buffers: Buffers | None = None) -> Events:
    """Deaths and exits of cohorts."""
    buffers = buffers or Buffers()
    by_death = cohorts.by_death.at(start, buffers("at_risk"))
    by_exit = by_death if cohorts.by_exit is cohorts.by_death else cohorts.by_exit.at(start, buffers("at_exit"))
    moves_in = None
    if cohorts.coupling is not None:
        of_death, of_exit = (np.broadcast_to(one, start.shape) for one in cohorts.coupling.at_risk)
        by_exit, moves_in = move(np.broadcast_to(by_exit, start.shape), of_exit, cohorts.coupling.moves)
        by_death = by_death + of_death * moves_in
    deaths = np.multiply(cohorts.mortality, by_death, out=buffers("deaths"))
    exits = {name: np.multiply(rate, by_exit, out=buffers(name)) for name, rate in cohorts.exit_rates.items()}
    return Events(deaths, exits, moves_in)


def total(parts: Sequence[Array], buffers: Buffers | None = None, name: str = "") -> Array:
    """Sum of the parts: `NOTHING` of none, the part itself of one."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    out = None if buffers is None else buffers.sized(name, np.broadcast_shapes(*(part.shape for part in parts)))
    found = np.add(parts[0], parts[1], out=out)
    for part in parts[2:]:
        found = np.add(found, part, out=out)
    return found


def _some(persons: Array, cohorts: slice) -> Array:
    return persons[..., cohorts] if persons.ndim else persons

"""The loop over years: many units at once, in blocks that stay in the processor's cache."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from kompaslite.engine.arrays import Array, Buffers, Inputs, Outcome
from kompaslite.engine.convention import Convention
from kompaslite.engine.layout import Field, Layout
from kompaslite.engine.meet import Met, meet
from kompaslite.engine.memory import empty
from kompaslite.engine.step import advance

EXITS = ("out_migration", "emigration")
ARRIVALS = ("in_migration", "immigration")
#: Flows that a drive may add or change: it has them in every year or in none.
DRIVEN = ("in_migration", "moves_in", "moves_out")
#: Bytes of people in a block; some ten arrays of that size are in use at once.
BLOCK = 2**20
#: Bytes of people of several steps whose rates are worked out at once.
AT_ONCE = 2**18
#: Bytes up to which an input is checked whole, before the run; a larger one is checked while it is in the cache.
SMALL = 2**17


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A projection on bare arrays.

    Parameters
    ----------
    layout : Layout
        Units, ages and years.
    jump_off : Field
        Persons, ``[1, own unit, sex, age]``.
    fields : mapping of str to Field
        Assumptions by name.
    bounds : mapping of str to tuple of float
        Lowest and highest value of each assumption.
    convention : Convention
        Timing of events.
    keep : frozenset of str
        Flows to keep.
    clip : bool
        Whether to fill up cells that would hold fewer than nobody.
    areas : int
        Areas that are coupled by moves or by the allotment of births; 1 if none are.
    """

    layout: Layout
    jump_off: Field
    fields: Mapping[str, Field]
    bounds: Mapping[str, tuple[float, float]]
    convention: Convention
    keep: frozenset[str]
    clip: bool = False
    areas: int = 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """Units, sexes and ages."""
        return self.layout.units, 2, self.layout.ages.size

    @property
    def dtype(self) -> np.dtype:
        """Precision, that of the jump-off."""
        return self.jump_off.data.dtype

    def written(self) -> tuple[str, ...]:
        """Flows that the steps compute; all others are inputs that are handed on."""
        names = ["births", "deaths", *(name for name in EXITS if name in self.fields)]
        if "moves" in self.fields:
            names += ["moves_out", "moves_in"]
        return tuple(names)

    def present(self) -> tuple[str, ...]:
        """All flows that there are: computed or handed on."""
        given = [name for name in (*ARRIVALS, "net_migration", "adjustment") if name in self.fields]
        return (*self.written(), *given, *(["adjustment"] if self.clip else []))


@dataclass(slots=True, eq=False)
class Results:
    """What a projection gives, ``[year, unit, sex, age]``.

    Parameters
    ----------
    population : np.ndarray
        One year more than the flows.
    flows : dict of str to np.ndarray
        Those of the kept flows that were computed.
    clipped : np.ndarray, optional
        Persons added to cells that would have held fewer than nobody.
    broken : bool
        Whether an input is out of its bounds.
    short : int, optional
        First step at whose end a cell holds fewer than nobody.
    """

    population: Array
    flows: dict[str, Array] = field(default_factory=dict)
    clipped: Array | None = None
    broken: bool = False
    short: int | None = None

    @classmethod
    def empty(cls, job: Job) -> "Results":
        """Room for the results of a job, not yet written."""
        steps = job.layout.years.size
        results = cls(empty((steps + 1, *job.shape), job.dtype))
        results.flows = {name: empty((steps, *job.shape), job.dtype) for name in job.written() if name in job.keep}
        if job.clip:
            results.clipped = np.zeros((steps, *job.shape), job.dtype)
        return results

    def place(self, position: int, units: slice) -> dict[str, Array]:
        """Where a step may write its results."""
        places = {name: flow[position, units] for name, flow in self.flows.items()}
        places["end"] = self.population[position + 1, units]
        return places

    def note(self, position: int, outcome: Outcome, units: slice, places: Mapping[str, Array] | None = None) -> None:
        """Take down what a step reports, and those flows that it did not write in place."""
        made = outcome.flows()
        for name, flow in self.flows.items():
            if places is None or made[name] is not places[name]:
                flow[position, units] = made[name]
        if outcome.short and (self.short is None or position < self.short):
            self.short = position
        if outcome.clipped is not None and self.clipped is not None:
            self.clipped[position, units] = outcome.clipped


def run_numpy(job: Job) -> Results:
    """Project all units, block by block."""
    results = Results.empty(job)
    small = {name: one.data for name, one in job.fields.items() if one.data.nbytes <= SMALL}
    results.broken = out_of_bounds(small, job.bounds) or _mothers_too_young(small, job)
    for units in blocks(job):
        if not results.broken:
            _run_block(job, units, results, watched=job.fields.keys() - small.keys())
    return results


def blocks(job: Job) -> Iterator[slice]:
    """Slices of units that fit in the cache; coupled areas stay together."""
    bytes_per_unit = job.dtype.itemsize * 2 * job.layout.ages.size
    length = max(1, BLOCK // (bytes_per_unit * job.areas)) * job.areas
    for first in range(0, job.layout.units, length):
        yield slice(first, min(first + length, job.layout.units))


def out_of_bounds(values: Mapping[str, Array], bounds: Mapping[str, tuple[float, float]]) -> bool:
    """Whether any value is not a number within its bounds; NaN is not."""
    return any(not _within(one, *bounds[name]) for name, one in values.items() if one.size)


def _mothers_too_young(values: Mapping[str, Array], job: Job) -> bool:
    return "fertility" in values and any(values["fertility"][..., age].any() for age in job.convention.barren_ages)


def _within(values: Array, low: float, high: float) -> bool:
    if low == 0.0 and values.flags.c_contiguous:
        # as whole numbers, the bits of floats from 0 up ascend as they do, and all others come behind
        whole = np.dtype(f"u{values.dtype.itemsize}")
        if values.view(whole).max() <= np.asarray(high, values.dtype).view(whole):
            return True
    return bool(values.min() >= low and values.max() <= high)


def inputs_of(values: Mapping[str, Array]) -> Inputs:
    """Sort the assumptions of one step, or of several, by what they do."""
    return Inputs(
        fertility=values["fertility"],
        sex_ratio=values["sex_ratio_at_birth"],
        mortality=values["mortality"],
        exit_rates={name: values[name] for name in EXITS if name in values},
        arrivals={name: values[name] for name in ARRIVALS if name in values},
        net=values.get("net_migration"),
        adjustment=values.get("adjustment"),
        moves=values.get("moves"),
        allotment=values.get("birth_allotment"),
    )


def _run_block(job: Job, units: slice, results: Results, *, watched: Set[str]) -> None:
    population = results.population
    population[0, units] = job.jump_off.block(units).at(0)
    buffers = Buffers(population[0, units].shape, job.dtype)
    for position, met in _meetings(job, units, results, watched=watched, buffers=buffers):
        places = results.place(position, units)
        buffers.place(places)
        outcome = advance(population[position, units], met, convention=job.convention, clip=job.clip, buffers=buffers)
        results.note(position, outcome, units, places)


def _meetings(
    job: Job, units: slice, results: Results, *, watched: Set[str], buffers: Buffers
) -> Iterator[tuple[int, Met]]:
    """What people meet in each step, worked out for some steps at once; none further where an input is broken."""
    fields = {name: one.block(units) for name, one in job.fields.items()}
    for name in ("moves", "birth_allotment"):
        if name in fields:
            fields[name] = fields[name].groups(job.areas)
    count, steps = units.stop - units.start, job.layout.years.size
    length = max(1, AT_ONCE // (count * job.dtype.itemsize * 2 * job.layout.ages.size))
    for first in range(0, steps, length):
        values = {name: one.steps(first, min(first + length, steps)) for name, one in fields.items()}
        seen = {name: values[name] for name in watched}
        # one step after the other, because a block of units lies in one piece within a step only
        if any(not _within(part, *job.bounds[name]) for name, one in seen.items() for part in one) or (
            _mothers_too_young(seen, job)
        ):
            results.broken = True
            return
        met = meet(inputs_of(values), job.convention, units=count, years=float(job.layout.step), buffers=buffers)
        for position in range(first, min(first + length, steps)):
            yield position, met.at(position - first)

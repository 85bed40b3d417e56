"""How labelled arrays lie in memory for the loops: years first, outer dimensions flattened to units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from kompaslite.engine.arrays import Array, Outcome, empty
from kompaslite.engine.convention import Convention

Index = NDArray[np.intp]

EXITS = ("out_migration", "emigration")
ARRIVALS = ("in_migration", "immigration")
#: Flows that a driver may add or change: it has them in every year or in none.
DRIVEN = ("in_migration", "moves_in", "moves_out")


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The labels behind the axes of bare arrays ``[unit, sex, age]``.

    Parameters
    ----------
    outer : mapping of str to np.ndarray
        Outer dimensions of the result in the library's order, with their labels; a unit is one combination, the
        last dimension runs fastest.
    ages, years : np.ndarray
        Labels of the ages, and of the steps.
    step : int
        Years in a step.
    """

    outer: Mapping[str, np.ndarray]
    ages: np.ndarray
    years: np.ndarray
    step: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the outer dimensions."""
        return tuple(len(labels) for labels in self.outer.values())

    @property
    def units(self) -> int:
        """Number of units."""
        return prod(self.shape)

    def index(self, dims: Sequence[str]) -> Index:
        """Position of every unit among the combinations of some of the outer dimensions."""
        own = [len(labels) if dim in dims else 1 for dim, labels in self.outer.items()]
        positions = np.arange(prod(own), dtype=np.intp).reshape(own)
        return np.broadcast_to(positions, self.shape).reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One input, held once: units that share values share memory.

    Parameters
    ----------
    data : np.ndarray
        ``[year, own unit, ...]``; one year only where the values hold for all years.
    index : np.ndarray
        ``[unit]``, the own unit of each unit.
    straight : bool, optional
        Whether `data` holds the units one by one in their order; found out if None.

    Examples
    --------
    >>> import numpy as np
    >>> rate = Field(np.array([[0.1, 0.2]]), np.array([0, 0, 1, 1]))
    >>> rate.at(7)
    array([0.1, 0.1, 0.2, 0.2])
    >>> rate.block(slice(2, 4)).at(7)
    array([0.2])
    """

    data: Array
    index: Index
    straight: bool | None = None

    def __post_init__(self) -> None:
        if self.straight is None:
            object.__setattr__(self, "straight", _is_range(self.index, self.data.shape[1]))

    def at(self, position: int) -> Array:
        """Values of one step, ``[unit, ...]``, or ``[1, ...]`` where all units are alike."""
        values: Array = self.data[min(position, self.data.shape[0] - 1)]
        if self.straight or values.shape[0] == 1:
            return values
        return np.take(values, self.index, axis=0)

    def steps(self, first: int, behind: int) -> Array:
        """Values of some steps, ``[step, unit, ...]``; either axis has length 1 where all are alike."""
        values = self.data[first:behind] if len(self.data) > 1 else self.data
        if self.straight or values.shape[1] == 1:
            return values
        return np.take(values, self.index, axis=1)

    def block(self, units: slice) -> "Field":
        """Values of some units, as a view where that is possible."""
        index = self.index[units]
        first, last = int(index[0]), int(index[-1])
        if last - first + 1 == index.size and (self.straight or _is_range(index, index.size)):
            return Field(self.data[:, first : last + 1], index - first, straight=True)
        if first == last and bool(np.all(index == first)):
            return Field(self.data[:, first : first + 1], np.zeros_like(index))
        return Field(self.data, index)

    def groups(self, areas: int) -> "Field":
        """One group of areas only, where all groups of units are alike."""
        by_group = self.index.reshape(-1, areas)
        if bool(np.all(by_group == by_group[0])):
            return Field(np.take(self.data, by_group[0], axis=1), np.arange(areas, dtype=np.intp))
        return self


def field_of(array: xr.Variable, layout: Layout, dtype: DTypeLike) -> Field:
    """Years first, own units flattened, no copies for units that share values."""
    outer = [dim for dim in layout.outer if dim in array.dims]
    inner = [dim for dim in ("destination", "sex", "age") if dim in array.dims]
    years = [dim for dim in ("year",) if dim in array.dims]
    values = array.transpose(*years, *outer, *inner).values
    shape = (values.shape[0] if years else 1, -1, *[array.sizes[dim] for dim in inner])
    return Field(np.ascontiguousarray(values, dtype=dtype).reshape(shape), layout.index(outer))


def _is_range(index: Index, size: int) -> bool:
    """Whether so many units follow each other."""
    return index.size == size and bool(np.all(index[1:] - index[:-1] == 1))


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

    def make_room(self, outcome: Outcome, job: Job) -> None:
        """Keep the flows that a driver has added, too."""
        for name in job.keep.intersection(DRIVEN, outcome.flows()) - self.flows.keys():
            self.flows[name] = empty((job.layout.years.size, *job.shape), job.dtype)

    def note(self, position: int, outcome: Outcome, units: slice, places: Mapping[str, Array] | None = None) -> Array:
        """Take down what a step reports and did not write in place; returns the people at its end."""
        made, end = outcome.flows(), self.population[position + 1, units]
        if places is None:
            end[...] = outcome.end
        for name, flow in self.flows.items():
            if places is None or made[name] is not places[name]:
                flow[position, units] = made[name]
        if outcome.short and (self.short is None or position < self.short):
            self.short = position
        if outcome.clipped is not None and self.clipped is not None:
            self.clipped[position, units] = outcome.clipped
        return end

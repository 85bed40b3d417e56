"""A block of areas and draws through the kernel: only the sums that are asked for leave it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine import Buffers, Convention, Field, Job, Layout, one_step
from kompaslite.engine.run import inputs_of, out_of_bounds
from kompaslite.uncertainty.ensemble.bare import AXES, Block, cut
from kompaslite.uncertainty.ensemble.bounds import product
from kompaslite.uncertainty.ensemble.whole_persons import Chances, whole_jump_off, whole_step
from kompaslite.uncertainty.summary.reduce import sum_groups
from kompaslite.uncertainty.summary.units import Units, can_run, factors_of, sums_of_units

Array = NDArray[Any]
#: Units that run together: in compiled loops as many as stay in the processor's nearest cache; in NumPy so many
#: that an operation takes much longer than threads need to hand on the interpreter (two are slower than one at 256).
UNITS = {"numpy": 1024, "numba": 48}


class BrokenBlockError(Exception):
    """A value of this block is out of its bounds, or a cell holds fewer than nobody; the caller finds out which."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Whose chances they are.

    Parameters
    ----------
    seed : int
        Of the run.
    areas : tuple of str
        Codes of the block.
    first : int
        First draw of the block.
    """

    seed: int
    areas: tuple[str, ...]
    first: int

    def chances(self, part: Block, cells: tuple[int, int]) -> Chances:
        """Numbers of a part of the block."""
        draws = slice(self.first + part.draws.start, self.first + part.draws.stop)
        return Chances(self.seed, self.areas[part.areas], draws, cells)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BlockJob:
    """What is projected.

    Parameters
    ----------
    jump_off : np.ndarray
        Persons, ``[*AXES, sex, age]``, one year.
    terms : mapping of str to list
        Sums of products of each assumption, resolved for the block.
    shape : tuple of int
        Scenarios, draws, origins and areas.
    horizon : int
        Years.
    convention : Convention
        Timing of events.
    bounds : mapping of str to tuple of float
        Lowest and highest value of each assumption.
    groups : sequence of tuple of int or None
        Bounds of the age groups to sum, as positions; None keeps every sex and age.
    coupled : bool
        Whether the areas belong together.
    kernel : {"numpy", "numba"}
        Which loop runs.
    persons : Persons, optional
        Whole persons come and go by chance, in the loop of arrays; without it people are expectations.
    """

    jump_off: Array
    terms: Mapping[str, list[list[Array]]]
    shape: tuple[int, int, int, int]
    horizon: int
    convention: Convention
    bounds: Mapping[str, tuple[float, float]]
    groups: Sequence[tuple[int, int]] | None
    coupled: bool = False
    kernel: Literal["numpy", "numba"] = "numpy"
    persons: "Persons | None" = None

    def parts(self) -> Iterator[Block]:
        """Parts of the block that fit in the cache."""
        scenarios, draws, origins, areas = self.shape
        units = max(1, UNITS[self.kernel] // (scenarios * origins))
        length = areas if self.coupled else min(areas, units)
        width = max(1, units // length)
        for area in range(0, areas, length):
            for draw in range(0, draws, width):
                yield Block(slice(area, min(area + length, areas)), slice(draw, min(draw + width, draws)))

    def kept(self, people: Array) -> Array:
        """Sums of the age groups, ``[..., group]``, or all cells, ``[..., sex and age]``."""
        if self.groups is None:
            return people.reshape(*people.shape[:-2], -1)
        return sum_groups(people, self.groups)

    def shape_of(self, part: Block) -> tuple[int, int, int, int]:
        """Scenarios, draws, origins and areas of a part."""
        scenarios, _, origins, _ = self.shape
        return scenarios, part.draws.stop - part.draws.start, origins, part.areas.stop - part.areas.start


def group_sums(job: BlockJob, out: Array) -> None:
    """Project a block and keep its age groups."""
    by_arrays = job.kernel == "numpy" or job.persons is not None
    if not by_arrays and _one_by_one(job, out):
        return
    years = _years if by_arrays else _years_compiled
    for part in job.parts():
        room = out[:, :, part.areas, :, :, part.draws]
        for year, sums in enumerate(years(job, part)):
            room[:, :, :, :, year] = sums.transpose(0, 2, 3, 4, 1)


def _one_by_one(job: BlockJob, out: Array) -> bool:
    """Let compiled loops run one unit after the other; False where they cannot, and nothing is written."""
    from kompaslite.uncertainty.summary.compiled import run_compiled_units

    one = _one_unit(job)
    if job.coupled or job.groups is None or not can_run(one):
        return False
    factors = factors_of(
        {
            name: [
                [_factor(factor, one.fields[name].data.shape[2:], job.shape) for factor in factors] for factors in terms
            ]
            for name, terms in job.terms.items()
        }
    )
    if factors is None:
        return False
    people, own = _factor(job.jump_off, job.jump_off.shape[len(AXES) :], job.shape)
    # draws run fastest, as their sums lie in memory, and areas slowest
    places = np.stack([axis.transpose(3, 0, 2, 1).reshape(-1) for axis in np.indices(job.shape)], axis=1)
    if not sums_of_units(one, Units(people, own, factors, job.groups, places), out, run_compiled_units):
        raise BrokenBlockError
    return True


def _one_unit(job: BlockJob) -> Job:
    """Room for a unit with all its assumptions."""
    fields = {}
    for name, terms in job.terms.items():
        factors = [factor for each in terms for factor in each]
        shape = np.broadcast_shapes(*(factor.shape[len(AXES) :] for factor in factors))
        fields[name] = Field(np.zeros((max(len(factor) for factor in factors), 1, *shape)), np.zeros(1, np.int64))
    return Job(
        layout=Layout({"unit": np.arange(1)}, np.arange(job.jump_off.shape[-1]), np.arange(job.horizon)),
        jump_off=Field(np.zeros((1, 1, *job.jump_off.shape[len(AXES) :])), np.zeros(1, np.int64)),
        fields=fields,
        bounds=job.bounds,
        convention=job.convention,
        keep=frozenset(),
    )


def _factor(values: Array, inner: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """A factor, ``[year, own, cell]``, and which of its own each unit has; one cell where all are alike."""
    outer = values.shape[: len(AXES)]
    if prod(values.shape[len(AXES) :]) > 1:
        values = np.broadcast_to(values, (*outer, *inner))
    places = np.broadcast_to(np.arange(prod(outer[1:])).reshape(outer[1:]), shape)
    return values.reshape(outer[0], prod(outer[1:]), -1), places.transpose(3, 0, 2, 1).reshape(-1)


def _years_compiled(job: BlockJob, part: Block) -> Iterator[Array]:
    """The same by compiled loops, which run all years at once."""
    from kompaslite.engine.compiled import run_compiled

    shape = job.shape_of(part)
    layout = Layout({"unit": np.arange(prod(shape))}, np.arange(job.jump_off.shape[-1]), np.arange(job.horizon))
    fields = {
        name: _field(product([[cut(f, part) for f in each] for each in terms]), shape)
        for name, terms in job.terms.items()
    }
    compiled = Job(
        layout=layout,
        jump_off=_field(cut(job.jump_off, part), shape),
        fields=fields,
        bounds=job.bounds,
        convention=job.convention,
        keep=frozenset(),
        areas=shape[-1] if job.coupled else 1,
    )
    results = run_compiled(compiled, threads=1)
    if results.broken or results.short is not None:
        raise BrokenBlockError
    yield from job.kept(results.population).reshape(job.horizon + 1, *shape, -1)


def _field(values: Array, shape: tuple[int, ...]) -> Field:
    """Values of a part, each held once, with the position of every unit's own."""
    own = values.shape[1 : len(AXES)]
    places = np.broadcast_to(np.arange(prod(own)).reshape(own), shape).reshape(-1)
    return Field(np.ascontiguousarray(values).reshape(values.shape[0], prod(own), *values.shape[len(AXES) :]), places)


def _years(job: BlockJob, part: Block) -> Iterator[Array]:
    """Sums of each year in turn, ``[scenario, draw, origin, area, group]``."""
    shape = job.shape_of(part)
    values = _Values(job, part, shape)
    inner = job.jump_off.shape[len(AXES) :]
    people = np.broadcast_to(cut(job.jump_off, part)[0], (*shape, *inner)).reshape(-1, *inner).copy()
    buffers, after = Buffers(people.shape), np.empty_like(people)
    chances = None if job.persons is None else job.persons.chances(part, people.shape[1:])
    if chances is not None:
        people = whole_jump_off(people, _spread(chances.year(), shape)[0])
    yield job.kept(people).reshape(*shape, -1)
    for year in range(job.horizon):
        buffers.place({"end": after})
        inputs = values.at(year)
        if out_of_bounds(inputs, job.bounds):
            raise BrokenBlockError
        outcome = one_step(people, inputs_of(inputs), convention=job.convention, buffers=buffers)
        if outcome.short:
            raise BrokenBlockError
        if chances is not None:
            people = whole_step(people, outcome, _spread(chances.year(), shape))
        else:
            people, after = after, people
        yield job.kept(people).reshape(*shape, -1)


def _spread(numbers: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of draws and areas for all units: scenarios share them."""
    scenarios, draws, origins, areas = shape
    inner = numbers.shape[3:]
    wide = np.broadcast_to(numbers[:, None, :, None], (len(numbers), scenarios, draws, origins, areas, *inner))
    return wide.reshape(len(numbers), -1, *inner)


class _Values:
    """Assumptions of one part, a year at a time; what does not change with the years is made once."""

    def __init__(self, job: BlockJob, part: Block, shape: tuple[int, int, int, int]) -> None:
        self._shape = shape
        self._timed: dict[str, list[list[Array]]] = {}
        self._still: dict[str, Array] = {}
        for name, terms in job.terms.items():
            own = [[cut(factor, part) for factor in factors] for factors in terms]
            if all(factor.shape[0] == 1 for factors in own for factor in factors):
                self._still[name] = self._one(name, [[factor[0] for factor in factors] for factors in own])
            else:
                self._timed[name] = own

    def at(self, year: int) -> dict[str, Array]:
        found = dict(self._still)
        for name, terms in self._timed.items():
            found[name] = self._one(name, [[f[year if len(f) > 1 else 0] for f in factors] for factors in terms])
        return found

    def _one(self, name: str, terms: list[list[Array]]) -> Array:
        values = product(terms)
        if name in ("moves", "birth_allotment"):
            return self._groups(values)
        return self.units(values)

    def units(self, values: Array) -> Array:
        """Outer axes flattened: all units, or one that stands for all."""
        outer = len(AXES) - 1
        inner = values.shape[outer:]
        if values.size == np.prod(inner, dtype=int):
            return values.reshape(1, *inner)
        return np.broadcast_to(values, (*self._shape, *inner)).reshape(-1, *inner)

    def _groups(self, values: Array) -> Array:
        """One group of coupled areas where all are alike, else all units."""
        areas = self._shape[-1]
        inner = values.shape[len(AXES) - 1 :]
        whole = np.broadcast_to(values, (*values.shape[: len(AXES) - 2], areas, *inner))
        if whole.shape[0] * whole.shape[1] * whole.shape[2] == 1:
            return whole.reshape(areas, *inner)
        return np.broadcast_to(whole, (*self._shape, *inner)).reshape(-1, *inner)

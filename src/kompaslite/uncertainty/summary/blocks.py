"""A block of areas and draws through the kernel: only the sums that are asked for leave it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine import Buffers, Convention, Field, Job, Layout, one_step
from kompaslite.engine.run import Step, inputs_of, out_of_bounds, run_years
from kompaslite.uncertainty.ensemble.bare import AXES, Block, cut
from kompaslite.uncertainty.ensemble.bounds import product
from kompaslite.uncertainty.ensemble.whole_persons import Chances, whole_jump_off, whole_step
from kompaslite.uncertainty.summary.reduce import sum_groups
from kompaslite.uncertainty.summary.units import Factors, Units, factors_of, sums_of_units

Array = NDArray[Any]
#: Units that run together on arrays: so many that an operation takes much longer than threads need to hand on the
#: interpreter (two are slower than one at 256).
UNITS = 1024


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
        units = max(1, UNITS // (scenarios * origins))
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
    """Project a block and keep its age groups: unit by unit in compiled loops, or part by part on arrays."""
    factors = None if job.kernel == "numpy" or job.persons is not None or job.coupled else _factors(job)
    if factors is not None:
        _one_by_one(job, factors, out)
        return
    for part in job.parts():
        _run_part(job, part, out[:, :, part.areas, :, :, part.draws])


def _factors(job: BlockJob) -> Factors | None:
    """What the assumptions of all units are products of; None if it is more than the loops are compiled for."""
    fields = _one_unit(job).fields
    return factors_of(
        {
            name: [[_factor(factor, fields[name].data.shape[2:], job.shape) for factor in each] for each in terms]
            for name, terms in job.terms.items()
        }
    )


def _one_by_one(job: BlockJob, factors: Factors, out: Array) -> None:
    """Let compiled loops run one unit after the other."""
    from kompaslite.uncertainty.summary.compiled import run_compiled_units

    people, own = _factor(job.jump_off, job.jump_off.shape[len(AXES) :], job.shape)
    # draws run fastest, as their sums lie in memory, and areas slowest
    places = np.stack([axis.transpose(3, 0, 2, 1).reshape(-1) for axis in np.indices(job.shape)], axis=1)
    if not sums_of_units(_one_unit(job), Units(people, own, factors, job.groups, places), out, run_compiled_units):
        raise BrokenBlockError


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


def _run_part(job: BlockJob, part: Block, out: Array) -> None:
    """Project a part on arrays, and keep its sums of each January in turn."""
    shape, inner = job.shape_of(part), job.jump_off.shape[len(AXES) :]
    people = np.broadcast_to(cut(job.jump_off, part)[0], (*shape, *inner)).reshape(-1, *inner).copy()
    chances = None if job.persons is None else job.persons.chances(part, people.shape[1:])
    if chances is not None:
        people = whole_jump_off(people, _spread(chances.year(), shape)[0])
    _keep(job, people, shape, out[..., 0, :])
    run_years(people, _steps(job, part, chances, out))


def _keep(job: BlockJob, people: Array, shape: tuple[int, int, int, int], out: Array) -> None:
    out[...] = job.kept(people).reshape(*shape, -1).transpose(0, 2, 3, 4, 1)


def _steps(job: BlockJob, part: Block, chances: Chances | None, out: Array) -> Iterator[Step]:
    """A step of each year; with chances, it is whole persons who come and go."""
    shape = job.shape_of(part)
    values, buffers = _Values(job, part, shape), Buffers((prod(shape), *job.jump_off.shape[len(AXES) :]))
    ends = [np.empty_like(buffers("end")) for _ in range(2)]

    def step(people: Array, year: int) -> Array:
        buffers.place({"end": ends[year % 2]})
        inputs = values.at(year)
        if out_of_bounds(inputs, job.bounds):
            raise BrokenBlockError
        outcome = one_step(people, inputs_of(inputs), convention=job.convention, buffers=buffers)
        if outcome.short:
            raise BrokenBlockError
        end = outcome.end if chances is None else whole_step(people, outcome, _spread(chances.year(), shape))
        _keep(job, end, shape, out[..., year + 1, :])
        return end

    for year in range(job.horizon):
        yield partial(step, year=year)


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

"""A run laid out: inputs checked against each other, areas and draws cut into blocks."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.kernels import Convention, Engine
from kompaslite.kernels.engine import WORTH_LOADING
from kompaslite.projection import project
from kompaslite.projection.inputs import Terms as Contract
from kompaslite.schema import OUTER, SchemaError, conform, require_dims, require_labels, short_list
from kompaslite.uncertainty.blocks import BlockJob, BrokenBlockError, Persons, group_sums
from kompaslite.uncertainty.futures import Futures, of_dataset, require_models
from kompaslite.uncertainty.materialise import labelled
from kompaslite.uncertainty.reduce import Reduce
from kompaslite.uncertainty.terms import Block, Terms, bare, cut

Array = NDArray[Any]
#: Bytes of the sums of one block of areas, all draws together.
BLOCK_BYTES = 48 * 2**20
#: Draws that a job makes at least, so that its own cost does not count.
DRAWS = 256
_COUPLING = ("moves", "birth_allotment")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """Everything that a run needs.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons, checked.
    futures : Futures
        Assumptions.
    reduce : Reduce
        What to keep.
    convention : Convention
        Timing of events.
    engine : Engine
        Which loop runs.
    labels : mapping of str to np.ndarray
        Outer dimensions of all inputs.
    chunks : mapping of str to int
        Areas and draws of a job.
    """

    jump_off: xr.DataArray
    futures: Futures
    reduce: Reduce
    convention: Convention
    engine: Engine
    labels: Mapping[str, np.ndarray]
    chunks: Mapping[str, int]
    terms: Terms
    people: Array

    @property
    def areas(self) -> tuple[str, ...]:
        """Codes; one empty code where there is no dimension area."""
        return self.terms.areas

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.labels["draw"])

    @property
    def coupled(self) -> bool:
        """Whether people move between the areas, so that these cannot be divided."""
        return is_coupled(self.futures)

    @property
    def workers(self) -> int:
        """Threads."""
        if self.engine.threads is not None:
            return self.engine.threads
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    @property
    def kernel(self) -> Literal["numpy", "numba"]:
        """The loop that runs."""
        if self.engine.kernel != "auto":
            return self.engine.kernel
        cells = self.people.shape[-1] * self.futures.years.size * len(self.areas) * self.draws
        return "numba" if find_spec("numba") is not None and cells >= WORTH_LOADING else "numpy"

    def size(self, dim: str) -> int:
        """Labels of an outer dimension; 1 where there is none."""
        return len(self.labels.get(dim, "1"))

    def shape(self, areas: int, draws: int) -> tuple[int, ...]:
        """Of the sums of some areas: ``[scenario, origin, area, item, year, draw]``."""
        years = self.futures.years.size + 1
        return self.size("scenario"), self.size("origin"), areas, len(self.reduce.items), years, draws

    def area_blocks(self) -> list[slice]:
        """Areas that are reduced together."""
        return _cut_up(len(self.areas), self.chunks["area"])

    def draw_blocks(self) -> list[slice]:
        """Draws that are projected together."""
        return _cut_up(self.draws, self.chunks["draw"])

    def fill(self, block: Block, out: Array) -> None:
        """Project a block and write its sums.

        Parameters
        ----------
        block : Block
            Areas and draws.
        out : np.ndarray
            ``[scenario, origin, area, item, year, draw]``.

        Raises
        ------
        SchemaError
            If a value of the block breaks its contract, as `project` says it.
        """
        areas, draws = block.areas.stop - block.areas.start, block.draws.stop - block.draws.start
        job = BlockJob(
            jump_off=cut(self.people, block),
            terms=self.terms.resolve(block),
            shape=(self.size("scenario"), draws, self.size("origin"), areas),
            horizon=self.futures.years.size,
            convention=self.convention,
            bounds={name: Contract(self.convention, 1).bounds(name) for name in self.futures.variables()},
            groups=self.reduce.bounds(self.jump_off["age"].values),
            coupled=self.coupled,
            kernel=self.kernel,
            persons=self._persons(block),
        )
        try:
            group_sums(job, out)
        except BrokenBlockError:
            self._explain(block)

    def _persons(self, block: Block) -> Persons | None:
        if not self.futures.whole_persons:
            return None
        return Persons(self.futures.seed, self.areas[block.areas], block.draws.start)

    def _explain(self, block: Block) -> None:
        """Run the block with labels, which names the cell that is wrong."""
        people = self.jump_off
        if "area" in people.dims:
            people = people.isel(area=block.areas)
        if "draw" in people.dims:
            people = people.isel(draw=block.draws)
        project(people, labelled(self.futures, self.terms, block), convention=self.convention, engine="numpy")
        raise AssertionError("a block failed that the labelled projection accepts")


def make_plan(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset | Futures,
    *,
    reduce: Reduce | None,
    convention: Convention,
    engine: Engine,
    chunks: Mapping[str, int] | None,
) -> Plan:
    """Check all inputs against each other.

    Parameters
    ----------
    jump_off, assumptions, reduce, convention, engine, chunks
        As in `project_summary`.

    Returns
    -------
    Plan

    Raises
    ------
    SchemaError
        If labels, draws or chunks do not fit.
    """
    futures, reduce = of_dataset(assumptions), Reduce() if reduce is None else reduce
    people = _checked_people(jump_off)
    labels = _labels(people, futures)
    people = _aligned(people, labels)
    areas = tuple(labels["area"].tolist()) if "area" in labels else ("",)
    _check_regions(reduce, areas)
    if futures.whole_persons and is_coupled(futures):
        raise SchemaError(
            "whole_persons: people move between these areas, and whole persons are not divided over them. Leave out "
            "whole_persons, or the moves."
        )
    _check_agreement(futures, labels)
    terms = Terms.of(futures, areas)
    plan = Plan(
        jump_off=people,
        futures=futures,
        reduce=reduce,
        convention=convention,
        engine=engine,
        labels=labels,
        chunks=_chunks(chunks, labels, futures, reduce),
        terms=terms,
        people=bare(people, "population"),
    )
    _rehearse(plan)
    return plan


def is_coupled(futures: Futures) -> bool:
    """Whether people move between the areas."""
    return any(name in futures.baseline for name in _COUPLING)


def _checked_people(jump_off: xr.DataArray) -> xr.DataArray:
    if not isinstance(jump_off, xr.DataArray):
        raise SchemaError(f"population: a labelled array is needed, not {type(jump_off).__name__}.")
    if "year" in jump_off.dims:
        raise SchemaError("population: a projection starts from one year. Select it with .sel(year=...).")
    require_dims(jump_off, "population", needed=("sex", "age"))
    return conform(jump_off, "population")


def _labels(people: xr.DataArray, futures: Futures) -> dict[str, np.ndarray]:
    found = futures.labels
    for dim in OUTER:
        if dim in people.dims:
            if dim == "draw" and "draw" in found and people.sizes[dim] != len(found[dim]):
                raise SchemaError(
                    f"population: it has {people.sizes[dim]} draws, the assumptions have {len(found[dim])}. A draw is "
                    "one future in all its inputs: give both the same draws."
                )
            found.setdefault(dim, people[dim].values)
    if "draw" not in found:
        raise SchemaError(
            "project_summary: no input has the dimension draw, so there is nothing to summarise. Make draws with "
            "sample(...), or use project(...) for one future."
        )
    return {dim: found[dim] for dim in OUTER if dim in found}


def _aligned(people: xr.DataArray, labels: Mapping[str, np.ndarray]) -> xr.DataArray:
    for dim in ("scenario", "draw", "origin", "area"):
        if dim in people.dims:
            people = require_labels(people, dim, labels[dim], "population", against="the assumptions")
    return people


def _check_agreement(futures: Futures, labels: Mapping[str, np.ndarray]) -> None:
    for array in futures.arrays():
        for dim in ("scenario", "origin", "area"):
            if dim in array.dims:
                require_labels(array, dim, labels[dim], str(array.name), against="the other inputs")
                if array[dim].values.tolist() != labels[dim].tolist():
                    raise SchemaError(
                        f"{array.name}: the labels of dimension {dim} stand in another order than in the other inputs. "
                        f"Put them in order with .sel({dim}=...)."
                    )
    if futures.levels is None or futures.levels.local is None:
        return
    if "area" not in labels:
        raise SchemaError(
            "levels: they have areas, the population and the assumptions have not. Add the dimension with "
            ".expand_dims(area=[...])."
        )
    require_models(futures.levels, labels["area"].tolist())


def _check_regions(reduce: Reduce, areas: tuple[str, ...]) -> None:
    for name, members in reduce.regions.items():
        if name in areas:
            raise SchemaError(f"reduce: the region {name!r} has the name of an area. Choose another name.")
        missing = [code for code in members or () if code not in areas]
        if missing:
            raise SchemaError(f"reduce: the region {name!r} has areas that there are not: {short_list(missing)}.")


def _chunks(
    chunks: Mapping[str, int] | None, labels: Mapping[str, np.ndarray], futures: Futures, reduce: Reduce
) -> dict[str, int]:
    areas, draws = len(labels.get("area", "1")), len(labels["draw"])
    asked = check_chunks(chunks, coupled=is_coupled(futures), areas=areas)
    scenarios = len(labels.get("scenario", "1")) * len(labels.get("origin", "1"))
    one = 8 * scenarios * len(reduce.items) * (futures.years.size + 1) * draws
    together = areas if is_coupled(futures) else max(1, min(areas, 32, BLOCK_BYTES // one))
    return {"area": asked.get("area", together), "draw": asked.get("draw", min(draws, DRAWS))}


def check_chunks(chunks: Mapping[str, int] | None, *, coupled: bool, areas: int) -> dict[str, int]:
    """Return the sizes of the chunks, if they can be projected by themselves.

    Parameters
    ----------
    chunks : mapping of str to int or None
        Labels of ``area`` and ``draw`` that go together.
    coupled : bool
        Whether people move between the areas.
    areas : int
        How many there are.

    Returns
    -------
    dict

    Raises
    ------
    SchemaError
        If a chunk divides ages or sexes, whose people become each other's successors and parents, or coupled areas.
    """
    for dim, size in (chunks or {}).items():
        if dim not in ("area", "draw"):
            raise SchemaError(
                f"chunks: {dim} cannot be divided, because a cohort needs all its ages, both sexes and all its years. "
                "Chunk over area and draw."
            )
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise SchemaError(f"chunks: {size!r} of {dim} is not a whole number of at least 1.")
    if coupled and (chunks or {}).get("area", areas) < areas:
        raise SchemaError(
            "chunks: people move between these areas, so that they cannot be divided. Chunk over draw only."
        )
    return {dim: int(size) for dim, size in (chunks or {}).items()}


def _cut_up(size: int, length: int) -> list[slice]:
    return [slice(first, min(first + length, size)) for first in range(0, size, length)]


def _rehearse(plan: Plan) -> None:
    """Project one area and one draw with labels: what is wrong with names, labels and units is said at once."""
    areas = slice(0, len(plan.areas)) if plan.coupled else slice(0, 1)
    first = Block(areas, slice(0, 1))
    people = plan.jump_off
    people = people.isel(area=areas) if "area" in people.dims else people
    people = people.isel(draw=[0]) if "draw" in people.dims else people
    project(people, labelled(plan.futures, plan.terms, first), convention=plan.convention, engine="numpy")

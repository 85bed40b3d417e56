"""A run laid out: inputs checked against each other, areas and draws cut into blocks."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, Engine, project
from kompaslite.engine.run import WORTH_LOADING, Kernel
from kompaslite.schema import OUTER, SchemaError, conform, require_dims, require_labels, require_whole, short_list
from kompaslite.uncertainty.ensemble.bare import LabelledArrays, Recipe
from kompaslite.uncertainty.ensemble.futures import Futures, of_dataset, require_models
from kompaslite.uncertainty.ensemble.sample import assumptions_of
from kompaslite.uncertainty.streams import require_kind
from kompaslite.uncertainty.summary.projector import Projection, Projector
from kompaslite.uncertainty.summary.reduce import Reduce, marked, with_labels

Array = NDArray[Any]
#: Bytes of the sums of one block of areas, all draws together.
BLOCK_BYTES = 96 * 2**20
#: Draws of a job, so many that its own cost does not count; fewer where every flow of a draw is held.
DRAWS, DRAWS_AT_ONCE = 256, 64
_COUPLING = ("moves", "birth_allotment")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """Everything that a run needs.

    Parameters
    ----------
    inputs : LabelledArrays
        All arrays, in memory or backed by dask.
    futures : Futures
        Assumptions.
    reduce : Reduce
        What to keep.
    projector : Projector
        What is the same for all blocks.
    engine : Engine
        Precision and threads.
    labels : mapping of str to np.ndarray
        Outer dimensions of all inputs.
    chunks : mapping of str to int
        Areas and draws of a job.
    """

    inputs: LabelledArrays
    futures: Futures
    reduce: Reduce
    projector: Projector
    engine: Engine
    labels: Mapping[str, np.ndarray]
    chunks: Mapping[str, int]

    @property
    def areas(self) -> tuple[str, ...]:
        """Codes; one empty code where there is no dimension area."""
        return tuple(self.labels["area"].tolist()) if "area" in self.labels else ("",)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.labels.get("draw", "1"))

    @property
    def workers(self) -> int:
        """Threads."""
        if self.engine.threads is not None:
            return self.engine.threads
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def area_blocks(self) -> list[slice]:
        """Areas that are reduced together."""
        return _cut_up(len(self.areas), self.chunks["area"])

    def draw_blocks(self) -> list[slice]:
        """Draws that are projected together."""
        return _cut_up(self.draws, self.chunks["draw"])

    def labelled(self, arrays: Mapping[str, Any]) -> xr.Dataset:
        """Reduced arrays with dimensions, labels and units."""
        years = self.projector.years
        labels: dict[str, Any] = {dim: one for dim, one in self.labels.items() if dim != "area"}
        if "area" in self.labels or self.reduce.regions:
            labels["area"] = [*self.areas, *self.reduce.regions]
        labels["year"] = np.append(years, years[-1] + 1)
        return marked(with_labels(arrays, self.reduce, labels), draws=self.draws, seed=self.futures.seed)


def make_plan(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset | Futures,
    *,
    reduce: Reduce | None = None,
    convention: Convention = Convention.mean_exposure,
    engine: Kernel | Engine | Projection = "auto",
    chunks: Mapping[str, int] | None = None,
    complete: bool = False,
) -> Plan:
    """Check all inputs against each other."""
    futures, reduce = of_dataset(assumptions), Reduce() if reduce is None else reduce
    require_kind(reduce, Reduce, "reduce", "Make it with Reduce(...).")
    require_kind(convention, Convention, "convention", "Take one, for example Convention.mean_exposure.")
    chosen, projection = _chosen(engine)
    people = checked_people(jump_off)
    labels = run_labels(people, futures)
    if not complete:
        require_draws(labels)
    people = check_agreement(people, futures, labels)
    areas = tuple(labels["area"].tolist()) if "area" in labels else ("",)
    check_regions(reduce, areas)
    if projection is not None and futures.whole_persons:
        raise SchemaError(
            "whole_persons: only the engine itself draws single persons. Leave out whole_persons, or give an engine by "
            "its name."
        )
    coupled, draws = is_coupled(futures) or projection is not None, len(labels.get("draw", "1"))
    asked = check_chunks(chunks, coupled=coupled, areas=len(areas))
    rehearse(people, futures, areas if coupled else areas[:1], convention=convention)
    ages = people["age"].values
    projector = Projector(
        recipe=Recipe.of(futures, convention),
        outer={dim: labels[dim] for dim in ("scenario", "origin") if dim in labels},
        years=futures.years,
        convention=convention,
        groups=None if complete else reduce.bounds(ages),
        coupled=coupled,
        kernel=_kernel(chosen, float(ages.size) * futures.years.size * len(areas) * draws),
        projection=projection,
    )
    return Plan(
        inputs=LabelledArrays.of(futures, people),
        futures=futures,
        reduce=reduce,
        projector=projector,
        engine=chosen,
        labels=labels,
        chunks=_sizes(asked, projector, areas=len(areas), draws=draws),
    )


def _chosen(engine: Kernel | Engine | Projection) -> tuple[Engine, Projection | None]:
    """Loop and threads, and what projects a block instead where it is not the engine."""
    if callable(engine):
        return Engine(threads=1), engine
    return (engine if isinstance(engine, Engine) else Engine(engine)), None


def _kernel(engine: Engine, cells: float) -> Literal["numpy", "numba"]:
    if engine.kernel != "auto":
        return engine.kernel
    return "numba" if find_spec("numba") is not None and cells >= WORTH_LOADING else "numpy"


def _sizes(asked: Mapping[str, int], projector: Projector, *, areas: int, draws: int) -> dict[str, int]:
    one = 8 * int(np.prod(projector.shape(1, draws)))
    together = areas if projector.coupled else max(1, min(areas, 32, BLOCK_BYTES // one))
    most = DRAWS if projector.projection is None else DRAWS_AT_ONCE
    return {"area": asked.get("area", together), "draw": asked.get("draw", min(draws, most))}


def _cut_up(size: int, length: int) -> list[slice]:
    return [slice(first, min(first + length, size)) for first in range(0, size, length)]


def is_coupled(futures: Futures) -> bool:
    """Whether people move between the areas."""
    return any(name in futures.baseline for name in _COUPLING)


def checked_people(jump_off: xr.DataArray) -> xr.DataArray:
    """The jump-off population with its dimensions in order."""
    if not isinstance(jump_off, xr.DataArray):
        raise SchemaError(
            f"population: a labelled array is needed, not {type(jump_off).__name__}. Give persons on 1 January of one "
            "year, for example accounts.population.sel(year=...)."
        )
    if "year" in jump_off.dims:
        raise SchemaError("population: a projection starts from one year. Select it with .sel(year=...).")
    require_dims(jump_off, "population", needed=("sex", "age"))
    return conform(jump_off, "population")


def run_labels(people: xr.DataArray, futures: Futures) -> dict[str, np.ndarray]:
    """Labels of the outer dimensions of all inputs together."""
    found = futures.labels
    for dim in OUTER:
        if dim in people.dims:
            if dim == "draw" and "draw" in found and people.sizes[dim] != len(found[dim]):
                raise SchemaError(
                    f"population: it has {people.sizes[dim]} draws, the assumptions have {len(found[dim])}. A draw is "
                    "one future in all its inputs: give both the same draws."
                )
            found.setdefault(dim, people[dim].values)
    return {dim: found[dim] for dim in OUTER if dim in found}


def require_draws(labels: Mapping[str, np.ndarray]) -> None:
    """Raise unless some input has draws."""
    if "draw" not in labels:
        raise SchemaError(
            "project_summary: no input has the dimension draw, so there is nothing to summarise. Make draws with "
            "sample(...), or use project(...) for one future."
        )


def check_agreement(people: xr.DataArray, futures: Futures, labels: Mapping[str, np.ndarray]) -> xr.DataArray:
    """Return the population in the order of the assumptions' labels."""
    for dim in ("scenario", "draw", "origin", "area"):
        if dim in people.dims:
            people = require_labels(people, dim, labels[dim], "population", against="the assumptions")
    for array in futures.arrays():
        for dim in ("scenario", "origin", "area"):
            if dim in array.dims:
                _require_same(array, dim, labels[dim])
    if futures.levels is not None and futures.levels.local is not None:
        if "area" not in labels:
            raise SchemaError(
                "levels: they have areas, the population and the assumptions have not. Add the dimension with "
                ".expand_dims(area=[...])."
            )
        require_models(futures.levels, labels["area"].tolist())
    if futures.whole_persons and is_coupled(futures):
        raise SchemaError(
            "whole_persons: people move between these areas, and whole persons are not divided over them. Leave out "
            "whole_persons, or the moves."
        )
    return people


def _require_same(array: xr.DataArray, dim: str, labels: np.ndarray) -> None:
    require_labels(array, dim, labels, str(array.name), against="the other inputs")
    if array[dim].values.tolist() != labels.tolist():
        raise SchemaError(
            f"{array.name}: the labels of dimension {dim} stand in another order than in the other inputs. "
            f"Put them in order with .sel({dim}=...)."
        )


def check_regions(reduce: Reduce, areas: Sequence[str]) -> None:
    """Raise unless the regions are made of these areas and have names of their own."""
    for name, members in reduce.regions.items():
        if name in areas:
            raise SchemaError(f"reduce: the region {name!r} has the name of an area. Choose another name.")
        missing = [code for code in members or () if code not in areas]
        if missing:
            raise SchemaError(f"reduce: the region {name!r} has areas that there are not: {short_list(missing)}.")


def check_chunks(chunks: Mapping[str, int] | None, *, coupled: bool, areas: int) -> dict[str, int]:
    """Return the sizes of the chunks, if they can be projected by themselves."""
    require_kind(chunks or {}, Mapping, "chunks", 'Give for example {"area": 10, "draw": 100}.')
    for dim, size in (chunks or {}).items():
        if dim not in ("area", "draw"):
            raise SchemaError(f"chunks: {indivisible(dim)}")
        require_whole(size, f"chunks of {dim}", low=1)
    if coupled and (chunks or {}).get("area", areas) < areas:
        raise SchemaError(
            "chunks: people move between these areas, so that they cannot be divided. Chunk over draw only."
        )
    return {dim: int(size) for dim, size in (chunks or {}).items()}


def indivisible(dim: str) -> str:
    """Why a dimension cannot be divided, and what to do instead."""
    return (
        f"{dim} cannot be divided, because a cohort needs all its ages, both sexes and all its years. "
        "Chunk over area and draw."
    )


def rehearse(people: xr.DataArray, futures: Futures, areas: Sequence[str], *, convention: Convention) -> None:
    """Project one draw of some areas with labels: what is wrong with names, labels and units is said at once."""
    some = _harmless(futures.select(areas) if "area" in futures.labels else futures)
    start = people.sel(area=list(areas)) if "area" in people.dims else people
    start = start.isel(draw=[0]) if "draw" in start.dims else start
    start = _stand_in(start, 1.0)
    draws = range(1) if "draw" in some.labels else None
    made = assumptions_of(some, areas=areas if futures.codes != ("",) else None, draws=draws, convention=convention)
    project(start, made, convention=convention, engine="numpy")


def _harmless(futures: Futures) -> Futures:
    baseline = {
        str(name): _stand_in(array, 1.0 if name == "sex_ratio_at_birth" else 0.0)
        for name, array in futures.baseline.data_vars.items()
    }
    factors = {name: tuple(_stand_in(one, 1.0) for one in each) for name, each in futures.factors.items()}
    return replace(futures, baseline=xr.Dataset(baseline), factors=factors)


def _stand_in(array: xr.DataArray, value: float) -> xr.DataArray:
    return array if array.chunks is None else array.copy(data=np.full(array.shape, value))

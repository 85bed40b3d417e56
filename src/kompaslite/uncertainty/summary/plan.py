"""A run laid out: inputs checked against each other, areas and draws cut into blocks."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, Engine
from kompaslite.engine.engine import WORTH_LOADING
from kompaslite.uncertainty.ensemble.futures import Futures, of_dataset
from kompaslite.uncertainty.ensemble.terms import Labelled, Recipe
from kompaslite.uncertainty.summary.checks import (
    check_agreement,
    check_chunks,
    check_regions,
    checked_people,
    is_coupled,
    rehearse,
    require_draws,
    run_labels,
)
from kompaslite.uncertainty.summary.projector import Projector
from kompaslite.uncertainty.summary.reduce import Reduce

Array = NDArray[Any]
#: Bytes of the sums of one block of areas, all draws together.
BLOCK_BYTES = 96 * 2**20
#: Draws of a job, so many that its own cost does not count.
DRAWS = 256


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """Everything that a run needs.

    Parameters
    ----------
    inputs : Labelled
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

    inputs: Labelled
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


def make_plan(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset | Futures,
    *,
    reduce: Reduce | None = None,
    convention: Convention = Convention.mean_exposure,
    engine: Engine | None = None,
    chunks: Mapping[str, int] | None = None,
    complete: bool = False,
) -> Plan:
    """Check all inputs against each other."""
    futures, reduce, engine = of_dataset(assumptions), reduce or Reduce(), engine or Engine()
    people = checked_people(jump_off)
    labels = run_labels(people, futures)
    if not complete:
        require_draws(labels)
    people = check_agreement(people, futures, labels)
    areas = tuple(labels["area"].tolist()) if "area" in labels else ("",)
    check_regions(reduce, areas)
    coupled, draws = is_coupled(futures), len(labels.get("draw", "1"))
    asked = check_chunks(chunks, coupled=coupled, areas=len(areas))
    rehearse(people, futures, areas if coupled else areas[:1], convention=convention)
    ages = people["age"].values
    projector = Projector(
        recipe=Recipe.of(futures),
        outer={dim: labels[dim] for dim in ("scenario", "origin") if dim in labels},
        years=futures.years,
        convention=convention,
        groups=None if complete else reduce.bounds(ages),
        coupled=coupled,
        kernel=_kernel(engine, float(ages.size) * futures.years.size * len(areas) * draws),
    )
    return Plan(
        inputs=Labelled.of(futures, people),
        futures=futures,
        reduce=reduce,
        projector=projector,
        engine=engine,
        labels=labels,
        chunks=_sizes(asked, projector, areas=len(areas), draws=draws),
    )


def _kernel(engine: Engine, cells: float) -> Literal["numpy", "numba"]:
    if engine.kernel != "auto":
        return engine.kernel
    return "numba" if find_spec("numba") is not None and cells >= WORTH_LOADING else "numpy"


def _sizes(asked: Mapping[str, int], projector: Projector, *, areas: int, draws: int) -> dict[str, int]:
    one = 8 * int(np.prod(projector.shape(1, draws)))
    together = areas if projector.coupled else max(1, min(areas, 32, BLOCK_BYTES // one))
    return {"area": asked.get("area", together), "draw": asked.get("draw", min(draws, DRAWS))}


def _cut_up(size: int, length: int) -> list[slice]:
    return [slice(first, min(first + length, size)) for first in range(0, size, length)]

"""Many futures through the engine, block by block; only what was asked for is kept."""

import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, Engine
from kompaslite.engine.run import Kernel
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.bare import BareArrays, Block
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.summary.checkpoint import Checkpoint, fingerprint
from kompaslite.uncertainty.summary.lazy import is_lazy, lazy_summary
from kompaslite.uncertainty.summary.plan import Plan, make_plan
from kompaslite.uncertainty.summary.progress import Progress, shown
from kompaslite.uncertainty.summary.projector import Projection
from kompaslite.uncertainty.summary.reduce import Reduce, add_to_regions, reduced

Array = NDArray[Any]
_REGIONS = "region_sums"
#: Sums larger than this are kept in a temporary file instead of in memory.
IN_MEMORY = 2**30
_AREA_AXIS = -3


def project_summary(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset | Futures,
    *,
    reduce: Reduce | None = None,
    convention: Convention = Convention.mean_exposure,
    engine: Kernel | Engine | Projection = "auto",
    chunks: Mapping[str, int] | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Project every draw, and keep what all draws together say.

    Blocks of areas and draws go through the engine one after the other, on as many threads as `engine` has; the
    sums of age groups of a block are all that is held. The result is the same to the last bit however the work is
    divided, and however often it was interrupted. Where an input is backed by dask nothing is computed yet: the
    blocks become tasks for the scheduler that is in charge when the result is computed or written.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons on 1 January of the first year, ``(..., sex, age)``.
    assumptions : xr.Dataset or Futures
        With the dimension ``draw``: from `sample`, or an ordinary Dataset.
    reduce : Reduce, optional
        What to keep; mean and three quantiles of the 13 groups of the population note unless given.
    convention : Convention
        Timing of events.
    engine : {"auto", "numpy", "numba"}, Engine or callable
        Which loop runs; an `Engine` also says on how many threads. A callable projects blocks of draws in its own
        way, with a drive of housing for example: from people and assumptions with labels to population. Areas are
        then not divided.
    chunks : mapping of str to int, optional
        How many of ``area`` and ``draw`` make a job; on dask arrays those of the inputs unless given. Coupled areas
        cannot be divided.
    checkpoint : str or Path, optional
        A folder for what is finished. A run that was interrupted goes on from there when it is started again with
        the same inputs; the folder is removed when the result is complete.
    progress : bool or callable
        True for a bar on standard error, where rich is installed; or a function that is called with the jobs done
        and the number of jobs.

    Returns
    -------
    xr.Dataset
        ``quantiles`` (with the dimension ``quantile``), ``mean`` and what else `reduce` asks for, persons, over
        ``(..., area, age_group, year)``; regions stand behind the areas. ``attrs`` say how many draws and which seed.

    Raises
    ------
    SchemaError
        If an input breaks its contract, nothing has draws, draws differ in number, a chunk would divide sexes, ages
        or coupled areas, or the checkpoint is of another run.
    StorageError
        If the checkpoint cannot be written.
    KeyboardInterrupt
        As it came; the message says from where the run goes on.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import plain_cohort_component
    >>> from kompaslite.uncertainty import Reduce, fit_levels, sample
    >>> observed = made_up(3, years=range(2006, 2027))
    >>> futures = sample(plain_cohort_component(observed, [2026, 2027]), fit_levels(observed), draws=20, seed=1)
    >>> people = observed.population.sel(year=2026)
    >>> project_summary(people, futures, reduce=Reduce(groups=["0-66", "67+"])).sizes["age_group"]
    3
    """
    plan = make_plan(jump_off, assumptions, reduce=reduce, convention=convention, engine=engine, chunks=chunks)
    if is_lazy(jump_off, assumptions):
        if checkpoint is not None:
            raise SchemaError(
                "project_summary: a run on dask arrays keeps no checkpoint; its scheduler does what is lost again. "
                "Leave out checkpoint, or .compute() the inputs."
            )
        return lazy_summary(plan, chunks or {})
    if not isinstance(checkpoint, str | Path | None):
        raise SchemaError(f"checkpoint: {checkpoint!r} is no path of a folder.")
    kept = Checkpoint(None if checkpoint is None else Path(checkpoint), _identity(plan, active=checkpoint is not None))
    with shown(progress, "draws") as show:
        result = _result(_Run(plan, kept, show), checkpoint)
    kept.remove()
    return result


def _result(run: "_Run", checkpoint: str | Path | None) -> xr.Dataset:
    try:
        return run.collect()
    except KeyboardInterrupt:
        where = (
            "Nothing was kept; name a checkpoint to be able to go on."
            if checkpoint is None
            else (f"Start it again with checkpoint={str(checkpoint)!r} and it goes on from there.")
        )
        raise KeyboardInterrupt(f"project_summary: interrupted after {run.done} of {run.jobs} jobs. {where}") from None


def _identity(plan: Plan, *, active: bool) -> dict[str, str]:
    if not active:
        return {}
    if plan.projector.projection is not None:
        raise SchemaError(
            "checkpoint: whether a projection of your own is that of an earlier run cannot be seen. Leave out "
            "checkpoint."
        )
    futures = plan.futures
    return fingerprint(
        {
            "population": plan.inputs.people,
            "assumptions": futures.baseline,
            "factors": dict(futures.factors),
            "levels": futures.levels,
            "draws": plan.draws,
            "seed": futures.seed,
            "whole_persons": futures.whole_persons,
            "reduce": plan.reduce,
            "convention": plan.projector.convention,
            "engine": plan.projector.kernel,
            "chunks": dict(plan.chunks),
        }
    )


class _Run:
    """Blocks in flight: jobs run on threads, their results are taken up in the order of the areas."""

    def __init__(self, plan: Plan, kept: Checkpoint, show: Progress) -> None:
        self._plan, self._kept, self._show = plan, kept, show
        self._areas, self._draws = plan.area_blocks(), plan.draw_blocks()
        self._arrays = BareArrays.of(plan.inputs)
        self._regions = np.zeros(plan.projector.shape(len(plan.reduce.regions), plan.draws))
        self.jobs = len(self._areas) * len(self._draws)
        self._reducing: deque[tuple[_Block, Future[dict[str, Array]]]] = deque()
        self.done = 0

    def collect(self) -> xr.Dataset:
        """Run all blocks and put their results together."""
        collected = _Collected(self._plan)
        pool = ThreadPoolExecutor(self._plan.workers, thread_name_prefix="kompaslite")
        try:
            for number, arrays in self._blocks(pool):
                collected.put(self._areas[number], arrays)
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            self._rescue()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        if self._plan.reduce.regions:
            collected.put(slice(len(self._plan.areas), None), reduced(self._regions, self._plan.reduce))
        return collected.dataset()

    def _blocks(self, pool: ThreadPoolExecutor) -> Iterator[tuple[int, Mapping[str, Array]]]:
        """Reduced blocks in order; so many are in flight that no thread waits."""
        flying: deque[_Block] = deque()
        reducing = self._reducing
        ahead = 1 + self._plan.workers // len(self._draws)
        for number in range(len(self._areas)):
            found = self._kept.finished(number)
            if found is not None:
                self._regions[...] = found.pop(_REGIONS)
                self._count(len(self._draws))
                yield number, found
                continue
            flying.append(self._start(pool, number))
            while len(flying) > ahead:
                reducing.append(self._fold(pool, flying.popleft()))
            while len(reducing) > self._plan.workers:
                yield self._finish(*reducing.popleft())
        while flying:
            reducing.append(self._fold(pool, flying.popleft()))
        while reducing:
            yield self._finish(*reducing.popleft())

    def _start(self, pool: ThreadPoolExecutor, number: int) -> "_Block":
        areas = self._areas[number]
        sums = _space_for(self._plan.projector.shape(areas.stop - areas.start, self._plan.draws))
        jobs = [pool.submit(self._job, number, job, sums) for job in range(len(self._draws))]
        return _Block(number, sums, jobs)

    def _job(self, number: int, job: int, sums: Array) -> None:
        draws = self._draws[job]
        known = self._kept.job(number, job)
        if known is not None:
            sums[..., draws] = known
            return
        areas = self._areas[number]
        arrays = self._arrays.cut(Block(areas, draws))
        self._plan.projector.fill(arrays, self._plan.areas[areas], draws, sums[..., draws])
        if len(self._areas) == 1 < len(self._draws):
            self._kept.keep_job(number, job, sums[..., draws])

    def _fold(self, pool: ThreadPoolExecutor, block: "_Block") -> "tuple[_Block, Future[dict[str, Array]]]":
        """Add a complete block to the regions, area after area, before its draws are sorted."""
        for job in block.jobs:
            job.result()
            self._count(1)
        add_to_regions(self._regions, block.sums, self._plan.reduce, self._plan.areas[self._areas[block.number]])
        block.regions = self._regions.copy() if self._kept.folder is not None else None
        return block, pool.submit(reduced, block.sums, self._plan.reduce)

    def _finish(self, block: "_Block", reducing: "Future[dict[str, Array]]") -> tuple[int, Mapping[str, Array]]:
        arrays = reducing.result()
        if block.regions is not None:
            self._kept.finish(block.number, arrays | {_REGIONS: block.regions})
        return block.number, arrays

    def _rescue(self) -> None:
        """Keep the blocks whose draws are complete, although the run ends here."""
        for block, reducing in self._reducing:
            arrays = reduced(block.sums, self._plan.reduce) if reducing.cancelled() else reducing.result()
            if block.regions is not None:
                self._kept.finish(block.number, arrays | {_REGIONS: block.regions})

    def _count(self, jobs: int) -> None:
        self.done += jobs
        self._show(self.done, self.jobs)


@dataclass(slots=True, eq=False)
class _Block:
    """Areas whose draws are being made."""

    number: int
    sums: Array
    jobs: list[Future[None]]
    regions: Array | None = None


def _space_for(shape: tuple[int, ...]) -> Array:
    """An array to write in: in memory, or in a temporary file where it is large."""
    size = 8 * int(np.prod(shape))
    if size <= IN_MEMORY:
        return np.empty(shape)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=np.float64, mode="w+", shape=shape)


class _Collected:
    """Room for the whole result.

    Parameters
    ----------
    plan : Plan
        Its labels.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._areas = [*plan.areas, *plan.reduce.regions]
        self._arrays: dict[str, Array] = {}

    def put(self, areas: slice, arrays: Mapping[str, Array]) -> None:
        """Take in the result of some areas, or of the regions behind them."""
        for name, part in arrays.items():
            if name not in self._arrays:
                shape = list(part.shape)
                shape[_AREA_AXIS] = len(self._areas)
                self._arrays[name] = np.empty(shape)
            self._arrays[name][..., areas, :, :] = part

    def dataset(self) -> xr.Dataset:
        """The result with labels."""
        return self._plan.labelled(self._arrays)

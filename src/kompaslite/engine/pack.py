"""A job as the plain tuples of arrays that the scalar loops take, and its blocks shared out among threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import prod

import numpy as np

from kompaslite.engine import rows
from kompaslite.engine.arrays import Array
from kompaslite.engine.cells import Rule
from kompaslite.engine.layout import Job, Results
from kompaslite.engine.loops import run_loops
from kompaslite.engine.step import ROUNDING

_AXES = {"sex_ratio_at_birth": 2, "moves": 4}
#: Units per block, about: long enough to stream through memory, short enough to share out evenly.
UNITS = 64
#: Bytes of one flow from which results are written past the cache.
STREAMED = 8 * 2**20
_NEVER = np.iinfo(np.int64).max


def run_blocks(job: Job, run: Callable[..., None] = run_loops, *, threads: int | None = 1) -> Results:
    """Project all units by the scalar loops, as they stand or compiled."""
    threads = threads or processors()
    results = Results.empty(job)
    results.population[0] = job.jump_off.at(0)
    blocks = blocks_of(job, threads)
    inputs, outputs, rule = inputs_of(job), outputs_of(job, results, len(blocks)), rule_of(job)

    def run_block(block: rows.Block) -> None:
        run(inputs, outputs, rule, block, rows.buffers_for(job.areas, job.layout.ages.size, job.dtype))

    if min(threads, len(blocks)) == 1:
        for block in blocks:
            run_block(block)
    else:
        with ThreadPoolExecutor(threads, thread_name_prefix="kompaslite") as pool:
            list(pool.map(run_block, blocks))
    take_down(results, outputs)
    return results


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blocks_of(job: Job, threads: int) -> list[rows.Block]:
    """Units of about equal blocks, in whole rounds of all threads; coupled areas stay together."""
    groups, units = job.layout.units // job.areas, job.layout.units
    rounds = -(-units // (UNITS * threads))
    length = -(-groups // (rounds * threads)) * job.areas
    spans = [(first, min(first + length, units)) for first in range(0, units, length)]
    early = bool("net_migration" in job.fields and job.convention.net_at_start)
    leaving = -1 if "moves" in job.fields or job.convention.rates_by == "start" else _only(job, (rows.OUT, rows.ABROAD))
    coming = -1 if "moves" in job.fields or early else _only(job, (rows.COMING, rows.IMMIGRATION, rows.NET))
    return [rows.Block(leaving, coming, job.areas, *span, number) for number, span in enumerate(spans)]


def _only(job: Job, numbers: tuple[int, ...]) -> int:
    there = [number for number in numbers if rows.NAMES[number] in job.fields]
    return there[0] if len(there) == 1 else -1


def rule_of(job: Job) -> Rule:
    """A convention as numbers."""
    convention = job.convention
    return Rule(
        of_death=_floats(convention.death_shares),
        of_exit=_floats(convention.exit_shares),
        of_infant_death=_floats(convention.infant_death_shares),
        of_infant_exit=_floats(convention.infant_exit_shares),
        women_start=float(convention.women_start),
        women_end=float(convention.women_end),
        by_cohort=int(convention.women_by == "cohort"),
        survivors=int(convention.women_counted == "survivors"),
        by_start=int(convention.rates_by == "start"),
        net_at_start=float(convention.net_at_start),
        years=float(job.layout.step),
        clip=int(job.clip),
        rounding=float(ROUNDING * np.finfo(job.dtype).eps),
        stream=int(job.layout.years.size * prod(job.shape) * job.dtype.itemsize >= STREAMED),
    )


def _floats(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    return float(shares[0]), float(shares[1]), float(shares[2])


def inputs_of(job: Job) -> rows.Inputs:
    """Assumptions in numbered order; an absent one is an empty place that is never read."""
    arrays = [_array(job, name) for name in rows.NAMES]
    own = np.zeros((len(arrays), job.layout.units), np.int64)
    for number, name in enumerate(rows.NAMES):
        if name in job.fields:
            own[number] = job.fields[name].index
    bounds = [job.bounds.get(name, (0.0, 0.0)) for name in rows.NAMES]
    mortality, out, abroad, coming, immigration, net, adjustment, fertility, sex_ratio, moves, allotment = arrays
    return rows.Inputs(
        cells=(mortality, out, abroad, coming, immigration, net, adjustment),
        fertility=fertility,
        sex_ratio=sex_ratio,
        moves=moves,
        allotment=allotment,
        own=own,
        timed=np.array([len(array) > 1 for array in arrays], np.int64),
        present=np.array([name in job.fields for name in rows.NAMES], np.int64),
        low=np.array([low for low, _ in bounds]),
        high=np.array([high for _, high in bounds]),
    )


def _array(job: Job, name: str) -> Array:
    if name not in job.fields:
        return np.zeros((1,) * _AXES.get(name, 3), job.dtype)
    data = job.fields[name].data
    if name not in ("fertility", "sex_ratio_at_birth", "birth_allotment"):
        data = _in_cells(data)
    return np.require(data, requirements=["C", "W"])


def _in_cells(data: Array) -> Array:
    """Sex and age as one axis."""
    return data.reshape(*data.shape[:-2], data.shape[-2] * data.shape[-1])


def outputs_of(job: Job, results: Results, blocks: int) -> rows.Outputs:
    """Results in numbered order; a flow that is not kept is an empty place that is never written."""
    nowhere = np.zeros((1, 1, 1), job.dtype)
    births, deaths, out, abroad, going, coming = (
        _in_cells(results.flows[name]) if name in results.flows else nowhere for name in rows.FLOWS
    )
    return rows.Outputs(
        population=_in_cells(results.population),
        flows=(births, deaths, out, abroad, going, coming),
        kept=np.array([name in results.flows for name in rows.FLOWS], np.int64),
        clipped=nowhere if results.clipped is None else _in_cells(results.clipped),
        broken=np.zeros(blocks, np.int64),
        short=np.full(blocks, _NEVER),
    )


def take_down(results: Results, outputs: rows.Outputs) -> None:
    """Note what the loops report beside their numbers."""
    first = int(outputs.short.min())
    results.broken = bool(outputs.broken.any())
    results.short = None if first == _NEVER else first

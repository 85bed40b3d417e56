"""The scalar loops, compiled by numba and run on several threads; imported only when they are wanted."""

import os
from collections.abc import Callable
from threading import Thread
from typing import Any

import numba
from numba.extending import register_jitable

from kompaslite.kernels import direct, loops, scalars
from kompaslite.kernels.pack import given_of, lane_of, rule_of, take_down, taken_of
from kompaslite.kernels.run import Job, Results

#: Units per block, about: long enough to stream through memory, short enough to share out evenly.
UNITS = 64

for _helper in (*scalars.HELPERS, *loops.HELPERS, *direct.HELPERS):
    register_jitable(error_model="numpy")(_helper)


def _compile(function: Callable[..., None]) -> Any:
    try:
        return numba.njit(function, error_model="numpy", nogil=True, cache=True)
    except RuntimeError:  # there is no folder to cache in
        return numba.njit(function, error_model="numpy", nogil=True)


_run_tables = _compile(loops.run_tables)
_run_direct = _compile(direct.run_direct)


def run_compiled(job: Job, *, threads: int | None = None) -> Results:
    """Project all units by the compiled loops.

    Parameters
    ----------
    job : Job
        What to project.
    threads : int, optional
        At most so many; as many as there are processors if None.

    Returns
    -------
    Results
    """
    threads = threads or os.cpu_count() or 1
    results = Results.empty(job)
    results.population[0] = job.jump_off.at(0)
    spans = _spans(job, threads)
    given, taken, rule = given_of(job), taken_of(job, results, len(spans)), rule_of(job)
    lane = lane_of(job)

    def run(block: int) -> None:
        first, last = spans[block]
        if lane is None:
            _run_tables(given, taken, rule, (first, last, job.areas, block))
        else:
            _run_direct(given, taken, rule, direct.Lane(*lane, first, last, block))

    _share_out(run, len(spans), threads)
    take_down(results, taken)
    return results


def _spans(job: Job, threads: int) -> list[tuple[int, int]]:
    """First unit of every block and the one behind its last; coupled areas stay together."""
    groups = job.layout.units // job.areas
    rounds = -(-job.layout.units // (UNITS * threads))
    length = -(-groups // (rounds * threads)) * job.areas
    return [(first, min(first + length, job.layout.units)) for first in range(0, job.layout.units, length)]


def _share_out(run: Callable[[int], None], blocks: int, threads: int) -> None:
    """Let threads take blocks until none is left; the caller is one of them, and sees the first failure."""
    waiting = iter(range(blocks))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for block in waiting:
                run(block)
        except BaseException as failure:
            failures.append(failure)

    others = [Thread(target=work) for _ in range(min(threads, blocks) - 1)]
    for other in others:
        other.start()
    work()
    for other in others:
        other.join()
    if failures:
        raise failures[0]

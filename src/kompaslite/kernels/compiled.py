"""The scalar loops, compiled by numba; imported only when they are wanted."""

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import register_jitable

from kompaslite.kernels import direct, loops, scalars
from kompaslite.kernels.run import Job, Results
from kompaslite.kernels.spans import run_spans

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
    return run_spans(job, _run_tables, _run_direct, threads=threads)

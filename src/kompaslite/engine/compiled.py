"""The scalar loops, compiled by numba; imported only when they are wanted."""

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import register_jitable

from kompaslite.engine import cells, direct, loops, scalars, tables
from kompaslite.engine.run import Job, Results
from kompaslite.engine.spans import run_spans
from kompaslite.engine.stream import register

# nothing in the loops allocates, so that arrays need not be counted in and out of every function
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "fastmath": {"contract"}}

register(_OPTIONS)
for _helper in (*scalars.HELPERS, *cells.HELPERS, *direct.HELPERS, *tables.HELPERS, *loops.HELPERS):
    register_jitable(forceinline=True, **_OPTIONS)(_helper)


def _compile(function: Callable[..., None]) -> Any:
    try:
        return numba.njit(function, nogil=True, cache=True, **_OPTIONS)
    except RuntimeError:  # there is no folder to cache in
        return numba.njit(function, nogil=True, **_OPTIONS)


_run_tables = _compile(loops.run_tables)
_run_direct = _compile(direct.run_direct)


def run_compiled(job: Job, *, threads: int | None = None) -> Results:
    """Project all units by the compiled loops."""
    return run_spans(job, _run_tables, _run_direct, threads=threads)

"""The loop over units, compiled by numba; imported only when it is wanted."""

from typing import Any

import numba
from numba.extending import register_jitable

import kompaslite.engine.compiled  # noqa: F401 - its loops are compiled along with those here
from kompaslite.engine.direct import run_direct
from kompaslite.uncertainty.summary import units

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}

# a call of the plain step inside the loop is compiled to a call of the compiled one
register_jitable(**_OPTIONS)(run_direct)
for _helper in units.HELPERS:
    register_jitable(forceinline=True, **_OPTIONS)(_helper)


def _compile() -> Any:
    try:
        return numba.njit(units.run_units, nogil=True, cache=True, **_OPTIONS)
    except RuntimeError:  # there is no folder to cache in
        return numba.njit(units.run_units, nogil=True, **_OPTIONS)


run_compiled_units = _compile()

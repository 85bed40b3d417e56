"""The loop over units, compiled by numba; imported only when it is wanted."""

from typing import Any

from numba.extending import register_jitable

from kompaslite.engine.compiled import compile_loop
from kompaslite.engine.loops import run_loops
from kompaslite.uncertainty.summary import units

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}

# a call of the plain loop over years inside the loop over units is compiled to a call of the compiled one
register_jitable(**_OPTIONS)(run_loops)
for _helper in units.HELPERS:
    register_jitable(forceinline=True, **_OPTIONS)(_helper)

run_compiled_units = compile_loop(units.run_units, _OPTIONS)

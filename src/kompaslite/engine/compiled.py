"""The scalar loops, compiled by numba; imported only when they are wanted."""

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from kompaslite.engine import cells, loops, rows
from kompaslite.engine.arrays import Array
from kompaslite.engine.cells import Place, store_row
from kompaslite.engine.layout import Job, Results
from kompaslite.engine.pack import run_blocks

# nothing in the loops allocates, so that arrays need not be counted in and out of every function
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "fastmath": {"contract"}}

#: Numbers that one store holds, and bytes that it must be aligned to.
_WIDE, _NARROW = 8, 2


def _pointer(*arguments: Any) -> Any:
    """Address of an item of an array."""
    return cgutils.get_item_pointer(*arguments)  # type: ignore[no-untyped-call]


def _past_the_cache(numbers: int) -> Any:
    """Return a function that writes so many neighbouring numbers at once, without reading their place first."""

    @intrinsic
    def write(typing_context: Any, row: Any, area: Any, cell: Any, into: Any, year: Any, unit: Any) -> Any:  # noqa: ARG001, PLR0917
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, target = (context.make_array(signature.args[i])(context, builder, values[i]) for i in (0, 3))
            at_area, first, at_year, at_unit = (
                context.cast(builder, values[i], signature.args[i], types.intp) for i in (1, 2, 4, 5)
            )
            nil = ir.Constant(first.type, 0)
            read = _pointer(context, builder, signature.args[0], source, [nil, at_area, first])
            written = _pointer(context, builder, signature.args[3], target, [at_year, at_unit, first])
            several = ir.VectorType(ir.DoubleType(), numbers).as_pointer()
            together = builder.load(builder.bitcast(read, several), align=8)
            store = builder.store(together, builder.bitcast(written, several), align=8 * numbers)
            store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
            return context.get_dummy_value()

        return types.void(row, area, cell, into, year, unit), generate

    return write


@intrinsic
def _address(typing_context: Any, into: Any, year: Any, unit: Any) -> Any:  # noqa: ARG001
    """Address of the first number of a row."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        target = context.make_array(signature.args[0])(context, builder, values[0])
        places = [context.cast(builder, values[i], signature.args[i], types.intp) for i in (1, 2)]
        places.append(ir.Constant(places[0].type, 0))
        pointer = _pointer(context, builder, signature.args[0], target, places)
        return builder.ptrtoint(pointer, ir.IntType(64))

    return types.int64(into, year, unit), generate


_write_wide, _write_narrow = _past_the_cache(_WIDE), _past_the_cache(_NARROW)


def _streaming(row: Array, into: Array, places: tuple[Place, Place], stream: int) -> None:
    """Write a row past the cache: a result that is not read again soon need not be read before it is written."""
    (r0, r1), (year, unit) = places
    last = row.shape[2]
    address = int(_address(into, year, unit))  # type: ignore[call-arg]
    if not stream or address % (8 * _NARROW) or last % _NARROW:
        for cell in range(last):
            into[year, unit, cell] = row[r0, r1, cell]
        return
    # narrow steps to the next border of a wide one, wide steps, and narrow ones for the rest
    cell = 0
    while cell < last and (address // 8 + cell) % _WIDE:
        _write_narrow(row, r1, cell, into, year, unit)
        cell += _NARROW
    while cell + _WIDE <= last:
        _write_wide(row, r1, cell, into, year, unit)
        cell += _WIDE
    while cell < last:
        _write_narrow(row, r1, cell, into, year, unit)
        cell += _NARROW


@overload(store_row, jit_options=_OPTIONS, strict=False)  # type: ignore[arg-type]
def _store_row(row: Any, into: Any, places: Any, stream: Any) -> Any:  # noqa: ARG001
    return _streaming if into.dtype == types.float64 else store_row


for _helper in (*cells.HELPERS, *rows.HELPERS, *loops.HELPERS):
    register_jitable(forceinline=True, **_OPTIONS)(_helper)
for _function in (*rows.APART, *loops.APART):
    register_jitable(**_OPTIONS)(_function)


def compile_loop(function: Callable[..., None], options: dict[str, Any]) -> Any:
    """Compile a loop, and keep it for the next session where there is a folder to keep it in."""
    try:
        return numba.njit(function, nogil=True, cache=True, **options)
    except RuntimeError:
        return numba.njit(function, nogil=True, **options)


_run_loops = compile_loop(loops.run_loops, _OPTIONS)


def run_compiled(job: Job, *, threads: int | None = None) -> Results:
    """Project all units by the compiled loops."""
    return run_blocks(job, _run_loops, threads=threads)

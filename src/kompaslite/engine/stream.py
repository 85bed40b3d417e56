"""Rows written to memory past the cache: a result that is not read again soon need not be read before it is written."""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from kompaslite.engine.arrays import Array
from kompaslite.engine.scalars import Place, store_row

#: Numbers that one store holds, and bytes that it must be aligned to.
_WIDE, _NARROW = 8, 2


def _pointer(*arguments: Any) -> Any:
    """Address of an item of an array."""
    return cgutils.get_item_pointer(*arguments)  # type: ignore[no-untyped-call]


def _past_the_cache(numbers: int) -> Any:
    """Return a function that writes so many neighbouring numbers at once, without reading their place first."""

    @intrinsic
    def write(typing_context: Any, row: Any, cell: Any, into: Any, year: Any, unit: Any) -> Any:  # noqa: ARG001, PLR0917
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, target = (context.make_array(signature.args[i])(context, builder, values[i]) for i in (0, 2))
            first, at_year, at_unit = (
                context.cast(builder, values[i], signature.args[i], types.intp) for i in (1, 3, 4)
            )
            nil = ir.Constant(first.type, 0)
            read = _pointer(context, builder, signature.args[0], source, [nil, nil, first])
            written = _pointer(context, builder, signature.args[2], target, [at_year, at_unit, first])
            several = ir.VectorType(ir.DoubleType(), numbers).as_pointer()
            together = builder.load(builder.bitcast(read, several), align=8)
            store = builder.store(together, builder.bitcast(written, several), align=8 * numbers)
            store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
            return context.get_dummy_value()

        return types.void(row, cell, into, year, unit), generate

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


def _streaming(row: Array, into: Array, place: Place, stream: int) -> None:
    year, unit = place
    last = row.shape[2]
    address = int(_address(into, year, unit))  # type: ignore[call-arg]
    if not stream or address % (8 * _NARROW) or last % _NARROW:
        for cell in range(last):
            into[year, unit, cell] = row[0, 0, cell]
        return
    # narrow steps to the next border of a wide one, wide steps, and narrow ones for the rest
    cell = 0
    while cell < last and (address // 8 + cell) % _WIDE:
        _write_narrow(row, cell, into, year, unit)
        cell += _NARROW
    while cell + _WIDE <= last:
        _write_wide(row, cell, into, year, unit)
        cell += _WIDE
    while cell < last:
        _write_narrow(row, cell, into, year, unit)
        cell += _NARROW


def register(options: dict[str, Any]) -> None:
    """Let compiled code write double precision past the cache, and all else as it stands."""

    @overload(store_row, jit_options=options, strict=False)  # type: ignore[arg-type]
    def _store_row(row: Any, into: Any, place: Any, stream: Any) -> Any:  # noqa: ARG001
        return _streaming if into.dtype == types.float64 else store_row

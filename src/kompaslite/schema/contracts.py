"""Contracts: checks that say what is wrong, where it is first seen, how often, and how to mend it."""

import operator
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import xarray as xr

from kompaslite.schema.dims import DIMS, require_array
from kompaslite.schema.errors import SchemaError, describe_cell, first_cell, short_list


def require_dims(
    array: xr.DataArray, name: str, *, needed: Sequence[str] = (), allowed: Sequence[str] | None = DIMS
) -> None:
    """Raise unless the array has the needed dimensions and no others than the allowed ones."""
    require_array(array, name)
    missing = [dim for dim in needed if dim not in array.dims]
    known = array.dims if allowed is None else (*needed, *allowed)
    surplus = [str(dim) for dim in array.dims if dim not in known]
    if missing:
        raise SchemaError(
            f"{name}: dimension {short_list(missing)} is missing; it has {short_list(array.dims)}. "
            f"Add it with .expand_dims({missing[0]}=[...])."
        )
    if surplus:
        raise SchemaError(
            f"{name}: dimension {short_list(surplus)} is not known here; allowed are {short_list(known, most=9)}. "
            "Rename it with .rename(...), or select one label of it with .sel(...)."
        )


def require_labels(
    array: xr.DataArray,
    dim: Hashable,
    labels: Sequence[object] | np.ndarray,
    name: str,
    *,
    against: str = "the population",
) -> xr.DataArray:
    """Return the array with exactly these labels, in this order."""
    require_array(array, name)
    if dim not in array.coords:
        raise SchemaError(f"{name}: dimension {dim} has no labels. Add them with .assign_coords({dim}=[...]).")
    have, want = array[dim].values.tolist(), list(np.asarray(labels).tolist())
    if have == want:
        return array
    known, wanted = set(have), set(want)
    missing = [label for label in want if label not in known]
    surplus = [label for label in have if label not in wanted]
    if missing:
        raise SchemaError(
            f"{name}: {len(missing)} labels of dimension {dim} are missing that {against} has: {short_list(missing)}. "
            f"Add the missing rows, or select the common labels of both with .sel({dim}=...)."
        )
    if surplus:
        raise SchemaError(
            f"{name}: {len(surplus)} labels of dimension {dim} are surplus, {against} does not have them: "
            f"{short_list(surplus)}. Remove them with .sel({dim}=...), or sum them into labels that are there."
        )
    if len(have) > len(known):
        double = next(label for i, label in enumerate(have) if label in have[:i])
        raise SchemaError(
            f"{name}: {len(have) - len(known)} labels of dimension {dim} occur more than once; the first is {double}. "
            "Remove or add up the double rows first."
        )
    return array.sel({dim: want})


def require_values(
    array: xr.DataArray,
    name: str,
    *,
    low: float = float("-inf"),
    high: float = float("inf"),
    words: str = "are not finite numbers",
    mend: str = "Correct or remove them.",
) -> None:
    """Raise unless every value is a finite number within the bounds."""
    values = array.values
    if values.dtype.kind not in "iuf":
        raise SchemaError(f"{name}: values are of type {values.dtype}, not numbers. Convert them with .astype(float).")
    # two reductions instead of a mask: NaN fails both comparisons, and the common case allocates nothing
    if values.size == 0 or (values.min() >= low and values.max() <= high and _finite_ends(values)):
        return
    bad = array.copy(data=~((values >= low) & (values <= high) & np.isfinite(values)))
    cell = first_cell(bad)
    first = array.sel({dim: label for dim, label in cell.items() if dim in array.coords}).values
    raise SchemaError(
        f"{name}: {int(bad.sum()):,} of {values.size:,} values {words}; "
        f"the first is {float(np.ravel(first)[0]):g} at {describe_cell(cell)}. {mend}"
    )


def _finite_ends(values: np.ndarray) -> bool:
    return bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def require_unit(array: xr.DataArray, name: str, unit: str) -> None:
    """Raise unless ``attrs["units"]`` is the unit that is meant."""
    require_array(array, name)
    have = array.attrs.get("units")
    if have is None:
        raise SchemaError(
            f"{name}: no unit. If the values are in {unit}, say so with .assign_attrs(units={unit!r}); "
            "sums over several years must be divided by their number first."
        )
    if have != unit:
        raise SchemaError(
            f"{name}: the unit is {have!r} where {unit!r} is needed. Convert the values, then set "
            f".assign_attrs(units={unit!r})."
        )


def require_whole(value: object, name: str, *, low: int = 0, mend: str = "") -> int:
    """Return a whole number, if it is one and large enough."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = low - 1
    if number < low or isinstance(value, bool):
        raise SchemaError(f"{name}: {value!r} is not a whole number of at least {low}.{mend and ' ' + mend}")
    return number


def require_years(years: object, name: str) -> list[int]:
    """Return years as whole numbers, in the order given."""
    mend = f"Give a sequence of whole years, for example {name}=range(2015, 2021)."
    if isinstance(years, str) or not isinstance(years, Iterable):
        raise SchemaError(f"{name}: {years!r} is no sequence of years. {mend}")
    return [require_whole(year, name, mend=mend) for year in years]

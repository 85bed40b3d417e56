"""Contracts: checks that say what is wrong, where it is first seen, how often, and how to mend it."""

import operator
from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.schema.dims import DIMS, OUTER, require_array
from kompaslite.schema.errors import KompasliteError, SchemaError, describe_cell, first_cell, short_list


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


def require_alike(
    array: xr.DataArray, like: xr.DataArray, name: str, *, against: str = "the population"
) -> xr.DataArray:
    """Return the array with the labels of another one, in its order, in every dimension that both have."""
    for dim in array.dims:
        if dim in like.dims:
            array = require_labels(array, dim, like[dim].values, name, against=against)
    return array


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
    reject(bad, array, f"{name}: {{bad}} of {{all}} values {words}; the first is {{first:g}} at {{cell}}.", mend)


def _finite_ends(values: np.ndarray) -> bool:
    return bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def reject(
    bad: xr.DataArray,
    values: xr.DataArray | None,
    words: str,
    mend: str = "",
    *,
    error: type[KompasliteError] = SchemaError,
) -> None:
    """Raise if any cell is bad, saying how many are and which is the first.

    Parameters
    ----------
    bad : xr.DataArray
        Booleans of any dimensions: true where a cell breaks the contract.
    values : xr.DataArray, optional
        What the message shows of the first bad cell; it may lack dimensions of `bad`.
    words : str
        What is wrong, with places for ``{bad}`` (how many), ``{all}`` (of how many), ``{first}`` (the value) and
        ``{cell}`` (its labels).
    mend : str
        What usually helps.
    error : type
        What to raise.

    Raises
    ------
    KompasliteError
        Of the type `error`, if any cell is bad.

    Examples
    --------
    >>> import xarray as xr
    >>> rest = xr.DataArray([2.0, -1.0], coords={"area": ["0301", "3201"]})
    >>> reject(rest < 0.0, rest, "districts: {bad} of {all} are below nobody; the first is {first:g} at {cell}.")
    Traceback (most recent call last):
        ...
    kompaslite.schema.errors.SchemaError: districts: 1 of 2 are below nobody; the first is -1 at area 3201.
    """
    count = int(bad.values.sum())
    if not count:
        return
    cell = first_cell(bad)
    first = None if values is None else _value_at(values, cell, bad)
    text = words.format(bad=_Count(count), all=_Count(bad.size), first=first, cell=describe_cell(cell))
    raise error(f"{text} {mend}".rstrip())


class _Count(int):
    """A count that is written with separators of thousands."""

    def __format__(self, spec: str) -> str:
        return format(int(self), spec or ",")


def _value_at(values: xr.DataArray, cell: Mapping[Hashable, object], bad: xr.DataArray) -> object:
    position = np.unravel_index(int(np.argmax(bad.values)), bad.shape)
    labelled = {dim: label for dim, label in cell.items() if dim in values.dims and dim in values.coords}
    bare = {
        dim: int(at) for dim, at in zip(bad.dims, position, strict=True) if dim in values.dims and dim not in labelled
    }
    return values.sel(labelled).isel(bare).item()


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


def common_scalars(arrays: Mapping[str, xr.DataArray | xr.Dataset]) -> dict[str, object]:
    """Labels of single areas, draws, origins and scenarios, after checking that all arrays mean the same ones.

    An array of one selected area, say, keeps its code as a label without a dimension. It belongs with arrays of the
    same area only, and with those that have no areas at all.

    Parameters
    ----------
    arrays : mapping of str to xr.DataArray or xr.Dataset
        What is used together, by the name that an error gives it.

    Returns
    -------
    dict
        Dimension to the one label, for those dimensions that are scalar in some array and long in none.

    Raises
    ------
    SchemaError
        Naming both arrays and their labels where a scalar label meets another one, or several.

    Examples
    --------
    >>> import xarray as xr
    >>> one = xr.DataArray(1.0, coords={"area": "9901"})
    >>> common_scalars({"people": one, "rates": xr.DataArray(0.5)})
    {'area': '9901'}
    """
    found: dict[str, object] = {}
    for dim in OUTER:
        have = {name: array[dim].values for name, array in arrays.items() if dim in array.coords}
        single = {name: labels.item() for name, labels in have.items() if labels.ndim == 0}
        if not single:
            continue
        name, label = next(iter(single.items()))
        for other, labels in have.items():
            if labels.ravel().tolist() != [label]:
                raise SchemaError(
                    f"{name} is of {dim} {label}, but {other} is of {dim} {short_list(labels.ravel().tolist())}. "
                    f"Select the same {dim} in both, or keep the dimension {dim} with .sel({dim}=[...])."
                )
        if all(labels.ndim == 0 for labels in have.values()):
            found[dim] = label
    return found

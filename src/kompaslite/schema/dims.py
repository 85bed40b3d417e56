"""Dimensions, their order, and the labels that they carry."""

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from kompaslite.schema.errors import SchemaError, short_list

#: Dimensions that any input may carry, in this order.
OUTER: tuple[str, ...] = ("scenario", "draw", "origin", "area")
#: All dimensions of a population, in this order.
DIMS: tuple[str, ...] = (*OUTER, "sex", "age", "year")
#: Labels of the dimension ``sex``, in this order.
SEXES: tuple[str, str] = ("female", "male")


def in_order(dims: Sequence[Hashable]) -> tuple[str, ...]:
    """Known dimensions in the order of the library, any others behind them."""
    names = [str(dim) for dim in dims]
    return tuple([dim for dim in DIMS if dim in names] + [dim for dim in names if dim not in DIMS])


def require_array(array: object, name: str) -> None:
    """Raise unless this is a labelled array."""
    if not isinstance(array, xr.DataArray):
        raise SchemaError(
            f"{name}: a labelled array (xarray.DataArray) is needed, not {type(array).__name__}. Values are aligned by "
            "label, never by position: make one with xarray.DataArray(values, coords={...})."
        )


def require_dataset(dataset: object, name: str) -> None:
    """Raise unless this is a Dataset."""
    if not isinstance(dataset, xr.Dataset):
        raise SchemaError(f"{name}: a Dataset (xarray.Dataset) of variables is needed, not {type(dataset).__name__}.")


def conform(array: xr.DataArray, name: str) -> xr.DataArray:
    """Put dimensions and labels in the library's order, after checking the labels."""
    require_array(array, name)
    array = _in_plain_numbers(array)
    if array.encoding:  # how a file once packed it says nothing of what it is now
        array = array.drop_encoding()
    for dim in array.dims:
        _check_labels(array, str(dim), name)
    array = array.transpose(*in_order(array.dims))
    for dim in ("age", "year"):
        if dim in array.dims and not _is_ascending(array[dim].values):
            array = array.sortby(dim)
    if "sex" in array.dims and tuple(array["sex"].values) != SEXES[: array.sizes["sex"]]:
        array = array.sel(sex=[sex for sex in SEXES if sex in array["sex"].values])
    return array


def _in_plain_numbers(array: xr.DataArray) -> xr.DataArray:
    """Whole numbers as int64 and half or long floats as float64, so that no sum or difference wraps or overflows."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind in "iu" and array.dtype != np.int64:
        return array.astype(np.int64 if kind == "i" or size < 8 or array.size == 0 or _fits(array) else float)
    return array.astype(float) if kind == "f" and size not in (4, 8) else array


def _fits(array: xr.DataArray) -> bool:
    return bool(array.max() <= np.iinfo(np.int64).max)


def _is_ascending(labels: np.ndarray) -> bool:
    return bool(np.all(labels[1:] > labels[:-1]))


def _check_labels(array: xr.DataArray, dim: str, name: str) -> None:
    if dim not in array.coords:
        raise SchemaError(
            f"{name}: dimension {dim} has no labels. Values are aligned by label, never by position; "
            f"add them with .assign_coords({dim}=[...])."
        )
    labels = array[dim].values
    if len(set(labels.tolist())) < labels.size:
        seen = labels.tolist()
        double = sorted({label for label in seen if seen.count(label) > 1}, key=str)
        raise SchemaError(
            f"{name}: {len(double)} labels of dimension {dim} occur more than once; the first is {double[0]}. "
            "Remove or add up the double rows first."
        )
    if dim == "sex":
        _check_sexes(labels, name)
    elif dim == "area":
        _check_areas(labels, name)
    elif dim in ("age", "year"):
        _check_whole(labels, dim, name)


def _check_sexes(labels: np.ndarray, name: str) -> None:
    unknown = [label for label in labels.tolist() if label not in SEXES]
    if unknown:
        raise SchemaError(
            f"{name}: unknown label in dimension sex: {short_list(unknown)}. "
            f"The labels are {SEXES[0]} and {SEXES[1]}; rename them with .assign_coords(sex=[...])."
        )


def _check_areas(labels: np.ndarray, name: str) -> None:
    numbers = [label for label in labels.tolist() if not isinstance(label, str)]
    if numbers:
        raise SchemaError(
            f"{name}: {len(numbers)} area codes are not text; the first is {numbers[0]!r}. "
            'Area codes are text, because 301 is not "0301": read them as text from the start.'
        )


def _check_whole(labels: np.ndarray, dim: str, name: str) -> None:
    if labels.dtype.kind not in "iu":
        first = f"the first is {labels.ravel().astype(object)[0]!r}" if labels.size else "there are none"
        raise SchemaError(
            f"{name}: labels of dimension {dim} are not whole numbers but of type {labels.dtype}; {first}. "
            f"Use whole numbers, for example .assign_coords({dim}=...astype(int))."
        )

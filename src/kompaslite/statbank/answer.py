"""Answers of a bank put together to one dataset, after checking that they are what was asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from kompaslite.readers import read_jsonstat
from kompaslite.schema import short_list
from kompaslite.statbank.catalogue import BankTable
from kompaslite.statbank.patience import StatbankError
from kompaslite.statbank.question import Question

#: Names of the dimensions that the arrays of this room carry.
_ROLES = {"region": "area", "kjonn": "sex", "kon": "sex", "alder": "age", "contentscode": "contents", "tid": "time"}


def put_together(parts: Sequence[Mapping[str, Any]], asked: Question, table: BankTable) -> xr.DataArray:
    """One array of all parts of an answer."""
    dims = list(asked.selection)
    shape = tuple(len(codes) for codes in asked.selection.values())
    values, signs = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    filled = np.zeros(shape, dtype=bool)
    words: dict[str, dict[str, str]] = {dim: {} for dim in dims}
    for part in parts:
        array = read_jsonstat(part)
        _check_same(array, asked, table)
        where = np.ix_(*[[asked.selection[dim].index(code) for code in array[dim].values] for dim in dims])
        array = array.transpose(*dims)
        values[where], filled[where] = array.values, True
        if "status" in array.coords:
            signs[where] = array["status"].values
        for dim in dims:
            words[dim] |= dict(zip(array[dim].values, array[f"{dim}_label"].values, strict=True))
    if not filled.all():
        raise StatbankError(
            f"table {table.table}: {int((~filled).sum()):,} of {filled.size:,} cells that were asked for are not "
            "in the answer. Try again later, or with refresh=True."
        )
    coords: dict[str, Any] = {dim: (dim, np.array(codes, dtype=object)) for dim, codes in asked.selection.items()}
    for dim, codes in asked.selection.items():
        coords[f"{dim}_label"] = (dim, np.array([words[dim][code] for code in codes], dtype=object))
    coords["status"] = (tuple(dims), signs)
    said = {name: str(parts[0].get(key, "")) for name, key in (("title", "label"), ("updated", "updated"))}
    return xr.DataArray(values, dims=tuple(dims), coords=coords, attrs={"table": table.table, **said})


def named(array: xr.DataArray, asked: Question) -> xr.DataArray:
    """The array with the library's names of dimensions, and the areas as they were asked for."""
    names = {str(dim): _ROLES.get(str(dim).casefold(), str(dim)) for dim in array.dims}
    renamed = array.rename(names | {f"{dim}_label": f"{name}_label" for dim, name in names.items()})
    if not asked.areas:
        return renamed
    region = next(dim for dim, codes in asked.selection.items() if set(codes) == set(asked.areas))
    if names[region] != "area":
        renamed = renamed.rename({names[region]: "area", f"{names[region]}_label": "area_label"})
    return renamed.assign_coords(area=[asked.areas[code] for code in array[region].values])


def _check_same(array: xr.DataArray, asked: Question, table: BankTable) -> None:
    other = {str(dim) for dim in array.dims} ^ set(asked.selection)
    if other:
        raise StatbankError(
            f"table {table.table}: the answer and the question differ in the variables {short_list(sorted(other))}. "
            "The table was moved or changed."
        )
    for dim, codes in asked.selection.items():
        strange = [code for code in array[dim].values.tolist() if code not in codes]
        if strange:
            raise StatbankError(
                f"table {table.table}: the answer has codes of {dim} that were not asked for: {short_list(strange)}. "
                "The table was moved or changed."
            )

"""Tables that say the same, held against each other."""

import numpy as np
import xarray as xr

from kompaslite.schema import describe_cell, first_cell

_NET = {"in_migration": 1, "immigration": 1, "out_migration": -1, "emigration": -1}


def compared(population: xr.DataArray, one: xr.Dataset | None, other: xr.Dataset) -> list[str]:
    """How far two tables agree on the same figures."""
    pairs = {"population": population} if "population" in other else {}
    if one is not None:
        pairs |= {str(name): one[name] for name in one.data_vars if name in other}
        if "net_migration" in other and all(name in one for name in _NET):
            pairs["net_migration"] = sum((sign * one[name] for name, sign in _NET.items()), start=xr.DataArray(0.0))
    return [_line(name, _total(array), other[name]) for name, array in pairs.items()]


def _total(array: xr.DataArray) -> xr.DataArray:
    total = array.sum([dim for dim in ("sex", "age") if dim in array.dims])
    return total.transpose("area", "year").reset_coords(drop=True)


def _line(name: str, one: xr.DataArray, other: xr.DataArray) -> str:
    years = np.intersect1d(one["year"].values, other["year"].values)
    off = one.sel(year=years) - _total(other).sel(year=years, area=one["area"].values)
    wrong = off != 0
    if not bool(wrong.any()):
        return f"{name}: two tables agree in all {off.size} areas and years"
    cell = first_cell(wrong)
    return (
        f"{name}: two tables differ in {int(wrong.sum())} of {off.size} areas and years; the first by "
        f"{float(off.sel(cell)):g} at {describe_cell(cell)}"
    )

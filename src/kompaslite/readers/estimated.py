"""What rests on estimates, shown in every table that is made from it."""

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts

_FLAG = "estimated"


def flag_estimated(table: pd.DataFrame, source: Accounts | xr.DataArray | xr.Dataset) -> pd.DataFrame:
    """A table with a column that says which rows rest on estimated figures.

    Parameters
    ----------
    table : pd.DataFrame
        Made from `source`; the areas and years of a row are in its index or columns ``area`` and ``year``, where it
        has them.
    source : Accounts, xr.DataArray or xr.Dataset
        Its coordinate ``estimated`` over ``(area, year)``, as `recode_areas` and `read_population` set it, is used.
        In accounts a flow of a year rests on the populations of both its ends.

    Returns
    -------
    pd.DataFrame
        With the boolean column ``estimated`` at the end; the table itself if nothing is marked in `source`.

    Examples
    --------
    >>> people = xr.DataArray(
    ...     [[7.0, 8.0]], coords={"area": ["1580"], "year": [2023, 2024]}, dims=("area", "year")
    ... ).assign_coords(estimated=(("area", "year"), [[True, False]]))
    >>> flag_estimated(people.to_series().rename("persons").reset_index(), people)
       area  year  persons  estimated
    0  1580  2023      7.0       True
    1  1580  2024      8.0      False
    """
    flags = _flags(source)
    if flags is None:
        return table
    keys = [dim for dim in ("area", "year") if dim in table.index.names or dim in table.columns]
    reduced = flags.any([dim for dim in flags.dims if dim not in keys])
    if not keys:
        return table.assign(**{_FLAG: bool(reduced)})
    marked = {key: True for key, flag in _items(reduced, keys) if flag}
    columns = [table[dim] if dim in table.columns else table.index.get_level_values(dim) for dim in keys]
    rows = zip(*[np.asarray(column).tolist() for column in columns], strict=True)
    return table.assign(**{_FLAG: [row in marked for row in rows]})


def _items(flags: xr.DataArray, keys: list[str]) -> list[tuple[tuple[object, ...], bool]]:
    series = flags.reset_coords(drop=True).transpose(*keys).to_series()
    return [(key if isinstance(key, tuple) else (key,), bool(flag)) for key, flag in series.items()]


def _flags(source: Accounts | xr.DataArray | xr.Dataset) -> xr.DataArray | None:
    data = source.population if isinstance(source, Accounts) else source
    if _FLAG not in data.coords:
        return None
    flags = data.coords[_FLAG].astype(bool)
    if not isinstance(source, Accounts) or "year" not in flags.dims:
        return flags
    ends = flags.assign_coords(year=flags["year"].values - source.step).reindex(year=flags["year"].values)
    return flags | (ends.fillna(0) == 1)

"""Labelled arrays as flat tables: labels in the first columns, years across."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError, in_order, short_list


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What one sheet holds.

    Parameters
    ----------
    labels : pd.DataFrame
        A row per row of the sheet, a column per dimension but the year.
    years : sequence of int
        Headings of the columns of numbers; empty where there is one number only.
    values : np.ndarray
        ``[row, year]``.
    unit : str
        Of the values.
    """

    labels: pd.DataFrame
    years: tuple[int, ...]
    values: np.ndarray
    unit: str


def table_of(array: xr.DataArray, name: str) -> Table:
    """A labelled array as a table."""
    if "draw" in array.dims:
        raise SchemaError(
            f"{name}: a workbook has no room for {array.sizes['draw']} draws. Summarise them first, for example with "
            '.quantile([0.1, 0.5, 0.9], "draw").'
        )
    missing = [str(dim) for dim in array.dims if dim not in array.coords]
    if missing:
        raise SchemaError(f"{name}: dimension {short_list(missing)} has no labels. Add them with .assign_coords(...).")
    rows = [dim for dim in in_order(array.dims) if dim != "year"]
    dated = "year" in array.dims
    array = array.transpose(*rows, *(["year"] if dated else []))
    index = _product([array[dim].values for dim in rows])
    return Table(
        labels=pd.DataFrame(dict(zip(rows, index, strict=True))),
        years=tuple(array["year"].values.tolist()) if dated else (),
        values=array.values.reshape(-1, array.sizes["year"] if dated else 1),
        unit=str(array.attrs.get("units", "")),
    )


def _product(labels: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [grid.ravel() for grid in np.meshgrid(*labels, indexing="ij")] if labels else []


def with_totals(population: xr.DataArray, *, over: str, label: str = "total") -> xr.DataArray:
    """An array with the sum over one dimension as its last label."""
    total = population.sum(over, keep_attrs=True).expand_dims({over: [label]})
    parts = population.assign_coords({over: [str(value) for value in population[over].values]})
    return xr.concat([parts, total], dim=over).transpose(*population.dims).assign_attrs(population.attrs)

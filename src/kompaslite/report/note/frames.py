"""Tables of the note: one row as figures, arrays as tables, and what a table must have."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError, short_list


def row_of(table: pd.DataFrame, label: object) -> dict[str, float]:
    """One row of a table, as figures by column.

    Examples
    --------
    >>> row_of(pd.DataFrame({"growth": [870], "forecast": [1087]}, index=["total"]), "total")
    {'growth': 870.0, 'forecast': 1087.0}
    """
    values = table.loc[[label]].to_numpy(dtype=float)[0].tolist()
    return dict(zip([str(column) for column in table.columns], values, strict=True))


def frame_of(array: xr.DataArray, rows: str, columns: str) -> pd.DataFrame:
    """An array of two dimensions as a table.

    Examples
    --------
    >>> array = xr.DataArray([[1.0, 2.0]], coords={"year": [2026], "age_group": ["0", "1+"]})
    >>> frame_of(array, "age_group", "year")[2026].to_dict()
    {'0': 1.0, '1+': 2.0}
    """
    ordered = array.transpose(rows, columns)
    index, names = (pd.Index(ordered[dim].values.tolist(), name=dim) for dim in (rows, columns))
    return pd.DataFrame(ordered.values, index=index, columns=names)


def require_columns(table: pd.DataFrame, names: Sequence[str], what: str) -> None:
    """Raise unless the table has these columns, and a row.

    Raises
    ------
    SchemaError
        Naming the columns that are missing.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        have = short_list(list(table.columns), most=9)
        raise SchemaError(f"{what}: column {short_list(missing)} is missing; there are {have}. Add it.")
    if table.empty:
        raise SchemaError(f"{what}: the table has no rows. Leave it out where nothing is known.")


def require_total(table: pd.DataFrame, what: str) -> None:
    """Raise unless the table has a row ``total``, and numbers in every cell.

    Raises
    ------
    SchemaError
        Naming what is missing.
    """
    if "total" not in table.index:
        raise SchemaError(f"{what}: the row total is missing. Add it, rounded from unrounded values.")
    require_numbers(table, what)


def require_numbers(table: pd.DataFrame, what: str) -> None:
    """Raise unless every cell is a number.

    Raises
    ------
    SchemaError
        With the count of those that are not, and the first one.
    """
    bad = table.apply(pd.to_numeric, errors="coerce").isna().to_numpy()
    if bad.any():
        row, column = (int(place[0]) for place in bad.nonzero())
        raise SchemaError(
            f"{what}: {int(bad.sum())} values are not numbers, the first is {table.columns[column]} of "
            f"{table.index[row]}. Complete the row, or leave it out."
        )

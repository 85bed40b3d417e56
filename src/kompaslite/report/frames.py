"""Tables of the note: one row as figures, arrays as tables, and what a table must have."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError, short_list


def row_of(table: pd.DataFrame, label: object) -> dict[str, float]:
    """One row of a table, as figures by column."""
    values = table.loc[[label]].to_numpy(dtype=float)[0].tolist()
    return dict(zip([str(column) for column in table.columns], values, strict=True))


def frame_of(array: xr.DataArray, rows: str, columns: str) -> pd.DataFrame:
    """An array of two dimensions as a table."""
    ordered = array.transpose(rows, columns)
    index, names = (pd.Index(ordered[dim].values.tolist(), name=dim) for dim in (rows, columns))
    return pd.DataFrame(ordered.values, index=index, columns=names)


def require_columns(table: pd.DataFrame, names: Sequence[str], what: str) -> None:
    """Raise unless the table has these columns, and a row."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        have = short_list(list(table.columns), most=9)
        raise SchemaError(f"{what}: column {short_list(missing)} is missing; there are {have}. Add it.")
    if table.empty:
        raise SchemaError(f"{what}: the table has no rows. Leave it out where nothing is known.")


def require_total(table: pd.DataFrame, what: str) -> None:
    """Raise unless the table has a row ``total``, and numbers in every cell."""
    if "total" not in table.index:
        raise SchemaError(f"{what}: the row total is missing. Add it, rounded from unrounded values.")
    require_numbers(table, what)


def require_numbers(table: pd.DataFrame, what: str) -> None:
    """Raise unless every cell is a number."""
    bad = table.apply(pd.to_numeric, errors="coerce").isna().to_numpy()
    if bad.any():
        row, column = (int(place[0]) for place in bad.nonzero())
        raise SchemaError(
            f"{what}: {int(bad.sum())} values are not numbers, the first is {table.columns[column]} of "
            f"{table.index[row]}. Complete the row, or leave it out."
        )

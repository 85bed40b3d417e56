"""Tables of the note: one row as figures, arrays as tables, and what a table must have."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError, short_list
from kompaslite.text import quarter_of

#: Columns of dwellings, in the order of the note's table.
DWELLINGS = ("planned", "expected", "completed", "vacated_expected", "vacated")


def row_of(table: pd.DataFrame, label: object) -> dict[str, float]:
    """One row of a table, as figures by column."""
    values = table.loc[[label]].to_numpy(dtype=float)[0].tolist()
    return dict(zip([str(column) for column in table.columns], values, strict=True))


def frame_of(array: xr.DataArray, rows: str, columns: str) -> pd.DataFrame:
    """An array of two dimensions as a table."""
    ordered = array.transpose(rows, columns)
    index, names = (pd.Index(ordered[dim].values.tolist(), name=dim) for dim in (rows, columns))
    return pd.DataFrame(ordered.values, index=index, columns=names)


def require_table(table: object, what: str) -> None:
    """Raise unless this is a table."""
    if not isinstance(table, pd.DataFrame):
        raise SchemaError(f"{what}: a table (pandas.DataFrame) is needed, not {type(table).__name__}.")


def require_columns(table: pd.DataFrame, names: Sequence[str], what: str) -> None:
    """Raise unless the table has these columns, and a row."""
    require_table(table, what)
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
    """Raise unless every cell is a finite number."""
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(numbers)
    if bad.any():
        row, column = (int(place[0]) for place in bad.nonzero())
        raise SchemaError(
            f"{what}: {int(bad.sum())} values are not numbers, the first is {table.columns[column]} of "
            f"{table.index[row]}. Complete the row, or leave it out."
        )
    if not table.index.is_unique or not table.columns.is_unique:
        double = [*table.index[table.index.duplicated()], *table.columns[table.columns.duplicated()]]
        raise SchemaError(f"{what}: {double[0]} is there twice. Keep one, or add them up.")


def as_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The table as floats of full width, whatever type its columns came in; the caller's own stays as it is."""
    numbers: pd.DataFrame = table.apply(pd.to_numeric).astype(float)
    return numbers


def require_dwellings(table: pd.DataFrame) -> None:
    """Raise unless this has dwellings by year, each a count or empty."""
    require_table(table, "dwellings")
    known = [name for name in DWELLINGS if name in table.columns]
    if not known or table.empty:
        raise SchemaError(f"dwellings: none of the columns {short_list(DWELLINGS)} is there. Name the columns so.")
    numbers = table[known].apply(pd.to_numeric, errors="coerce")
    bad = (numbers.isna() & table[known].notna()) | (numbers < 0) | numbers.isin([np.inf])
    if bad.to_numpy().any():
        row, column = (int(place[0]) for place in bad.to_numpy().nonzero())
        raise SchemaError(
            f"dwellings: {int(bad.to_numpy().sum())} values are no counts, the first is {known[column]} of "
            f"{table.index[row]}. Write a number of at least 0, or leave the cell empty."
        )
    if table.index.has_duplicates:
        raise SchemaError(
            f"dwellings: the year {table.index[table.index.duplicated()][0]} is there twice. Keep one row."
        )


def require_components(table: pd.DataFrame, year: int) -> None:
    """Raise unless this has growth by year, up to the year."""
    require_columns(table, ("growth", "adjustment"), "components")
    require_numbers(table, "components")
    if not all(str(label).isdigit() for label in table.index):
        raise SchemaError(f"components: {short_list(list(table.index))} are not all years. Name the rows by year.")
    years = [int(str(label)) for label in table.index]
    if years != list(range(years[0], year + 1)):
        raise SchemaError(
            f"components: the years are {short_list(years)}; they must follow one another up to {year}, the year of "
            "the note. Add the years that are missing, or take the later ones away."
        )


def require_quarters(table: pd.DataFrame, year: int) -> None:
    """Raise unless this has growth by quarter, in order, the last of the year."""
    require_columns(table, ("growth", "adjustment"), "quarters")
    require_numbers(table, "quarters")
    last = quarter_of(str(table.index[-1]))
    if last[0] != year or [quarter_of(str(label)) for label in table.index] != sorted(
        {quarter_of(str(label)) for label in table.index}
    ):
        raise SchemaError(
            f"quarters: they stand in order, each once, and the last is of {year}; they are "
            f"{short_list(list(table.index))}. Sort them."
        )


def is_number(value: object) -> bool:
    """Whether this is a finite number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def is_count(value: object) -> bool:
    """Whether this is a finite number of at least 0."""
    return is_number(value) and float(cast("float", value)) >= 0.0

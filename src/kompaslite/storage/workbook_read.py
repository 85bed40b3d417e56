"""Assumptions read back from a workbook: by headings and labels, never by position."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite._extras import from_extra
from kompaslite._workbooks import cell_name, reading, uncalculated
from kompaslite.schema import (
    ASSUMPTIONS,
    DIMS,
    SchemaError,
    Variable,
    count_unit,
    in_order,
    rate_unit,
    require_values,
    short_list,
)

_LABELS = (*DIMS[:-1], "destination", "age_group", "dwelling_type")
_MOST = 8
#: The first sheet, and the row of it that lists the sheets of assumptions.
ABOUT, _LIST = "about", "assumptions"
_NEEDED = ("fertility", "mortality", "sex_ratio_at_birth")
_RESTORE = "Restore it from the workbook as it was written; a component that shall be nothing is 0 in every cell"


class WorkbookError(SchemaError):
    """A sheet or cell of a workbook is not what it should be."""


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook that is open for reading."""

    path: Path
    file: Any
    sheets: list[str]


@dataclass(slots=True)
class _Problems:
    """Problems of one sheet, so that all of them are told at once."""

    sheet: str
    found: list[str]

    def add(self, row: int, column: int, words: str) -> None:
        self.found.append(f"cell {cell_name(row, column)}: {words}")

    def close(self) -> None:
        if self.found:
            rest = f"; and {len(self.found) - _MOST} more" if len(self.found) > _MOST else ""
            count = f"{len(self.found)} cells are wrong" if len(self.found) > 1 else "1 cell is wrong"
            raise WorkbookError(f"sheet {self.sheet}: {count}. " + "; ".join(self.found[:_MOST]) + f"{rest}.")


def read_assumptions(path: str | Path) -> xr.Dataset:
    """Assumptions from the sheets that `write_workbook` made, edited or not.

    Parameters
    ----------
    path : str or Path
        An ``.xlsx`` workbook.

    Returns
    -------
    xr.Dataset
        Variables of the sheets named as assumptions, with units. Unedited cells come back with all their digits.

    Raises
    ------
    WorkbookError
        If the file is no workbook, fertility, mortality or the sex ratio has no sheet, or a cell is blank, text,
        a date, or outside its bounds; the message names sheet, cell, count and mend.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import tempfile
    >>> from pathlib import Path
    >>> from kompaslite.methods import forecast_by, plain_cohort_component
    >>> from kompaslite.storage import write_workbook
    >>> observed = made_up(1, years=range(2019, 2027))
    >>> rates = plain_cohort_component(observed, [2026])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book = Path(folder) / "town.xlsx"
    ...     _ = write_workbook(forecast_by(plain_cohort_component, observed, [2026]), book, assumptions=rates)
    ...     back = read_assumptions(book)
    ...
    >>> sorted(map(str, back.data_vars))[:3]
    ['emigration', 'fertility', 'immigration']
    """
    book = _open(Path(path))
    _check_sheets(book, Path(path).name)
    parts = {name: _array(book, name) for name in ASSUMPTIONS if name in book.sheets}
    step = _step(parts["mortality"])
    for name, part in parts.items():
        variable = ASSUMPTIONS[name]
        units = {"rate": rate_unit(step), "count": count_unit(step)}
        part.attrs["units"] = units.get(variable.kind, "1")
        _check_bounds(part, name, variable)
    return xr.Dataset(parts)


def _check_sheets(book: _Book, name: str) -> None:
    """A sheet that was removed or renamed would be left out of the forecast."""
    folded = [sheet.casefold() for sheet in book.sheets]
    double = [sheet for sheet, one in zip(book.sheets, folded, strict=True) if folded.count(one) > 1]
    if double:
        raise WorkbookError(f"{name}: sheets {short_list(double)} differ in capitals only. Remove or rename one.")
    listed = _about(book).get(_LIST)
    wanted = {*_NEEDED, *(listed or "").split(", ")}
    absent = [sheet for sheet in ASSUMPTIONS if sheet not in book.sheets]
    others = [sheet for sheet in book.sheets if sheet not in ASSUMPTIONS]
    near = 0.9 if listed is None else 0.75
    like = {sheet: difflib.get_close_matches(sheet, others, n=1, cutoff=near) for sheet in absent}
    missing = [sheet for sheet in absent if sheet in wanted or (listed is None and like[sheet])]
    if missing:
        close = like[missing[0]]
        hint = f"Sheet {close[0]} looks like it: rename it back" if close else _RESTORE
        raise WorkbookError(
            f"{name}: sheet {short_list(missing)} is missing; there are {short_list(book.sheets, most=20)}. {hint}."
        )


def _about(book: _Book) -> dict[str, str]:
    rows = _cells(book, ABOUT) if ABOUT in book.sheets else []
    return {str(row[0]): str(row[1]) for row in rows if len(row) > 1}


def _check_bounds(part: xr.DataArray, name: str, variable: Variable) -> None:
    low, high, words = variable.low, variable.high, variable.words
    try:
        require_values(part, f"sheet {name}", low=low, high=high, words=words, mend=variable.mend)
    except SchemaError as error:
        raise WorkbookError(str(error)) from None


def read_table(path: str | Path, sheet: str) -> pd.DataFrame:
    """One sheet as a table: headings in its first row, blank rows left out.

    Parameters
    ----------
    path : str or Path
        An ``.xlsx`` workbook.
    sheet : str
        Name of the sheet.

    Returns
    -------
    pd.DataFrame
        Cells as they are: text, numbers, dates.

    Raises
    ------
    WorkbookError
        If the file is no workbook or has no such sheet.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import tempfile
    >>> from pathlib import Path
    >>> from kompaslite.storage import write_workbook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book = write_workbook(made_up(1, years=[2025, 2026]), Path(folder) / "town.xlsx")
    ...     sheet = read_table(book, "population")
    ...
    >>> sheet.columns[:3].tolist()
    ['area', 'sex', 'age']
    """
    book = _open(Path(path))
    rows = _rows(book, sheet)
    body = [row for row in rows[1:] if any(cell not in ("", None) for cell in row)]
    return pd.DataFrame(body, columns=[str(_heading(cell)) for cell in rows[0]])


def _open(path: Path) -> _Book:
    calamine = from_extra("python_calamine", "desk", "reading a workbook")
    if not path.is_file():
        raise WorkbookError(f"{path}: there is no such file. Give the path of a workbook.")
    words = f"{path.name}: this is not a workbook that can be read"
    with reading(lambda error: WorkbookError(f"{words}: {error}. Save it anew.")):
        file = calamine.CalamineWorkbook.from_path(str(path))
        return _Book(path, file, file.sheet_names)


def _rows(book: _Book, sheet: str) -> list[list[Any]]:
    if sheet not in book.sheets:
        close = difflib.get_close_matches(sheet, book.sheets, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are {short_list(book.sheets, most=20)}."
        raise WorkbookError(f"workbook: there is no sheet {sheet}. {hint}")
    rows = _cells(book, sheet)
    if len(rows) < 2:
        raise WorkbookError(f"sheet {sheet}: there are no rows below the headings. Restore the table.")
    return rows


def _cells(book: _Book, sheet: str) -> list[list[Any]]:
    words = f"sheet {sheet}: it is damaged and cannot be read"
    with reading(lambda error: WorkbookError(f"{words}: {error}. Save the workbook anew.")):
        cells: list[list[Any]] = book.file.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        waiting = uncalculated(book.path, sheet)
    if waiting:
        raise WorkbookError(
            f"sheet {sheet}: {len(waiting)} cells hold a formula that was never calculated: {short_list(waiting)}. "
            "Open and save the workbook in Excel, or put numbers in their place."
        )
    return cells


def _array(book: _Book, sheet: str) -> xr.DataArray:
    rows = _rows(book, sheet)
    labels, years = _headings(rows[0], sheet)
    body = [
        (number, row) for number, row in enumerate(rows[1:], start=2) if any(cell not in ("", None) for cell in row)
    ]
    problems = _Problems(sheet, [])
    keys = [
        tuple(_label(row[column], dim, (number, column), problems) for dim, column in labels.items())
        for number, row in body
    ]
    values = [[_number(row[column], (number, column), problems) for column in years.values()] for number, row in body]
    problems.close()
    _check_unique(keys, [number for number, _ in body], sheet)
    return _assemble(np.array(values), pd.DataFrame(keys, columns=list(labels)), list(years), sheet)


def _headings(row: Sequence[Any], sheet: str) -> tuple[dict[str, int], dict[int | str, int]]:
    labels: dict[str, int] = {}
    years: dict[int | str, int] = {}
    for column, cell in enumerate(row):
        if cell in ("", None):
            continue
        heading = _heading(cell)
        if heading in labels or heading in years:
            raise WorkbookError(
                f"sheet {sheet}, cell {cell_name(1, column)}: heading {heading} stands twice. Remove one."
            )
        if isinstance(heading, int) or heading == "value":
            years[heading] = column
        elif heading in _LABELS:
            labels[heading] = column
        else:
            close = difflib.get_close_matches(str(heading), _LABELS, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Headings are years, or {short_list(_LABELS, most=12)}."
            raise WorkbookError(f"sheet {sheet}, cell {cell_name(1, column)}: heading {heading!r} is unknown. {hint}")
    if not years:
        raise WorkbookError(f"sheet {sheet}: no heading is a year. Restore the first row.")
    return labels, years


def _heading(cell: object) -> int | str:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        return int(cell)
    text = str(cell).strip()
    return int(text) if text.isdigit() and len(text) == 4 else text


def _label(cell: object, dim: str, at: tuple[int, int], problems: _Problems) -> int | str:
    if dim == "age":
        if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
            return int(cell)
        problems.add(*at, f"age {cell!r} is not a whole number")
        return -1
    if not isinstance(cell, str) or not cell.strip():
        shown = f"{cell:g}" if isinstance(cell, float) else repr(cell)
        problems.add(*at, f'{dim} {shown} is not text; format the column as text, because 301 is not "0301"')
        return ""
    return cell.strip()


def _number(cell: object, at: tuple[int, int], problems: _Problems) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    if cell in ("", None):
        words = "it is blank; if it holds a formula, open and save the workbook in Excel so that it is calculated"
    elif isinstance(cell, date | datetime | time | timedelta):
        words = f"it is a date, {cell}; set the cell's format to a number"
    else:
        words = f"{cell!r} is not a number"
    problems.add(*at, words)
    return 0.0


def _check_unique(keys: Sequence[tuple[int | str, ...]], numbers: Sequence[int], sheet: str) -> None:
    seen: dict[tuple[int | str, ...], int] = {}
    for key, number in zip(keys, numbers, strict=True):
        if key in seen:
            words = ", ".join(map(str, key))
            raise WorkbookError(f"sheet {sheet}: rows {seen[key]} and {number} are both of {words}. Remove one.")
        seen[key] = number


def _assemble(values: np.ndarray, index: pd.DataFrame, years: list[int | str], sheet: str) -> xr.DataArray:
    dims = [str(dim) for dim in index.columns]
    levels = [list(dict.fromkeys(index[dim])) for dim in dims]
    _check_complete(index, levels, sheet)
    places = [{label: i for i, label in enumerate(level)} for level in levels]
    at = tuple(index[dim].map(where).to_numpy() for dim, where in zip(dims, places, strict=True))
    full = np.empty([*(len(level) for level in levels), len(years)])
    full[at if at else ...] = values
    coords: dict[str, Any] = dict(zip(dims, levels, strict=True))
    array = xr.DataArray(full, coords={**coords, "year": years}, dims=[*dims, "year"])
    array = array.isel(year=0, drop=True) if years == ["value"] else array.sortby("year")
    return array.transpose(*in_order(array.dims))


def _check_complete(index: pd.DataFrame, levels: list[list[object]], sheet: str) -> None:
    want = int(np.prod([len(level) for level in levels]))
    if want == len(index):
        return
    have = set(index.itertuples(index=False, name=None))
    gap = next(key for key in product(*levels) if key not in have)
    words = ", ".join(f"{dim} {label}" for dim, label in zip(index.columns, gap, strict=True))
    raise WorkbookError(f"sheet {sheet}: {want - len(index)} rows are missing; the first is {words}. Restore them.")


def _step(mortality: xr.DataArray) -> int:
    ages = mortality["age"].values
    return int(ages[1] - ages[0]) if ages.size > 1 else 1

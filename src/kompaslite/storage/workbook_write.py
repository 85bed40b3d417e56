"""`write_workbook`: a forecast as the workbook that a planner expects."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from math import isinf, isnan
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from kompaslite._extras import from_extra
from kompaslite._files import whole_file
from kompaslite._workbooks import cell_name
from kompaslite.accounts import Accounts, require_accounts
from kompaslite.evaluation.tables import components_table
from kompaslite.schema import ASSUMPTIONS, SchemaError, in_order
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups, parse_age_groups
from kompaslite.storage.workbook_frames import Table, table_of, with_totals
from kompaslite.storage.workbook_read import ABOUT
from kompaslite.storage.workbook_sheets import Book, Exact, add_chart, put_text, write_table, write_text

#: Ages that municipal services plan for; Norway's school ages.
SERVICE_GROUPS: dict[str, tuple[int, int | None]] = {
    "kindergarten 1-5": (1, 5),
    "primary school 6-12": (6, 12),
    "lower secondary 13-15": (13, 15),
    "upper secondary 16-18": (16, 18),
    "working age 20-66": (20, 66),
    "care 80+": (80, None),
}
_YEARS = ("year", "known_until")
#: A column of numbers below this, with fractions beyond rounding, is shown with decimals.
_SMALL, _NOTHING = 10.0, 1e-6


def write_workbook(
    forecast: Accounts,
    path: str | Path,
    *,
    assumptions: xr.Dataset | None = None,
    groups: AgeGroups | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
    about: Mapping[str, object] | None = None,
    force: bool = False,
) -> Path:
    """Write a forecast as an Excel workbook, with native charts.

    Parameters
    ----------
    forecast : Accounts
        Of any ``scenario`` and ``area``; draws must be summarised first.
    path : str or Path
        The file, ending in ``.xlsx``.
    assumptions : xr.Dataset, optional
        What the forecast was made from: a sheet each, with all digits, to be edited and read back with
        `read_assumptions`.
    groups : mapping or sequence of str, optional
        Own age groups, beside those of the note and of municipal services.
    more : mapping of sheet name to DataFrame, optional
        Further tables, such as households and dwellings, districts, or the housing programme.
    about : mapping, optional
        Title, sources and other provenance for the first sheet.
    force : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file that was written, whole or not at all.

    Raises
    ------
    SchemaError
        If the forecast has draws, or the name of the file does not end in ``.xlsx``.
    StorageError
        If the file exists and `force` is not given, or it cannot be written.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_workbook(made_up(1, years=[2025, 2026]), Path(folder) / "town.xlsx")
    ...
    >>> written.name
    'town.xlsx'
    """
    require_accounts(forecast, "write_workbook")
    if not isinstance(path, str | Path):
        raise SchemaError(f"path: {type(path).__name__} is no path. The forecast comes first, its path second.")
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise SchemaError(f"{path}: a workbook's name ends in .xlsx. Rename it.")
    with whole_file(path, force=force) as temporary:
        _fill(temporary, forecast, groups, sheets=dict(more or {}), assumptions=assumptions, about=dict(about or {}))
    return path


def _fill(
    path: Path,
    forecast: Accounts,
    groups: AgeGroups | None,
    *,
    sheets: Mapping[str, pd.DataFrame],
    assumptions: xr.Dataset | None,
    about: Mapping[str, object],
) -> None:
    xlsxwriter = from_extra("xlsxwriter", "desk", "writing a workbook")
    refused = xlsxwriter.exceptions.XlsxWriterException
    with _refused(refused), xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False}) as file:
        book = Book(file)
        rates = xr.Dataset() if assumptions is None else assumptions
        named = [name for name in ASSUMPTIONS if name in rates]
        write_text(book, ABOUT, _about(forecast, about, named))
        _population_sheets(book, forecast, groups)
        _components_sheet(book, forecast)
        for name, frame in sheets.items():
            _frame_sheet(book, name, frame)
        for name in named:
            write_table(book, name, table_of(rates[name], name), exact=True, widths=11)


@contextmanager
def _refused(errors: type[Exception]) -> Iterator[None]:
    """What the library says of a name of a sheet, or of the disk, in words of ours."""
    try:
        yield
    except errors as error:
        if error.args and isinstance(error.args[0], OSError):
            raise error.args[0] from error
        raise SchemaError(f"workbook: {error} Choose another name for the sheet.") from error


def _about(forecast: Accounts, about: Mapping[str, object], assumptions: Sequence[str]) -> list[tuple[str, object]]:
    years = forecast.years
    return [
        *((str(what), value) for what, value in about.items()),
        ("years", f"1 January {years[0]} to 1 January {years[-1]}"),
        ("population", "persons on 1 January; the last age is open"),
        ("flows", "persons during the calendar year, by age reached during the year"),
        ("marked cells", "italic on sand: these children are not born on 1 January of the first year"),
        ("rounding", "cells show whole persons and hold unrounded numbers; totals are of unrounded numbers"),
        *([("assumptions", ", ".join(assumptions))] if assumptions else []),
        ("made by", f"kompaslite {version('kompaslite')}"),
    ]


def _population_sheets(book: Book, forecast: Accounts, groups: AgeGroups | None) -> None:
    population, first = forecast.population, forecast.years[0]
    single = with_totals(population, over="sex", label="both").transpose(*population.dims)
    write_table(book, "population", _with_ages(table_of(single, "population")), jump_off=first)
    people = population.sum("sex", keep_attrs=True)
    named: list[tuple[str, AgeGroups]] = [("age groups", NOTE_AGE_GROUPS), ("services", SERVICE_GROUPS)]
    for name, chosen in [*named, ("own groups", groups)] if groups else named:
        ranges = _within(parse_age_groups(chosen), int(people["age"][-1]))
        grouped = age_groups(people, ranges).rename(name)
        grouped = with_totals(grouped, over="age_group") if name == "age groups" else grouped
        order = [dim for dim in in_order(grouped.dims) if dim not in ("age_group", "year")]
        table = _with_group_ages(table_of(grouped.transpose(*order, "age_group", "year"), name), ranges)
        sheet = write_table(book, name, table, jump_off=first)
        _group_chart(book, sheet, name, table)


def _within(ranges: Mapping[str, tuple[int, int | None]], top: int) -> dict[str, tuple[int, int | None]]:
    """Groups that these ages can show, so that a forecast by fewer ages has fewer groups."""
    return {name: ages for name, ages in ranges.items() if ages[0] <= top}


def _with_ages(table: Table) -> Table:
    table.labels.attrs["oldest"] = table.labels["age"].tolist()
    return table


def _with_group_ages(table: Table, ranges: Mapping[str, tuple[int, int | None]]) -> Table:
    """The oldest age of each group: a group is unborn only when even its oldest are."""
    last = {name: float("inf") if ages[1] is None else float(ages[1]) for name, ages in ranges.items()}
    table.labels.attrs["oldest"] = [last.get(str(group), float("inf")) for group in table.labels["age_group"]]
    return table


def _group_chart(book: Book, sheet: Any, name: str, table: Table) -> None:
    """Lines of the first scenario and area, beside the table."""
    dims, wide = list(table.labels.columns), len(table.years)
    outer = table.labels.drop(columns="age_group")
    first = (outer == outer.iloc[0]).all(axis=1)  # every row, where there is one scenario and area
    series = [
        {
            "name": [name, row + 1, len(dims) - 1],
            "categories": [name, 0, len(dims), 0, len(dims) + wide - 1],
            "values": [name, row + 1, len(dims), row + 1, len(dims) + wide - 1],
        }
        for row in table.labels.index[first]
        if table.labels["age_group"][row] != "total"
    ]
    where = f"A{len(table.labels) + 4}"
    add_chart(
        book,
        sheet,
        kind={"type": "line"},
        title=f"Population, {name}",
        series=series,
        axes=("1 January", "persons"),
        at=where,
    )


def _components_sheet(book: Book, forecast: Accounts) -> None:
    if not forecast.flows.data_vars:
        return
    frame = components_table(forecast, decimals=None)
    # what is left of the growth by rounding alone is nothing, and would be shown as minus nought
    frame["adjustment"] = frame["adjustment"].where(frame["adjustment"].abs() > _NOTHING, 0.0)
    sheet = _frame_sheet(book, "components", frame.reset_index())
    columns = list(frame.reset_index().columns)
    if isinstance(frame.index, pd.MultiIndex):
        return
    series = [
        {
            "name": ["components", 0, position],
            "categories": ["components", 1, columns.index("year"), len(frame), columns.index("year")],
            "values": ["components", 1, position, len(frame), position],
        }
        for position, column in enumerate(columns)
        if column not in ("year", "growth")
    ]
    kind = {"type": "column", "subtype": "stacked"}
    add_chart(
        book, sheet, kind=kind, title="Components of change", series=series, axes=("year", "persons per year"), at="I2"
    )


def _frame_sheet(book: Book, name: str, frame: pd.DataFrame) -> Any:
    """A sheet of any table: text stays text, numbers keep all their digits."""
    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(f"more: sheet {name} is {type(frame).__name__}. Give a pandas.DataFrame.")
    sheet = book.file.add_worksheet(name[:31])
    for column, heading in enumerate(frame.columns):
        put_text(sheet, (0, column), str(heading), book.heading())
        shown = _column_format(book, str(heading), frame[heading])
        for row, value in enumerate(frame[heading].tolist(), start=1):
            _write_cell(sheet, (row, column), value, shown)
    sheet.set_column(0, max(len(frame.columns) - 1, 0), 14)
    sheet.freeze_panes(1, 0)
    return sheet


def _column_format(book: Book, heading: str, values: pd.Series) -> Any:
    """Years as they are; a column of shares or of persons per dwelling with decimals; the rest as whole numbers."""
    if heading in _YEARS:
        return None
    numbers = pd.to_numeric(values, errors="coerce").dropna().astype(float)
    fractions = bool(((numbers - numbers.round()).abs() > _NOTHING).any())
    return book.number("1" if fractions and float(numbers.abs().max()) < _SMALL else "persons")


def _write_cell(sheet: Any, at: tuple[int, int], value: object, shown: Any) -> None:
    if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
        sheet.write_blank(*at, None)
    elif isinstance(value, float) and isinf(value):
        raise SchemaError(f"sheet {sheet.get_name()}, cell {cell_name(at[0] + 1, at[1])}: the number is not finite.")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(*at, Exact(value) if isinstance(value, float) else value, shown)
    else:
        put_text(sheet, at, _text(value))


def _text(value: object) -> str:
    parts: Sequence[object] = value if isinstance(value, list | tuple) else (value,)
    return " ".join(str(part) for part in parts)

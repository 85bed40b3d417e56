"""One table on its way from file to array, its rows accounted for; and the population that it holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.readers.area_codes import AreaCodes, read_area_codes
from kompaslite.readers.cells import CellTable, kept, tell_remarks, understood
from kompaslite.readers.checks import (
    Cube,
    blocks,
    check_double,
    check_first_age,
    check_labels,
    check_missing,
    check_nested,
    check_values,
    cube,
    drop_incomplete,
    drop_out_of_force,
    without_totals,
    without_unknown,
)
from kompaslite.readers.columns import ColumnRoles, Columns, as_columns, column_roles, component_of
from kompaslite.readers.figures import moment_of, not_persons, plain, spaced
from kompaslite.readers.grid import RawTable
from kompaslite.readers.labels import FIRST_DAY, NEXT_YEAR, Code, Declared, distinct
from kompaslite.readers.recode import recode_areas
from kompaslite.readers.report import Log
from kompaslite.readers.sources import Source, load, name_of
from kompaslite.schema import DIMS, PERSONS, SchemaError, short_list

T = TypeVar("T", xr.DataArray, xr.Dataset)
ColumnsLike = Columns | Mapping[str, object] | None
Keep = Mapping[str, Collection[object]] | None
Codes = AreaCodes | pd.DataFrame | str | Path | None
Incomplete = Literal["error", "set aside"]


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that is being read, and how."""

    raw: RawTable
    where: ColumnRoles
    columns: Columns
    log: Log
    keep: Mapping[str, Collection[object]]
    codes: AreaCodes | None
    whole: bool
    incomplete: Incomplete
    flows: bool
    #: Years from the label of a stock to its 1 January: 1 where the figures are of 31 December.
    years_on: int = 0


def open_table(
    source: Source,
    *,
    columns: ColumnsLike,
    keep: Keep,
    codes: Codes,
    whole: bool,
    incomplete: Incomplete,
    sheet: str | None,
    flows: bool,
) -> OpenTable:
    """Load a table and find its columns."""
    if incomplete not in ("error", "set aside"):
        raise SchemaError(f"incomplete is {incomplete!r}. Give 'error' or 'set aside'.")
    log = Log(name_of(source))
    declared = as_columns(columns)
    raw = load(source, log, sheet=sheet)
    opened = OpenTable(
        raw=raw,
        where=column_roles(raw, declared, flows=flows),
        columns=declared,
        log=log,
        keep=dict(keep or {}),
        codes=codes if codes is None or isinstance(codes, AreaCodes) else read_area_codes(codes),
        whole=whole,
        incomplete=incomplete,
        flows=flows,
    )
    log.unused = opened.where.unused
    _require_columns(opened, ("year",) if flows else ("sex", "age", "year"))
    return replace(opened, years_on=1) if _check_measure(opened) else opened


def _require_columns(opened: OpenTable, needed: tuple[str, ...]) -> None:
    raw, where, columns, log = opened.raw, opened.where, opened.columns, opened.log
    roles = ("area", "sex", "age", "year", "value", "component", "measure", "estimated")
    declared = [getattr(columns, role) for role in roles]
    absent = [header for header in [*declared, *columns.ignore] if header is not None and header not in raw.columns]
    have = f"The columns are {short_list(list(raw.columns), most=12)}."
    if absent:
        log.problem(f"declared columns are not in the table: {short_list(absent)}", mend=have)
    in_headers = {dim for figures in where.figures for dim in figures.labels}
    missing = [dim for dim in needed if dim not in where.dims and dim not in in_headers and dim not in columns.fixed]
    if missing:
        hint = (
            "Call the columns area, sex, age, year and population. In Python: name them with "
            "columns={'age': 'Alder', ...}, or give one label for all rows with columns={'fixed': ...}."
        )
        log.problem(f"no column for {short_list(missing)}", mend=f"{have} {hint}")
    if not where.figures:
        events = [] if opened.flows else [header for header in where.unused if component_of(header, columns)]
        words = f" Components of change ({short_list(events)}) are read with read_flows." if events else ""
        mend = f"{have}{words} Call it population or persons. In Python: name it with columns={{'value': ...}}."
        log.problem("no column of figures", mend=mend)
    _check_declared(opened)
    log.raise_problems()


def _check_declared(opened: OpenTable) -> None:
    """Note declarations that match nothing in the table."""
    raw, where, columns, log = opened.raw, opened.where, opened.columns, opened.log
    headers = list(raw.columns)
    across = [dim for dim in columns.labels if dim not in where.dims and dim != "component"]
    strange = [
        f"labels of {dim}: {key}"
        for dim in across
        for key in columns.labels[dim]
        if not any(plain(key) in plain(header) for header in headers)
    ]
    named = distinct(raw.columns[where.component])[1] if where.component else []
    strange += [f"components: {key}" for key in Declared(columns.components).without_match([*headers, *named])]
    strange += [f"ignore: {header}" for header in columns.ignore if header not in headers]
    if strange:
        log.problem(f"declared, but not in the table: {short_list(strange)}", mend="Correct or remove it in columns.")
    for one in where.figures:
        if one.note:
            log.correct(one.note)
    if where.unclear:
        log.problem(
            f"headers beside the figures that are not understood: {short_list([repr(one) for one in where.unclear])}",
            mend="Rename them like the others, or remove them. In Python: columns={'ignore': (...)}.",
        )


def _measures(opened: OpenTable) -> list[str]:
    """Names of what the figures are, in a column of its own."""
    raw, where, log = opened.raw, opened.where, opened.log
    if where.measure is None or where.measure == where.component:
        return []
    codes, labels = distinct(raw.columns[where.measure])
    names = [spaced(label.words if isinstance(label, Code) else label) for label in labels]
    if len(names) > 1:
        log.problem(
            f"column {where.measure!r} holds several measures: {short_list([repr(name) for name in names])}",
            raw.rows[codes != codes[0]],
            "Keep the rows of one measure, in persons.",
        )
        return []
    return [f"times 10^{names[0]}"] * (names[0] != "0") if plain(where.measure) == "unit_mult" else names


def _check_measure(opened: OpenTable) -> bool:
    """Note figures that are not persons on 1 January or in a year; whether they are of 31 December."""
    raw, log = opened.raw, opened.log
    if raw.kind == ("Stock" if opened.flows else "Flow"):
        kind, reader = ("a stock", "read_population") if opened.flows else ("a flow during the year", "read_flows")
        log.problem(f"the dataset says that its figures are {kind}", mend=f"Read it with {reader}.")
    names = _measures(opened)
    headers = [one.header for one in opened.where.figures if not set(one.labels) - {"component"}]
    texts = list(dict.fromkeys([*names, *headers, *raw.said]))
    for name in texts:
        if found := not_persons(name):
            log.problem(found[0], mend=found[1])
    if opened.flows:
        return False
    if names and component_of(names[0], Columns()):
        log.problem(f"the figures are {names[0]!r}: events during the year, not a stock", mend="Use read_flows.")
    return _is_year_end(texts, log)


def _is_year_end(texts: Sequence[str], log: Log) -> bool:
    """Whether a stock is of 31 December; what is of no day, or of another day, is noted."""
    moments = {text: moment for text in texts if (moment := moment_of(plain(text))) is not None}
    for text, moment in moments.items():
        if moment not in ((1, 1), (12, 31)):
            words = moment if isinstance(moment, str) else "a stock on a day within the year"
            log.problem(
                f"the figures are {words}, {text!r}",
                mend="Fetch the stocks of 1 January, or those of 31 December: they are 1 January of the next year.",
            )
    if len(set(moments.values())) > 1 and (12, 31) in moments.values():
        log.problem(f"the figures are of different days: {short_list(list(moments))}", mend="Keep one of them.")
    return (12, 31) in moments.values()


def check_cells(opened: OpenTable, cells: CellTable, name: str, *, signed: bool) -> tuple[CellTable, Cube | None]:
    """Every check of cells with keys."""
    log = opened.log
    labels_are_good = not log.problems
    tell_remarks(cells, log)
    check_values(cells, name, log, whole=opened.whole, signed=signed)
    cells = without_totals(without_unknown(cells), log, whole=opened.whole, tolerance=opened.columns.tolerance)
    if opened.codes is not None and "area" in cells.axes:
        cells = drop_out_of_force(cells, opened.codes, name, log)
    if not cells.values.size:
        if not log.problems:
            log.problem(f"{name}: no row is left", mend="Check the labels. In Python: check keep={...}.")
        return cells, None
    table = cube(cells, name, log)
    if table is not None and opened.incomplete == "set aside" and labels_are_good and opened.codes is None:
        cells, table = drop_incomplete(cells, table, name, log)
    if table is None:
        return cells, None
    unused = {header: opened.raw.columns[header] for header in opened.where.unused}
    check_double(cells, table, name, log, unused=unused)
    if labels_are_good:
        check_labels(table, name, log, flows=opened.flows)
        check_missing(blocks(table) if opened.codes is not None else table, name, log)
        check_nested(cells, table, name, log, tolerance=opened.columns.tolerance)
    return cells, table


def as_array(cells: CellTable, table: Cube, *, units: str, name: str) -> xr.DataArray:
    """The cells as an array in the order of the library; blocks of codes out of force are NaN."""
    values = np.full(int(np.prod(table.shape)), np.nan)
    values[table.places] = cells.values
    coords = {dim: (dim, labels) for dim, labels in table.labels.items()}
    array = xr.DataArray(
        values.reshape(table.shape), dims=tuple(table.labels), coords=coords, attrs={"units": units}, name=name
    ).transpose(*[dim for dim in DIMS if dim in table.labels])
    if cells.estimated is None:
        return array
    where = dict(zip(table.labels, np.unravel_index(table.places[cells.estimated], table.shape), strict=True))
    dims = [dim for dim in ("area", "year") if dim in table.labels]
    flags = np.zeros([table.labels[dim].size for dim in dims], dtype=bool)
    flags[tuple(where[dim] for dim in dims)] = True
    return array.assign_coords(estimated=(dims, flags))


def with_report(array: T, log: Log) -> T:
    """The array with what became of the rows of its table, in words and numbers that any file format keeps."""
    report = log.report()
    return array.assign_attrs(
        rows_read=report.rows_read,
        rows_used=report.rows_used,
        rows_set_aside=report.rows_set_aside,
        reading=str(report),
    )


def read_population(
    source: Source,
    *,
    columns: ColumnsLike = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    sheet: str | None = None,
) -> xr.DataArray:
    """Population on 1 January from a table: CSV, Excel, Parquet, JSON-stat or a frame, tidy or wide.

    Parameters
    ----------
    source : str, Path, pd.DataFrame or mapping
        ``.csv``, ``.tsv``, ``.txt`` (also ``.gz``), ``.xlsx``, ``.xls``, ``.ods``, ``.parquet``, ``.json``
        (JSON-stat 2), or a frame.
    columns : Columns or mapping, optional
        Which column holds what, where the names do not say it; see `Columns`.
    keep : mapping, optional
        Dimension to the labels that are wanted, for example ``{"year": range(2006, 2027)}``; other rows are set
        aside.
    codes : AreaCodes, pd.DataFrame or file, optional
        What became of each area code. The table may then use the codes of each year, and the result is by the new
        codes; see `recode_areas`.
    whole : bool
        Whether every figure must be a whole number.
    incomplete : {"error", "set aside"}
        What to do with an area some of whose cells have no row.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    xr.DataArray
        Persons, ``([area], sex, age, year)``, floats, ``attrs["units"] == "persons"``. ``attrs["rows_read"]``,
        ``["rows_used"]`` and ``["rows_set_aside"]`` count the rows; ``attrs["reading"]`` says in words what was set
        aside and corrected. Where the table or `codes` mark estimates, the coordinate ``estimated`` is over
        ``(area, year)``.

    Raises
    ------
    TableError
        All problems of the table at once, each with its first rows and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "kommune": "3201 Bærum", "kjønn": ["Kvinner", "Menn"] * 2, "alder": ["0 år"] * 2 + ["1 år eller eldre"] * 2,
    ...     "år": "2026", "personer": ["5", "6", "1 234", "1 302"],
    ... })
    >>> people = read_population(frame)
    >>> people.sel(area="3201", year=2026).values.tolist()
    [[5.0, 1234.0], [6.0, 1302.0]]
    >>> print(people.attrs["reading"])
    the table: 4 rows read, 4 used, 0 set aside
    corrected: spaces between thousands taken out (rows 3, 4).
    """
    opened = open_table(
        source, columns=columns, keep=keep, codes=codes, whole=whole, incomplete=incomplete, sheet=sheet, flows=False
    )  # fmt: skip
    return by_new_codes(population_of(opened), opened)


def by_new_codes(found: T, opened: OpenTable) -> T:
    """What a table holds, moved to the codes of one division where they are given."""
    return found if opened.codes is None else recode_areas(found, opened.codes, incomplete=opened.incomplete)


def population_of(opened: OpenTable) -> xr.DataArray:
    """The population that a table holds, by the area codes of the table."""
    log = opened.log
    cells = understood(opened.raw, opened.where, opened.columns, log, flows=False)
    cells = kept(_on_first_january(cells, opened), opened.keep, log)
    cells, table = check_cells(opened, cells, "population", signed=False)
    if table is not None and not log.problems:
        check_first_age(table, "population", log)
    log.raise_problems()
    assert table is not None
    return with_report(as_array(cells, table, units=PERSONS, name="population"), log)


def _on_first_january(cells: CellTable, opened: OpenTable) -> CellTable:
    """Stocks on 31 December by the year that begins the day after."""
    told = " ".join(finding.what for finding in opened.log.corrections)
    if not opened.years_on or NEXT_YEAR in told:
        return cells
    if FIRST_DAY in told:
        opened.log.problem("the years are of 1 January, the figures of 31 December", mend="Correct one of them.")
    opened.log.correct(f"year: {NEXT_YEAR}")
    year = cells.axes["year"]
    return replace(cells, axes=cells.axes | {"year": replace(year, labels=year.labels + opened.years_on)})

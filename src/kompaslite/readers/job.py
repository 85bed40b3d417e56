"""One table on its way from file to array: opened, its columns found, its cells checked, its rows accounted for."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.readers.areatable import AreaCodes, read_area_codes
from kompaslite.readers.checks import (
    Cube,
    check_double,
    check_labels,
    check_missing,
    check_values,
    cube,
    without_totals,
    without_unknown,
)
from kompaslite.readers.columns import Columns, Layout, as_columns, component_of, layout
from kompaslite.readers.findings import Log
from kompaslite.readers.grid import RawTable
from kompaslite.readers.inforce import blocks, drop_incomplete, drop_out_of_force
from kompaslite.readers.labelcolumns import distinct
from kompaslite.readers.sources import Source, load, name_of
from kompaslite.readers.tidy import Cellwise, tell_remarks
from kompaslite.schema import DIMS, SchemaError, short_list

T = TypeVar("T", xr.DataArray, xr.Dataset)
Mapped = Columns | Mapping[str, object] | None
Keep = Mapping[str, Collection[object]] | None
Codes = AreaCodes | pd.DataFrame | str | Path | None
Incomplete = Literal["error", "set aside"]

_RATES = re.compile(
    r"prosent|per\s?cent|promille|per mille|%|per 1[ .]?000|andel|share|rate|i 1[ .]?000|1[ .]?000 pers"
)
_YEARS_OF = re.compile(r"\b(?:\d+|to|tre|fire|fem|two|three|four|five)[\s-]*(?:års?|ar|year|years)\b.*|sum.*\bår\b")


@dataclass(frozen=True, slots=True)
class Job:
    """A table that is being read, and how.

    Parameters
    ----------
    raw : RawTable
        Its cells.
    where : Layout
        Which column holds what.
    columns : Columns
        What was declared.
    log : Log
        What was found so far.
    keep : mapping
        Dimension to the labels that are wanted.
    codes : AreaCodes or None
        What became of each area code.
    whole : bool
        Whether figures must be whole.
    incomplete : {"error", "set aside"}
        What to do with areas some of whose cells have no row.
    flows : bool
        Whether the table holds components of change.
    """

    raw: RawTable
    where: Layout
    columns: Columns
    log: Log
    keep: Mapping[str, Collection[object]]
    codes: AreaCodes | None
    whole: bool
    incomplete: Incomplete
    flows: bool


def open_job(
    source: Source,
    *,
    columns: Mapped,
    keep: Keep,
    codes: Codes,
    whole: bool,
    incomplete: Incomplete,
    sheet: str | None,
    flows: bool,
) -> Job:
    """Load a table and find its columns."""
    if incomplete not in ("error", "set aside"):
        raise SchemaError(f"incomplete is {incomplete!r}. Give 'error' or 'set aside'.")
    log = Log(name_of(source))
    declared = as_columns(columns)
    raw = load(source, log, sheet=sheet)
    job = Job(
        raw=raw,
        where=layout(list(raw.columns), declared, flows=flows),
        columns=declared,
        log=log,
        keep=dict(keep or {}),
        codes=codes if codes is None or isinstance(codes, AreaCodes) else read_area_codes(codes),
        whole=whole,
        incomplete=incomplete,
        flows=flows,
    )
    log.unused = job.where.unused
    _require_columns(job, ("year",) if flows else ("sex", "age", "year"))
    _check_measure(job)
    return job


def _require_columns(job: Job, needed: tuple[str, ...]) -> None:
    raw, where, columns, log = job.raw, job.where, job.columns, job.log
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
            "Name them with columns={'age': 'Alder', ...}, or give one label for all rows with columns={'fixed': ...}."
        )
        log.problem(f"no column for {short_list(missing)}", mend=f"{have} {hint}")
    if not where.figures:
        events = [] if job.flows else [header for header in where.unused if component_of(header, columns)]
        words = f" Components of change ({short_list(events)}) are read with read_flows." if events else ""
        log.problem("no column of figures", mend=f"{have} Name it with columns={{'value': ...}}.{words}")
    log.raise_problems()


def _check_measure(job: Job) -> None:
    raw, where, log = job.raw, job.where, job.log
    if raw.kind == ("Stock" if job.flows else "Flow"):
        kind, reader = ("a stock", "read_population") if job.flows else ("a flow during the year", "read_flows")
        log.problem(f"the dataset says that its figures are {kind}", mend=f"Read it with {reader}.")
    if where.measure is None or where.measure == where.component:
        return
    codes, labels = distinct(raw.columns[where.measure])
    seen = np.bincount(codes, minlength=len(labels)) > 0
    names = [" ".join(str(label).split()) for label, used in zip(labels, seen, strict=True) if used]
    if len(names) > 1:
        log.problem(
            f"column {where.measure!r} holds several measures: {short_list([repr(name) for name in names])}",
            raw.rows[codes != codes[0]],
            "Keep the rows of one measure, in persons.",
        )
        return
    text = names[0].casefold()
    if _RATES.search(text):
        log.problem(f"the figures are {names[0]!r}, not persons", mend="Fetch or compute the table in whole persons.")
    elif _YEARS_OF.search(text):
        log.problem(
            f"the figures are {names[0]!r}: sums over several years", mend="Divide by the number of years first."
        )
    elif not job.flows and component_of(names[0], Columns()):
        log.problem(f"the figures are {names[0]!r}: events during the year, not a stock", mend="Use read_flows.")


def check_cells(job: Job, cells: Cellwise, name: str, *, signed: bool) -> tuple[Cellwise, Cube | None]:
    """Every check of cells with keys."""
    log = job.log
    labels_are_good = not log.problems
    tell_remarks(cells, log)
    check_values(cells, name, log, whole=job.whole, signed=signed)
    cells = without_totals(without_unknown(cells), log, whole=job.whole)
    if job.codes is not None and "area" in cells.axes:
        cells = drop_out_of_force(cells, job.codes, name, log)
    if not cells.values.size:
        if not log.problems:
            log.problem(f"{name}: no row is left", mend="Check keep={...} and the labels.")
        return cells, None
    table = cube(cells, name, log)
    if table is not None and job.incomplete == "set aside" and labels_are_good and job.codes is None:
        cells, table = drop_incomplete(cells, table, name, log)
    if table is None:
        return cells, None
    unused = {header: job.raw.columns[header] for header in job.where.unused}
    check_double(cells, table, name, log, unused=unused)
    if labels_are_good:
        check_labels(table, name, log, flows=job.flows)
        check_missing(blocks(table) if job.codes is not None else table, name, log)
    return cells, table


def as_array(cells: Cellwise, table: Cube, *, units: str, name: str) -> xr.DataArray:
    """The cells as an array in the order of the library; blocks of codes out of force are NaN."""
    values = np.full(int(np.prod(table.shape)), np.nan)
    values[table.places] = cells.values
    coords = {dim: (dim, labels) for dim, labels in table.labels.items()}
    array = xr.DataArray(
        values.reshape(table.shape), dims=tuple(table.labels), coords=coords, attrs={"units": units}, name=name
    ).transpose(*[dim for dim in DIMS if dim in table.labels])
    if cells.estimated is None or "area" not in table.labels:
        return array
    axes = list(table.labels)
    where = np.unravel_index(table.places[cells.estimated], table.shape)
    flags = np.zeros((table.labels["area"].size, table.labels["year"].size), dtype=bool)
    flags[where[axes.index("area")], where[axes.index("year")]] = True
    return array.assign_coords(estimated=(("area", "year"), flags))


def with_report(array: T, log: Log) -> T:
    """The array with what became of the rows of its table, in words and numbers that any file format keeps."""
    report = log.report()
    return array.assign_attrs(
        rows_read=report.rows_read,
        rows_used=report.rows_used,
        rows_set_aside=report.rows_set_aside,
        reading=str(report),
    )

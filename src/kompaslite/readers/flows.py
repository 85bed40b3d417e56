"""Tables of events during the year to a Dataset of components of change."""

from collections.abc import Collection, Mapping
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.readers.columns import is_stock
from kompaslite.readers.findings import Log
from kompaslite.readers.job import Codes, Incomplete, Job, Keep, Mapped, as_array, check_cells, open_job, with_report
from kompaslite.readers.labelcolumns import Axis
from kompaslite.readers.recode import recode_areas
from kompaslite.readers.sources import Source
from kompaslite.readers.tidy import Cellwise, kept, left_out, understood
from kompaslite.schema import FLOWS, count_unit, short_list

_SIGNED = ("net_migration", "adjustment")
_PARTS = ("in_migration", "out_migration", "immigration", "emigration")


def read_flows(
    source: Source,
    *,
    columns: Mapped = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    sheet: str | None = None,
) -> xr.Dataset:
    """Births, deaths and moves during calendar years from a table, tidy or wide.

    Parameters
    ----------
    source : str, Path, pd.DataFrame or mapping
        As in `read_population`. Either one column for each component (``births``, ``Døde``, ``Innflyttinger``...), or
        one row for each event with a column that names its component.
    columns : Columns or mapping, optional
        Which column holds what; ``components`` says what other names mean. See `Columns`.
    keep : mapping, optional
        Dimension to the labels that are wanted; ``component`` may be among them.
    codes : AreaCodes, pd.DataFrame or file, optional
        What became of each area code; see `recode_areas`.
    whole : bool
        Whether every figure must be a whole number.
    incomplete : {"error", "set aside"}
        What to do with an area some of whose cells have no row.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    xr.Dataset
        One variable for each component, ``([area], [sex], [age], year)``, floats in persons per year; the age is
        that reached during the year, births are by the mother's age. ``attrs`` as in `read_population`.

    Raises
    ------
    TableError
        All problems of the table at once, each with its first rows and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"kommunenr": "3201", "år": [2024, 2025], "Fødte": [1290, 1304], "Døde": [1010, 990]})
    >>> read_flows(frame)["births"].sel(area="3201").values
    array([1290., 1304.])
    """
    job = open_job(
        source, columns=columns, keep=keep, codes=codes, whole=whole, incomplete=incomplete, sheet=sheet, flows=True
    )  # fmt: skip
    result = flows_of(job)
    return result if job.codes is None else recode_areas(result, job.codes, incomplete=incomplete)


def flows_of(job: Job) -> xr.Dataset:
    """The components of change that a table holds, by the area codes of the table.

    Parameters
    ----------
    job : Job
        The table.

    Returns
    -------
    xr.Dataset

    Raises
    ------
    TableError
        All problems of the table at once.
    """
    log = job.log
    cells = understood(job.raw, job.where, job.columns, log, wanted=job.keep.get("component"), flows=True)
    _require_components(cells, job)
    cells = kept(cells, {dim: labels for dim, labels in job.keep.items() if dim != "component"}, log)
    parts = {name: _component(cells, name, job) for name in _names(cells, job.keep.get("component"), log)}
    _check_double_counting(parts, log)
    log.raise_problems()
    return with_report(xr.Dataset({name: part for name, part in parts.items() if part is not None}), log)


def _names(cells: Cellwise, wanted: Collection[object] | None, log: Log) -> list[str]:
    axis = cast("Axis", cells.component)
    names = [name for name in FLOWS if name in axis.labels]
    if wanted is None:
        return names
    absent = [name for name in wanted if name not in names]
    if absent:
        log.problem(
            f"keep asks for components that are not in the table: {short_list(absent)}",
            mend=f"It has {short_list(names, most=9)}.",
        )
    chosen = [name for name in names if name in wanted]
    out = ~np.append(np.isin(axis.labels, chosen), [False, False])[axis.codes]
    log.put_aside("component not asked for in keep", left_out(cells.rows, ~out))
    return chosen


def _require_components(cells: Cellwise, job: Job) -> None:
    if cells.component is not None:
        return
    header = job.where.figures[0].header
    stock = "A population is a stock: read it with read_population. " if any(map(is_stock, job.raw.columns)) else ""
    job.log.problem(
        f"it is not said which component of change column {header!r} holds",
        mend=f"{stock}Name it with columns={{'components': {{{header!r}: 'births'}}}}, or if the whole table is of one "
        "component, with columns={'fixed': {'component': 'births'}}.",
    )
    job.log.raise_problems()


def _component(cells: Cellwise, name: str, job: Job) -> xr.DataArray | None:
    axis = cast("Axis", cells.component)
    mine = cells.take(axis.codes == int(np.flatnonzero(axis.labels == name)[0]))
    mine, table = check_cells(job, mine, name, signed=name in _SIGNED)
    if table is None or job.log.problems:
        return None
    return as_array(mine, table, units=count_unit(), name=name)


def _check_double_counting(parts: Mapping[str, object], log: Log) -> None:
    gross = [name for name in _PARTS if name in parts]
    if "net_migration" in parts and gross:
        log.problem(
            f"net_migration stands beside {short_list(gross)}, which it is the balance of",
            mend="They would be counted twice; name those that are wanted with keep={'component': [...]}.",
        )

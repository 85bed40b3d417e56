"""A table of events during the year to the components of change that it holds."""

from collections.abc import Collection, Mapping
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.readers.columns import is_stock
from kompaslite.readers.findings import Log
from kompaslite.readers.job import Job, as_array, check_cells, with_report
from kompaslite.readers.labelcolumns import Axis
from kompaslite.readers.tidy import Cellwise, kept, left_out, understood
from kompaslite.schema import FLOWS, count_unit, short_list

_SIGNED = ("net_migration", "adjustment")
_PARTS = ("in_migration", "out_migration", "immigration", "emigration")


def flows_of(job: Job) -> xr.Dataset:
    """The components of change that a table holds, by the area codes of the table."""
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

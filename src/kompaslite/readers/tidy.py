"""Raw columns to cells with understood labels: tidy and wide tables become one list of cells with keys."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from kompaslite.readers.axes import column_axis, fixed_axis, header_axis
from kompaslite.readers.columns import TABLE_DIMS, Columns, Layout, component_of, is_stock
from kompaslite.readers.counts import Count, read_counts
from kompaslite.readers.findings import Log, once
from kompaslite.readers.grid import RawTable
from kompaslite.readers.labelcolumns import BESIDE, SPECIAL, TOTAL, UNKNOWN, Axis, distinct
from kompaslite.schema import FLOWS, short_list

Wanted = Collection[object] | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be told of a figure.

    Parameters
    ----------
    header : str
        Its column.
    count : Count
        What it means, what is wrong with it, or how it was corrected.
    """

    header: str
    count: Count


@dataclass(frozen=True, slots=True)
class Cellwise:
    """All cells of a table with their keys.

    Parameters
    ----------
    axes : dict
        Dimension to axis; only the dimensions that the table has.
    component : Axis or None
        Component of change of each cell, in a table of flows.
    values : np.ndarray
        Figures, NaN where there is none.
    rows : np.ndarray
        Number of each cell's row in the file.
    estimated : np.ndarray or None
        Whether a cell is estimated, where the table says so.
    remarks : tuple of Remark
        What is to be told of figures, if their cells count.
    remarked : np.ndarray or None
        For each cell the position of its remark, -1 if there is none.
    """

    axes: dict[str, Axis]
    component: Axis | None
    values: np.ndarray
    rows: np.ndarray
    estimated: np.ndarray | None
    remarks: tuple[Remark, ...] = ()
    remarked: np.ndarray | None = None

    def take(self, keep: np.ndarray) -> "Cellwise":
        """The cells that are kept."""
        return Cellwise(
            axes={dim: replace(axis, codes=axis.codes[keep]) for dim, axis in self.axes.items()},
            component=None if self.component is None else replace(self.component, codes=self.component.codes[keep]),
            values=self.values[keep],
            rows=self.rows[keep],
            estimated=None if self.estimated is None else self.estimated[keep],
            remarks=self.remarks,
            remarked=None if self.remarked is None else self.remarked[keep],
        )


def understood(
    raw: RawTable, where: Layout, columns: Columns, log: Log, *, wanted: Wanted = None, flows: bool
) -> Cellwise:
    """Every cell of a table with its labels understood and its figure read."""
    count, width = raw.rows.size, len(where.figures)
    rows = np.tile(raw.rows, width)
    axes: dict[str, Axis] = {}
    for dim in TABLE_DIMS:
        if dim in where.dims:
            axis = column_axis(dim, raw, where.dims[dim], columns, log=log)
            axes[dim] = replace(axis, codes=np.tile(axis.codes, width)) if width > 1 else axis
        elif all(dim in figures.labels for figures in where.figures):
            axes[dim] = header_axis([figures.labels[dim] for figures in where.figures], count)
        elif dim in columns.fixed:
            axes[dim] = fixed_axis(dim, columns.fixed[dim], count * width, log)
    _check_seams(raw, where, log)
    values, remarks, remarked = _values(raw, where, columns)
    component = _components(raw, where, columns, log, wanted=wanted) if flows else None
    return Cellwise(axes, component, values, rows, _estimated(raw, where, log), remarks, remarked)


def tell_remarks(cells: Cellwise, log: Log) -> None:
    """Note what is to be told of the figures of these cells."""
    if cells.remarked is None:
        return
    told: dict[tuple[str, str, str], list[int]] = {}
    for i, remark in enumerate(cells.remarks):
        count = remark.count
        key = (
            (f"column {remark.header!r}: {count.problem}", count.mend, "")
            if count.problem
            else ("", "", count.correction)
        )
        told.setdefault(key, []).append(i)
    for (problem, mend, correction), positions in told.items():
        rows = cells.rows[np.isin(cells.remarked, positions)]
        if rows.size and problem:
            log.problem(problem, rows, mend)
        elif rows.size:
            log.correct(correction, rows)


def kept(cells: Cellwise, keep: Mapping[str, Collection[object]], log: Log) -> Cellwise:
    """The cells with wanted labels; the others are set aside."""
    chosen = np.ones(cells.values.size, dtype=bool)
    for dim, labels in keep.items():
        if dim not in cells.axes:
            log.problem(f"keep names the dimension {dim}, which the table does not have", mend="Leave it out.")
            continue
        axis, wanted = cells.axes[dim], [str(label) if dim == "area" else label for label in labels]
        have = axis.labels.tolist()
        absent = [label for label in wanted if label not in have]
        if absent:
            words = f"{len(absent)} labels of dimension {dim} that keep asks for are not in the table"
            log.problem(f"{words}: {short_list(absent)}", mend=f"The table has {short_list(have)}.")
        among = np.array([label in wanted for label in have] + [True] * SPECIAL)  # codes below 0 look at the end
        among[TOTAL] = dim != "area"
        chosen &= among[axis.codes]
    if chosen.all():
        return cells
    log.put_aside("label not asked for in keep", left_out(cells.rows, chosen))
    return _dense(cells.take(chosen))


def left_out(rows: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Rows of which no cell is chosen; a row of a wide table has several cells."""
    out = once(rows[~chosen])
    return out if np.all(rows[1:] > rows[:-1]) else out[~np.isin(out, rows[chosen])]


def _dense(cells: Cellwise) -> Cellwise:
    axes = {}
    for dim, axis in cells.axes.items():
        count = axis.labels.size
        present = np.zeros(count + SPECIAL, dtype=bool)
        present[axis.codes] = True
        new = np.append(np.cumsum(present[:count]) - 1, [BESIDE, UNKNOWN, TOTAL])
        axes[dim] = Axis(axis.labels[present[:count]], new[axis.codes])
    return replace(cells, axes=axes)


def _check_seams(raw: RawTable, where: Layout, log: Log) -> None:
    for figures in where.figures:
        if figures.header in raw.merged:
            rows = raw.merged[figures.header]
            log.problem(f"merged cells in the figures of column {figures.header!r}", rows, "Unmerge them.")


def _values(raw: RawTable, where: Layout, columns: Columns) -> tuple[np.ndarray, tuple[Remark, ...], np.ndarray | None]:
    parts: list[np.ndarray] = []
    remarks: list[Remark] = []
    remarked: list[np.ndarray] = []
    for figures in where.figures:
        values, codes, counts = read_counts(raw.columns[figures.header], decimal=columns.decimal, zeros=columns.zeros)
        parts.append(values)
        numbers = np.full(len(counts) + 1, -1)
        for i, count in enumerate(counts):
            if count.problem or count.correction:
                numbers[i] = len(remarks)
                remarks.append(Remark(figures.header, count))
        remarked.append(numbers[codes] if codes.size else np.full(values.size, -1))
    values = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return values, tuple(remarks), np.concatenate(remarked) if remarks else None


def _components(raw: RawTable, where: Layout, columns: Columns, log: Log, *, wanted: Wanted) -> Axis | None:
    count = raw.rows.size
    if where.component is None and "component" in columns.fixed:
        return header_axis([str(columns.fixed["component"])], count * len(where.figures))
    if where.component is None:
        names = [str(figures.labels["component"]) for figures in where.figures if "component" in figures.labels]
        return header_axis([*names], count) if len(names) == len(where.figures) else None
    codes, raw_labels = distinct(raw.columns[where.component])
    found = [component_of(label, columns) for label in raw_labels]
    seen = np.bincount(codes, minlength=len(found)) > 0
    wrong = np.array([name is None for name in found]) & seen
    if wrong.any() and wanted is None:
        named = [repr(str(label)) for label, bad in zip(raw_labels, wrong, strict=True) if bad]
        stock = any(is_stock(label) for label, bad in zip(raw_labels, wrong, strict=True) if bad)
        mend = "A population is a stock: read it with read_population. " if stock else ""
        log.problem(
            f"component of change not understood: {short_list(named)}",
            raw.rows[wrong[codes]],
            f"{mend}Say what they are with columns={{'components': {{...}}}}; they are {short_list(FLOWS, most=12)}.",
        )
    labels = sorted({name for name in found if name})
    position = {name: i for i, name in enumerate(labels)}
    to = np.array([position.get(name or "", UNKNOWN) for name in found], dtype=np.intp)
    return Axis(np.array(labels, dtype=object), np.tile(to[codes], len(where.figures)))


def _estimated(raw: RawTable, where: Layout, log: Log) -> np.ndarray | None:
    if where.estimated is None:
        return None
    codes, labels = distinct(raw.columns[where.estimated])
    words = [str(label).strip().casefold() for label in labels]
    yes, no = {"true", "1", "1.0", "yes", "ja"}, {"false", "0", "0.0", "no", "nei", "", "none", "nan"}
    strange = [word for word in words if word not in yes | no]
    if strange:
        log.problem(
            f"column {where.estimated!r} says neither yes nor no: {short_list(strange)}", mend="Use true and false."
        )
    return np.tile(np.array([word in yes for word in words])[codes], len(where.figures))

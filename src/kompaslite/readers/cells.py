"""Raw columns to cells with understood labels: tidy and wide tables become one list of cells with keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kompaslite.readers.area_codes import area_labels
from kompaslite.readers.columns import TABLE_DIMS, ColumnRoles, Columns, component_of, is_stock
from kompaslite.readers.figures import Count, is_blank, is_estimate, plain, read_counts
from kompaslite.readers.grid import Cells, RawTable
from kompaslite.readers.labels import (
    BESIDE,
    NEXT_YEAR,
    NOT_STATED,
    SPECIAL,
    TOTAL,
    UNKNOWN,
    WITHIN,
    Axis,
    Declared,
    Label,
    LabelColumn,
    distinct,
    understand,
)
from kompaslite.readers.report import Log, once
from kompaslite.schema import FLOWS, short_list

Wanted = Collection[object] | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be told of a figure."""

    header: str
    count: Count


@dataclass(frozen=True, slots=True)
class CellTable:
    """All cells of a table with their keys."""

    axes: dict[str, Axis]
    component: Axis | None
    values: np.ndarray
    rows: np.ndarray
    estimated: np.ndarray | None
    remarks: tuple[Remark, ...] = ()
    remarked: np.ndarray | None = None

    def take(self, keep: np.ndarray) -> "CellTable":
        """The cells that are kept."""
        return CellTable(
            axes={dim: replace(axis, codes=axis.codes[keep]) for dim, axis in self.axes.items()},
            component=None if self.component is None else replace(self.component, codes=self.component.codes[keep]),
            values=self.values[keep],
            rows=self.rows[keep],
            estimated=None if self.estimated is None else self.estimated[keep],
            remarks=self.remarks,
            remarked=None if self.remarked is None else self.remarked[keep],
        )


def understood(
    raw: RawTable, where: ColumnRoles, columns: Columns, log: Log, *, wanted: Wanted = None, flows: bool
) -> CellTable:
    """Every cell of a table with its labels understood and its figure read."""
    count, width = raw.rows.size, len(where.figures)
    rows = np.tile(raw.rows, width)
    axes: dict[str, Axis] = {}
    for dim in TABLE_DIMS:
        if dim in where.dims:
            axis = column_axis(dim, raw, where.dims[dim], columns, log=log, flows=flows)
            axes[dim] = replace(axis, codes=np.tile(axis.codes, width)) if width > 1 else axis
        elif all(dim in figures.labels for figures in where.figures):
            axes[dim] = header_axis([figures.labels[dim] for figures in where.figures], count)
        elif dim in columns.fixed:
            axes[dim] = fixed_axis(dim, columns.fixed[dim], count * width, log)
    _check_seams(raw, where, log)
    values, remarks, remarked = _values(raw, where, columns)
    component = _components(raw, where, columns, log, wanted=wanted) if flows else None
    return CellTable(axes, component, values, rows, _estimated(raw, where, log), remarks, remarked)


def tell_remarks(cells: CellTable, log: Log) -> None:
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


def kept(cells: CellTable, keep: Mapping[str, Collection[object]], log: Log) -> CellTable:
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


def _dense(cells: CellTable) -> CellTable:
    axes = {}
    for dim, axis in cells.axes.items():
        count = axis.labels.size
        present = np.zeros(count + SPECIAL, dtype=bool)
        present[axis.codes] = True
        new = np.append(np.cumsum(present[:count]) - 1, [BESIDE, UNKNOWN, TOTAL])
        axes[dim] = Axis(axis.labels[present[:count]], new[axis.codes])
    return replace(cells, axes=axes)


def _check_seams(raw: RawTable, where: ColumnRoles, log: Log) -> None:
    for figures in where.figures:
        if figures.header in raw.merged:
            rows = raw.merged[figures.header]
            log.problem(f"merged cells in the figures of column {figures.header!r}", rows, "Unmerge them.")


def _values(
    raw: RawTable, where: ColumnRoles, columns: Columns
) -> tuple[np.ndarray, tuple[Remark, ...], np.ndarray | None]:
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


def _components(raw: RawTable, where: ColumnRoles, columns: Columns, log: Log, *, wanted: Wanted) -> Axis | None:
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
            f"{mend}They are {short_list(FLOWS, most=12)}. In Python: say what others are with "
            "columns={'components': {...}}.",
        )
    labels = sorted({name for name in found if name})
    position = {name: i for i, name in enumerate(labels)}
    to = np.array([position.get(name or "", UNKNOWN) for name in found], dtype=np.intp)
    return Axis(np.array(labels, dtype=object), np.tile(to[codes], len(where.figures)))


def _estimated(raw: RawTable, where: ColumnRoles, log: Log) -> np.ndarray | None:
    told = raw.estimated
    if where.estimated is not None:
        codes, labels = distinct(raw.columns[where.estimated])
        flags = [_flag(label) for label in labels]
        strange = [str(label) for label, flag in zip(labels, flags, strict=True) if flag is None]
        if strange:
            words = f"column {where.estimated!r} says neither yes nor no: {short_list(strange)}"
            log.problem(words, mend="Use true and false.")
        marked = np.array([bool(flag) for flag in flags])[codes]
        told = marked if told is None else told | marked
    return None if told is None else np.tile(told, len(where.figures))


def _flag(label: object) -> bool | None:
    """Whether a row is estimated: yes, no, or a flag of SDMX; None if it is neither."""
    text = "" if is_blank(label) else plain(label)
    known = {"true": True, "1": True, "1.0": True, "yes": True, "ja": True, "none": False}
    known |= dict.fromkeys(("false", "0", "0.0", "no", "nei", "", "nan"), False)
    return known.get(text, is_estimate(text))


_MENDS = {
    "area": "Areas are codes such as 3201, K-3201 or 3201 Bærum. In Python: say what others mean with "
    "columns={'labels': {'area': {...}}}.",
    "sex": "Sexes are female, male, kvinner, menn. In Python: say what others mean with "
    "columns={'labels': {'sex': {...}}}.",
    "age": "Ages are single years, the last one open: 0, 0 år, 105 år eller eldre. In Python: split age groups with "
    "graduate(...), or say what labels mean with columns={'labels': {'age': {...}}}.",
    "year": "Years are calendar years such as 2026; sums over several years must be divided by their number first.",
}


def column_axis(dim: str, raw: RawTable, header: str, columns: Columns, *, log: Log, flows: bool) -> Axis:
    """The axis of a column of labels."""
    codes, found = distinct(_label_cells(raw, header, columns, log))
    meant = Declared(columns.labels.get(dim))
    _check_declared(dim, meant, found, log)
    labels = [understand(dim, cell, meant) for cell in found]
    if flows:
        labels = [Label(None, "unknown", WITHIN) if label.note == NEXT_YEAR else label for label in labels]
    column = LabelColumn(dim, labels, found, codes, raw.rows)
    labels = area_labels(column, columns, log) if dim == "area" else labels
    _log_unknown(column, log)
    for note in sorted({label.note for label in labels if label.note and label.kind == "label"}):
        log.correct(f"{dim}: {note}", column.rows_of(label.note == note for label in labels))
    if dim == "age":
        _check_open(column, log)
    return _axis(labels, codes)


def _check_declared(dim: str, meant: Declared, found: Sequence[object], log: Log) -> None:
    absent = meant.without_match(found)
    if absent:
        log.problem(
            f"declared labels of dimension {dim} are not in the table: {short_list([repr(key) for key in absent])}",
            mend=f"It has {short_list([repr(str(cell)) for cell in found])}.",
        )


def _label_cells(raw: RawTable, header: str, columns: Columns, log: Log) -> Cells:
    cells = raw.columns[header]
    if header in raw.merged:
        log.correct(f"merged cells of column {header!r} read as repeating their label", raw.merged[header])
    if not columns.fill_down or isinstance(cells, pd.Categorical) or cells.dtype != object:
        return cells
    series = pd.Series([None if is_blank(cell) else cell for cell in cells], dtype=object)
    blank = series.isna().to_numpy()
    if blank.any():
        log.correct(f"blank labels of column {header!r} filled from above, as told", raw.rows[blank])
    return series.ffill().to_numpy(dtype=object)


def fixed_axis(dim: str, label: object, count: int, log: Log) -> Axis:
    """The axis of a dimension with one declared label for all cells."""
    meant = understand(dim, label)
    if meant.value is None:
        log.problem(f"columns['fixed'] gives {dim} {label!r}, which is not understood", mend=_MENDS[dim])
        return Axis(np.empty(0, dtype=object), np.full(count, UNKNOWN))
    return Axis(_typed([meant.value]), np.zeros(count, dtype=np.intp))


def header_axis(labels: Sequence[str | int | None], count: int) -> Axis:
    """The axis of labels that stand in the headers of columns of `count` cells each; None is a total."""
    names = sorted({label for label in labels if label is not None}, key=_order)
    position: dict[str | int | None, int] = {name: i for i, name in enumerate(names)} | {None: TOTAL}
    return Axis(_typed(names), np.repeat([position[label] for label in labels], count))


def _order(name: str | int) -> tuple[str, int]:
    return (name, 0) if isinstance(name, str) else ("", name)


def _typed(names: Sequence[str | int]) -> np.ndarray:
    return np.array(names, dtype=object if any(isinstance(name, str) for name in names) else np.int64)


def _axis(labels: Sequence[Label], codes: np.ndarray) -> Axis:
    names = sorted({label.value for label in labels if label.value is not None}, key=_order)
    position: Mapping[str | int | None, int] = {name: i for i, name in enumerate(names)}
    special = {"total": TOTAL, "beside": BESIDE, "unknown": UNKNOWN}
    to = [special[label.kind] if label.kind in special else position[label.value] for label in labels]
    return Axis(_typed(names), np.array(to, dtype=np.intp)[codes])


def _log_unknown(column: LabelColumn, log: Log) -> None:
    for note in sorted({label.note for label in column.labels if label.kind == "unknown"}):
        chosen = [label.kind == "unknown" and label.note == note for label in column.labels]
        named = column.named(chosen)
        if note == "blank":
            what, mend = (
                f"blank label of dimension {column.dim}",
                "Complete it. In Python: columns={'fill_down': True} repeats the one above.",
            )
        elif note == NOT_STATED:
            what = f"{column.dim} not stated: {short_list(named)}"
            mend = "Spread these people over the labels, or remove them."
        else:
            what = f"label of dimension {column.dim} not understood: {short_list(named)} ({note})"
            mend = _MENDS[column.dim]
        if any("Ã" in name for name in named):
            mend = "The text is UTF-8 that was once read as Latin-1; save it again as UTF-8."
        log.problem(what, column.rows_of(chosen), mend)


def _check_open(column: LabelColumn, log: Log) -> None:
    ages = [label.value for label in column.labels if isinstance(label.value, int)]
    early = sorted(
        label.value
        for label in column.labels
        if label.is_open and isinstance(label.value, int) and label.value < max(ages)
    )
    if early:
        log.problem(
            f"age {early[0]} is open (everyone older is in it), but there are ages above it: {max(ages)}",
            column.rows_of(label.is_open and label.value == early[0] for label in column.labels),
            "Leave out the open group or the ages above it.",
        )

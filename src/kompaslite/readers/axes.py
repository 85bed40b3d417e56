"""One label column to an axis: distinct labels understood, lost zeros restored, what is not understood noted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from kompaslite.readers.areacodes import area_labels
from kompaslite.readers.columns import Columns
from kompaslite.readers.findings import Log
from kompaslite.readers.grid import Cells, RawTable
from kompaslite.readers.labelcolumns import BESIDE, TOTAL, UNKNOWN, Axis, LabelColumn, distinct
from kompaslite.readers.labels import Label, is_blank, understand
from kompaslite.schema import short_list

_MENDS = {
    "area": "Areas are codes such as 3201, K-3201 or 3201 Bærum; say what others mean with "
    "columns={'labels': {'area': {...}}}.",
    "sex": "Sexes are female, male, kvinner, menn; say what others mean with columns={'labels': {'sex': {...}}}.",
    "age": "Ages are single years, the last one open: 0, 0 år, 105 år eller eldre. Split age groups with "
    "graduate(...), or say what labels mean with columns={'labels': {'age': {...}}}.",
    "year": "Years are calendar years such as 2026; sums over several years must be divided by their number first.",
}
_NOT_STATED = "people whose label is not known"


def column_axis(dim: str, raw: RawTable, header: str, columns: Columns, *, log: Log) -> Axis:
    """The axis of a column of labels."""
    codes, found = distinct(_label_cells(raw, header, columns, log))
    meant = columns.labels.get(dim)
    column = LabelColumn(dim, [understand(dim, cell, meant) for cell in found], found, codes, raw.rows)
    labels = area_labels(column, columns, log) if dim == "area" else column.labels
    _log_unknown(column, log)
    for note in sorted({label.note for label in labels if label.note and label.kind == "label"}):
        log.correct(f"{dim}: {note}", column.rows_of(label.note == note for label in labels))
    if dim == "age":
        _check_open(column, log)
    return _axis(labels, codes)


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


def header_axis(labels: Sequence[str | int], count: int) -> Axis:
    """The axis of labels that stand in the headers of columns of `count` cells each."""
    names = sorted(set(labels), key=_order)
    position = {name: i for i, name in enumerate(names)}
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
            what, mend = f"blank label of dimension {column.dim}", "Complete it, or let fill_down repeat the one above."
        elif note == _NOT_STATED:
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

"""The cells of a text file or sheet to named columns: titles above, notes below, blank rows and torn rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kompaslite.readers.findings import Log, TableError, stop
from kompaslite.readers.labels import is_blank

Cells = np.ndarray | pd.Categorical
#: A grid that is so many times larger than its cells is torn, not a table.
_SPARSE = 50


@dataclass(frozen=True, slots=True)
class RawTable:
    """The cells of a table, before they are understood.

    Parameters
    ----------
    columns : dict
        Header to cells, all of one length.
    rows : np.ndarray
        The number of each row in the file; the first line of a text file or sheet is 1.
    merged : dict
        Header to the rows whose cells are merged with the one above.
    kind : str
        ``"Stock"`` or ``"Flow"`` where the file says so.
    """

    columns: dict[str, Cells]
    rows: np.ndarray
    merged: dict[str, np.ndarray] = field(default_factory=dict)
    kind: str = ""


def as_grid(flat: Sequence[Any], widths: Sequence[int], log: Log) -> np.ndarray:
    """Rows of differing length as one array, short rows filled with None."""
    lengths = np.asarray(widths, dtype=np.intp)
    rows, columns = lengths.size, int(lengths.max(initial=0))
    if rows * columns > _SPARSE * (len(flat) + 1_000):
        raise stop(log.source, f"One row has {columns:,} cells, far more than the others", "Save the table again.")
    cells = np.empty(len(flat), dtype=object)
    cells[:] = flat
    if np.all(lengths == columns):
        return cells.reshape(rows, columns)
    grid = np.full((rows, columns), None, dtype=object)
    starts = np.cumsum(lengths) - lengths
    grid[np.repeat(np.arange(rows), lengths), np.arange(len(flat)) - np.repeat(starts, lengths)] = cells
    return grid


def table_of(grid: np.ndarray, numbers: np.ndarray, log: Log, merged: Mapping[int, list[int]]) -> RawTable:
    """The table inside a grid: from its header to its last row, without titles, notes and blank rows."""
    first = next((i for i, row in enumerate(grid) if sum(not is_blank(cell) for cell in row) > 1), None)
    if first is None:
        raise stop(log.source, "No row has two cells or more: there is no table", "Check the file and its delimiter.")
    log.rows_read = len(grid) - 1
    log.put_aside("title or blank line above the header", numbers[:first])
    headers = _headers(grid[first], log)
    inside = _table_rows(grid, first + 1, numbers, log)
    if not inside.any():
        raise stop(log.source, "The table has a header but no rows", "Save or fetch it again.")
    body, rows = grid[inside], numbers[inside]
    _check_width(body, rows, len(headers), log)
    columns: dict[str, Cells] = {header: np.ascontiguousarray(body[:, i]) for i, header in enumerate(headers)}
    seams = {headers[column]: numbers[lines] for column, lines in merged.items() if column < len(headers)}
    return RawTable(columns, rows, merged=seams)


def _headers(row: np.ndarray, log: Log) -> list[str]:
    headers = ["" if is_blank(cell) else _header(cell) for cell in row]
    while headers and not headers[-1]:
        headers.pop()
    double = [header for header, count in Counter(headers).items() if count > 1 and header]
    if double:
        raise stop(log.source, f"Two columns have the header {double[0]!r}", "Rename one of them.")
    return [header or f"column {i}" for i, header in enumerate(headers, start=1)]


def _header(cell: object) -> str:
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return " ".join(text.replace("\ufeff", "").split())


def _table_rows(grid: np.ndarray, start: int, numbers: np.ndarray, log: Log) -> np.ndarray:
    inside = np.arange(len(grid)) >= start
    codes, distinct = pd.factorize(grid[:, 0], use_na_sentinel=False)
    maybe = inside & np.array([is_blank(cell) for cell in distinct], dtype=bool)[codes]
    blank = [i for i in np.flatnonzero(maybe) if all(is_blank(cell) for cell in grid[i])]
    inside[blank] = False
    log.put_aside("blank row", numbers[blank])
    notes = []
    for i in np.flatnonzero(inside)[:0:-1]:
        if sum(not is_blank(cell) for cell in grid[i]) > 1:
            break
        notes.append(i)
    inside[notes] = False
    log.put_aside("note under the table", numbers[notes])
    return inside


def _check_width(body: np.ndarray, rows: np.ndarray, width: int, log: Log) -> None:
    # a cell that is not there is None; a blank one is ''
    torn = np.array([cell is None for cell in body[:, width - 1]])
    surplus = body[:, width:]
    for column in range(surplus.shape[1]):
        torn |= np.array([not is_blank(cell) for cell in surplus[:, column]], dtype=bool)
    if torn.any():
        log.problem(
            f"rows do not have the {width} cells of the header",
            rows[torn],
            "A delimiter inside a cell must stand in quotation marks; a cut-off row must be fetched again.",
        )
        raise TableError(log.report())

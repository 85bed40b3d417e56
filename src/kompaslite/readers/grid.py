"""The cells of a text file or sheet to named columns: titles above, notes below, blank rows and torn rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from kompaslite._extras import from_extra
from kompaslite._workbooks import cell_name, reading, uncalculated
from kompaslite.readers.figures import is_blank, plain, read_count
from kompaslite.readers.labels import AGE_GROUP, NOT_STATED, understand
from kompaslite.readers.report import Log, TableError, stop
from kompaslite.schema import short_list

Cells = np.ndarray | pd.Categorical
#: A grid that is so many times larger than its cells is torn, not a table.
_SPARSE = 50
#: What a note begins with or holds, and a label does not.
_PROSE = re.compile(
    r":|^\W*(?:\*|[0-9]\)|[¹²³©])|\.$|^.{41,}|\b(?:kilde|source|källa|note|merknad|fotnote|updated|oppdatert|sist)\b"
)
_DELIMITERS = (";", "\t", ",", "|")


@dataclass(frozen=True, slots=True)
class RawTable:
    """The cells of a table, before they are understood."""

    columns: dict[str, Cells]
    #: Number of each row in the file; the first line of a text file or sheet is 1.
    rows: np.ndarray
    #: Header to the rows whose cells are merged with the one above.
    merged: dict[str, np.ndarray] = field(default_factory=dict)
    #: "Stock" or "Flow" where the file says so.
    kind: str = ""
    #: Name of the sheet in a workbook.
    sheet: str = ""
    #: Number of the row with the headers; 0 where there is none.
    header_row: int = 0
    #: Header to other names of the column, as its words and role in a dataset.
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What the file says of its figures: unit, reference period, kind of measure.
    said: tuple[str, ...] = ()
    #: Which rows the file marks as estimates, if any.
    estimated: np.ndarray | None = None

    def place(self, row: int, header: str) -> str:
        """Words for one cell of the file."""
        if self.sheet:
            return f"sheet {self.sheet}, cell {cell_name(row, list(self.columns).index(header))}"
        return f"row {row}, column {header}"


def _as_grid(flat: Sequence[Any], widths: Sequence[int], log: Log) -> np.ndarray:
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


def _table_of(
    grid: np.ndarray, numbers: np.ndarray, log: Log, merged: Mapping[int, list[int]], *, what: str = "The table"
) -> RawTable:
    """The table inside a grid: from its header to its last row, without titles, notes and blank rows."""
    first = next((i for i, row in enumerate(grid) if sum(not is_blank(cell) for cell in row) > 1), None)
    if first is None:
        raise stop(log.source, "No row has two cells or more: there is no table", "Check the file and its delimiter.")
    log.rows_read = len(grid) - 1
    log.put_aside("title or blank line above the header", numbers[:first])
    headers = _headers(grid[first])
    require_once(headers, log)
    inside = _table_rows(grid, first + 1, numbers, log)
    if not inside.any():
        raise stop(log.source, f"{what} has a header but no rows", "Give rows below it, or fetch it again.")
    body, rows = grid[inside], numbers[inside]
    _check_width(body, rows, len(headers), log)
    columns: dict[str, Cells] = {header: np.ascontiguousarray(body[:, i]) for i, header in enumerate(headers)}
    seams = {headers[column]: numbers[lines] for column, lines in merged.items() if column < len(headers)}
    return RawTable(columns, rows, merged=seams, header_row=int(numbers[first]))


def require_once(headers: Sequence[str], log: Log) -> None:
    """Raise if two columns have the same header, capitals apart."""
    first: dict[str, int] = {}
    for i, header in enumerate(headers):
        before = first.setdefault(plain(header), i)
        if before != i:
            named = repr(header) if header == headers[before] else f"{headers[before]!r} and {header!r}"
            where = f"columns {cell_name(0, before)[:-1]} and {cell_name(0, i)[:-1]}"
            raise stop(log.source, f"Two columns have the header {named}: {where}", "Rename or remove one of them.")


def _headers(row: np.ndarray) -> list[str]:
    headers = ["" if is_blank(cell) else _header(cell) for cell in row]
    while headers and not headers[-1]:
        headers.pop()
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
    notes: list[int] = []
    for i in np.flatnonzero(inside)[:0:-1].tolist():
        if not _is_note(grid[i], apart=not inside[i - 1]):
            break
        notes.append(i)
    inside[notes] = False
    log.put_aside("note under the table", numbers[notes])
    return inside


def _is_note(row: np.ndarray, *, apart: bool) -> bool:
    """Whether a row under the table is a note, and not a label whose figures are blank."""
    filled = [cell for cell in row if not is_blank(cell)]
    if len(filled) > 1 or not isinstance(filled[0], str) or not read_count(filled[0]).problem:
        return False
    labels = [understand(dim, filled[0]) for dim in ("area", "sex", "age", "year")]
    if any(label.kind not in ("unknown", "name") or label.note in (NOT_STATED, AGE_GROUP) for label in labels):
        return False
    alone = all(cell is None for cell in row[1:])  # in a text without delimiters
    return apart or bool(_PROSE.search(filled[0].casefold())) or (alone and " " in filled[0].strip())


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


def from_workbook(content: bytes, log: Log, sheet: str | None, *, else_first: bool = False) -> RawTable:
    """The table in one sheet of a workbook."""
    calamine = from_extra("python_calamine", "desk", f"{log.source}: reading a workbook")
    mend = "Save it again, without a password."
    with reading(lambda error: stop(log.source, f"The workbook cannot be opened: {error}", mend)):
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
        cells = {name: one.to_python(skip_empty_area=False) for name, one in sheets.items()}
        merged = {name: list(one.merged_cell_ranges or ()) for name, one in sheets.items()}
    other = else_first and sheet not in cells
    name = next(iter(cells)) if other else _chosen(cells, log.source, sheet)
    what = f"Sheet {name}" + (f" (the first, for there is none called {sheet})" if other else "")
    with reading(lambda error: stop(log.source, f"The workbook cannot be opened: {error}", mend)):
        waiting = uncalculated(io.BytesIO(content), name)
    if waiting:
        words = f"{len(waiting)} cells of sheet {name} hold a formula that was never calculated: {short_list(waiting)}"
        raise stop(log.source, words, "Open and save the workbook in Excel, or put numbers in their place.")
    rows = [[_cell(cell) for cell in row] for row in cells[name]]
    filled = _fill(rows, merged[name])
    grid = _as_grid([cell for row in rows for cell in row], [len(row) for row in rows], log)
    return replace(_table_of(grid, np.arange(1, len(rows) + 1), log, filled, what=what), sheet=name)


def _chosen(cells: dict[str, list[list[Any]]], source: str, sheet: str | None) -> str:
    if sheet is not None:
        if sheet not in cells:
            raise stop(source, f"There is no sheet {sheet!r}", f"The sheets are {', '.join(cells)}.")
        return sheet
    full = [name for name, rows in cells.items() if any(not is_blank(cell) for row in rows for cell in row)]
    if not full:
        raise stop(source, "Every sheet is empty", "Save the workbook again.")
    if len(full) > 1:
        raise stop(
            source,
            f"Several sheets hold something: {', '.join(full)}",
            "Leave one of them. In Python: name one with sheet=...",
        )
    return full[0]


def _cell(cell: object) -> object:
    return str(cell).upper() if isinstance(cell, bool) else cell


def _fill(rows: list[list[Any]], merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> dict[int, list[int]]:
    filled: dict[int, list[int]] = {}
    for (top, left), (bottom, right) in merged:
        if left != right or bottom >= len(rows):
            continue
        for row in range(top + 1, bottom + 1):
            rows[row][left] = rows[top][left]
            filled.setdefault(left, []).append(row)
    return filled


def from_text(content: bytes, log: Log) -> RawTable:
    """The table in a delimited text."""
    text = _decoded(content, log)
    delimiter = _delimiter(text)
    flat: list[str] = []  # one flat list: as many lists as rows would keep the garbage collector busy
    widths: list[int] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    end = 0
    try:
        for row in reader:
            flat += row
            widths.append(len(row))
            numbers.append(end + 1)
            end = reader.line_num
    except csv.Error as error:
        mend = "Save the table again."
        raise stop(log.source, f"A quotation mark or field is broken: {error}", mend, [end + 1]) from error
    return _table_of(_as_grid(flat, widths, log), np.array(numbers), log, {})


def _decoded(content: bytes, log: Log) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        raise stop(log.source, "The file is not text but a workbook or Parquet", "Give it its right ending.")
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            log.correct(f"a byte order mark skipped; the text is {encoding.removesuffix('-sig')}")
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise stop(log.source, f"The text is not whole {encoding}", "Save it as UTF-8.") from error
    if b"\x00" in content:
        raise stop(
            log.source, "The file holds zero bytes: it is no text, or UTF-16 without a mark", "Save it as UTF-8."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise stop(log.source, "The text is neither UTF-8 nor Windows-1252", "Save it as UTF-8.") from error
    log.correct("the text is not UTF-8; read as Windows-1252 (Latin-1)")
    return text


def _delimiter(text: str) -> str:
    sample = text[:20_000].splitlines()[:60]
    if sample and sample[0].lower().startswith("sep=") and len(sample[0]) == len("sep=;"):
        return sample[0][-1]

    def merit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1)
        width, lines = widths.most_common(1)[0] if widths else (1, 0)
        return (lines, width)

    return max(_DELIMITERS, key=merit)

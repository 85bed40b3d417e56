"""Sheets of workbooks, read with calamine: cells as they stand, and which of them are merged."""

import io
from typing import Any

from kompaslite._extras import from_extra
from kompaslite.readers.findings import stop
from kompaslite.readers.labels import is_blank


def cells_of_sheet(content: bytes, source: str, sheet: str | None) -> tuple[list[list[Any]], dict[int, list[int]]]:
    """Cells of one sheet, from its first row and column."""
    calamine = from_extra("python_calamine", "desk", f"{source}: reading a workbook")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
        cells = {name: one.to_python(skip_empty_area=False) for name, one in sheets.items()}
        merged = {name: list(one.merged_cell_ranges or ()) for name, one in sheets.items()}
    except BaseException as error:  # a broken workbook may end in a panic of the compiled reader
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise stop(source, f"The workbook cannot be opened: {error}", "Save it again, without a password.") from error
    name = _chosen(cells, source, sheet)
    rows = [[_cell(cell) for cell in row] for row in cells[name]]
    return rows, _fill(rows, merged[name])


def _chosen(cells: dict[str, list[list[Any]]], source: str, sheet: str | None) -> str:
    full = [name for name, rows in cells.items() if any(not is_blank(cell) for row in rows for cell in row)]
    if sheet is not None:
        if sheet not in cells:
            raise stop(source, f"There is no sheet {sheet!r}", f"The sheets are {', '.join(cells)}.")
        return sheet
    if not full:
        raise stop(source, "Every sheet is empty", "Save the workbook again.")
    if len(full) > 1:
        raise stop(source, f"Several sheets hold something: {', '.join(full)}", "Name one with sheet=...")
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

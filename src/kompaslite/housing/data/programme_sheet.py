"""A programme in a workbook: one project per row, found by the headings, with the cell of every value."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kompaslite._files import cell_name, reading
from kompaslite.schema import SchemaError

#: Sheet and cell of a value, by the number of its project and its key.
Cells = dict[tuple[int | str, str], str]

_TEXT = ("zone", "dwelling_type", "name")
_WHOLE = ("year", "known_until")


def sheet_content(path: Path, sheet: str, *, known: Sequence[str]) -> tuple[dict[str, Any], Cells]:
    """The projects of a workbook as plain values."""
    sheet, rows = _rows(path, sheet)
    header = [str(cell).strip() for cell in rows[0][1]]
    _check_header(header, known, f"{path.name}, sheet {sheet}", row=rows[0][0])
    columns = {name: column for column, name in enumerate(header) if name}
    records: list[dict[str, Any]] = []
    cells: Cells = {}
    for index, (row, values) in enumerate(rows[1:]):
        places = {name: f"sheet {sheet}, cell {cell_name(row, column)}" for name, column in columns.items()}
        cells.update({(index, name): place for name, place in places.items()})
        filled = {name: values[column] for name, column in columns.items() if values[column] not in ("", None)}
        records.append({name: _value(name, value, f"{path.name}, {places[name]}") for name, value in filled.items()})
    dates = {record.pop("known_until", None) for record in records}
    if len(dates) > 1:
        raise SchemaError(f"programme: known_until differs between the rows of {path.name}. Give one year in all rows.")
    date_known = dates.pop()
    return {"projects": records} | ({} if date_known is None else {"known_until": date_known}), cells


def _rows(path: Path, wanted: str) -> tuple[str, list[tuple[int, list[Any]]]]:
    """Name of the sheet, and its rows that hold something, each with its number."""
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise SchemaError("programme: workbooks need python-calamine. Install it with kompaslite[desk].") from error
    words = f"programme: {path.name} is not a workbook that can be read"
    with reading(lambda error: SchemaError(f"{words}: {error}. Save it anew.")):
        book = CalamineWorkbook.from_path(str(path))
        sheet = wanted if wanted in book.sheet_names else book.sheet_names[0]
        cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = [(number, row) for number, row in enumerate(cells, start=1) if any(cell not in ("", None) for cell in row)]
    if len(rows) < 2:
        raise SchemaError(
            f"programme: sheet {sheet} of {path.name} has no projects. Give a header and rows below it; a sheet of "
            f"another name than {wanted} must be the first."
        )
    return sheet, rows


def _check_header(header: Sequence[str], known: Sequence[str], where: str, *, row: int) -> None:
    for column, name in enumerate(header):
        if name and name not in known:
            raise SchemaError(
                f"programme: {where}, cell {cell_name(row, column)}: column {name!r} is unknown; known are "
                f"{', '.join(known)}."
            )
        if name and name in header[:column]:
            raise SchemaError(
                f"programme: {where}, cell {cell_name(row, column)}: column {name} stands twice. Remove one."
            )


def _value(name: str, cell: object, where: str) -> object:
    if isinstance(cell, date | datetime | time | timedelta):
        raise SchemaError(f"programme: {where}: {name} is a date, {cell}. Set the format of the cell to a number.")
    if name in _TEXT and not isinstance(cell, str):
        raise SchemaError(
            f"programme: {where}: {name} {cell!r} is a number in the workbook. Format the column as text, because 301 "
            'is not "0301".'
        )
    if name in _WHOLE:
        return _year(name, cell, where)
    if name == "delay":
        return _numbers(cell, where)
    return _by_year(cell, where) if name == "completed" else cell


def _year(name: str, cell: object, where: str) -> int:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        return int(cell)
    raise SchemaError(f"programme: {where}: {name} {cell!r} is not a year. Write it like 2028.")


def _numbers(cell: object, where: str) -> list[float]:
    try:
        return [float(part) for part in str(cell).replace(";", " ").split()]
    except ValueError as error:
        raise SchemaError(f"programme: {where}: delay {cell!r} is not numbers. Write them like 0.6 0.3 0.1.") from error


def _by_year(cell: object, where: str) -> dict[int, float]:
    pairs = [part.split(":") for part in str(cell).replace(";", ",").split(",") if part.strip()]
    try:
        return {int(year): float(number) for year, number in pairs}
    except ValueError as error:
        raise SchemaError(
            f"programme: {where}: completed {cell!r} is not years and numbers. Write 2025: 40, 2026: 12."
        ) from error

"""Cells of workbooks: their names, and the formulas that no program has calculated, which would be read as 0."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as XmlTree

from kompaslite.schema import KompasliteError

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]+)(\d+)")


@contextmanager
def reading(words: Callable[[BaseException], KompasliteError]) -> Iterator[None]:
    """Tell in words what a library says of a broken file; a compiled one may panic, which is no ordinary exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError, KompasliteError):
        raise
    except BaseException as error:
        raise words(error) from error


def cell_name(row: int, column: int) -> str:
    """Name of a cell of a sheet, row from 1 and column from 0."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def uncalculated(workbook: Path | IO[bytes], sheet: str) -> list[str]:
    """Cells of a sheet whose formula has no value, or the 0 that stands for one until a program calculates it."""
    if not zipfile.is_zipfile(workbook):
        return []
    with zipfile.ZipFile(workbook) as book:
        place = _waiting_sheet(book, sheet)
        content = book.read(place) if place else b""
    # most sheets have no formula at all
    return _without_value(content) if re.search(rb"<(\w+:)?f[ >/]", content) else []


def _waiting_sheet(book: zipfile.ZipFile, sheet: str) -> str:
    """Where a sheet is kept, if the workbook says that its formulas wait to be calculated."""
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(book.namelist()):
        return ""
    root = XmlTree.fromstring(book.read("xl/workbook.xml"))
    waits = any(one.get("fullCalcOnLoad") in ("1", "true") for one in root.iter(f"{_MAIN}calcPr"))
    number = next((one.get(_RELATION) for one in root.iter(f"{_MAIN}sheet") if one.get("name") == sheet), None)
    links = XmlTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next((str(one.get("Target")) for one in links if one.get("Id") == number), "") if waits else ""
    place = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return place if place in book.namelist() else ""


def _without_value(content: bytes) -> list[str]:
    cells = [one for one in XmlTree.fromstring(content).iter(f"{_MAIN}c") if one.get("r")]
    empty = [str(one.get("r")) for one in cells if one.findtext(f"{_MAIN}v") in (None, "", "0")]
    waiting: set[str] = set()
    for one in cells:
        formula = one.find(f"{_MAIN}f")
        if formula is not None:
            waiting.add(str(one.get("r")))
            if formula.get("t") == "array":  # one formula fills a range
                waiting |= {name for name in empty if _is_within(name, formula.get("ref", ""))}
    return [name for name in empty if name in waiting]


def _is_within(name: str, area: str) -> bool:
    ends = [_CELL.fullmatch(part) for part in (name, *area.split(":"))]
    (column, row), *corners = [(_column(end[1]), int(end[2])) for end in ends if end is not None] or [(0, 0)]
    columns, rows = [one[0] for one in corners], [one[1] for one in corners]
    return bool(corners) and min(columns) <= column <= max(columns) and min(rows) <= row <= max(rows)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number

"""The words of official tables: areas, sexes, ages and years as agencies write them, Norwegian first."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Kind = Literal["label", "name", "total", "country", "beside", "unknown"]

_SEXES = {
    "female": ("female", "females", "f", "kvinne", "kvinner", "k", "woman", "women", "jente", "jenter", "girls", "2"),
    "male": ("male", "males", "m", "mann", "menn", "man", "men", "gutt", "gutter", "boys", "1"),
}
_SEX_OF = {word: sex for sex, words in _SEXES.items() for word in words}
_TOTALS = {
    *("i alt", "ialt", "alt", "sum", "total", "totalt", "totalsum", "delsum", "all", "alle", "grand total", "subtotal"),
    *("begge kjønn", "begge kjonn", "begge", "both", "both sexes", "kvinner og menn", "menn og kvinner"),
    *("alle aldre", "alle aldrer", "all ages", "alder i alt", "i alt alle aldre", "kjønn i alt", "alle kommuner"),
}
_COUNTRIES = {"hele landet", "heile landet", "landet", "norge", "noreg", "norway", "the whole country", "whole country"}
_UNKNOWN = {"uoppgitt", "ukjent", "unknown", "not stated", "uoppgjeve", "uoppgitt alder", "ukjent alder"}
_YEARS = r"(?:år|ar|aar|year|years|yr|yrs|y)"
_OLDER = r"(?:og|eller|and|or)\s+(?:over|eldre|older|above|more|mer|meir)"
_AGE = re.compile(rf"^0*(\d{{1,3}})(?:\.0)?\s*{_YEARS}?$")
_OPEN_AGE = re.compile(rf"^(\d{{1,3}})\s*(?:{_YEARS}?\s*\+\s*{_YEARS}?|{_YEARS}?\s*{_OLDER})$")
_FROM_AGE = re.compile(rf"^(?:≥|>=)\s*(\d{{1,3}})\s*{_YEARS}?$")
_AGE_GROUP = re.compile(rf"^\d{{1,3}}\s*[-–—]\s*\d{{1,3}}\s*{_YEARS}?$")
_INFANT = re.compile(rf"^(?:under 1|less than 1|<\s*1)\s*{_YEARS}?$")
_YEAR = re.compile(r"^([12]\d{3})(?:\.0)?$")
_DAY = re.compile(r"^(?:([12]\d{3})-(\d\d)-(\d\d)(?:[t ]00:00(?::00)?.*)?|(\d{1,2})\.\s?(\d{1,2})\.\s?([12]\d{3}))$")
_PART_YEAR = re.compile(r"^[12]\d{3}\s*[kqtmuw]\s*\d{1,2}$")
_PERIOD = re.compile(r"^[12]\d{3}\s*[-–—/]\s*(?:[12]\d{3}|\d{2})$")
_CODE = re.compile(r"^'?(?:[kfb][-_]\s?)?(\d{1,9}[a-z]?)(\.0)?$")
_NO_AREA = re.compile(r"^(?:[#\-.:]|-?\d)")
_CODE_AND_NAME = re.compile(r"^'?(?:[kfb][-_]\s?)?(\d{1,9}[a-z]?)\s*[:\s–-]\s*(\D.*)$")


@dataclass(frozen=True, slots=True)
class Label:
    """What one label of a table means."""

    value: str | int | None
    kind: Kind = "label"
    note: str = ""
    is_open: bool = False


def understand(dim: str, cell: object, meant: Mapping[str, object] | None = None) -> Label:
    """What a cell of a label column means."""
    if meant and str(cell).strip() in meant:
        cell = meant[str(cell).strip()]
    if is_blank(cell):
        return Label(None, "unknown", "blank")
    if isinstance(cell, dt.date):
        return _of_date(dim, cell)
    text = plain(cell)
    if text in _UNKNOWN:
        return Label(None, "unknown", "people whose label is not known")
    if dim != "area" and text in _TOTALS:
        return Label(None, "total")
    return {"area": _area, "sex": _sex, "age": _age, "year": _year}[dim](text, cell)


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing."""
    if cell is None or (isinstance(cell, str) and not cell.strip().strip("\ufeff")):
        return True
    return bool(cell != cell)  # noqa: PLR0124 - NaN and pandas' NaT are what differs from itself


def plain(cell: object) -> str:
    """Lower-case text with single spaces; whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).replace("\ufeff", "").split()).casefold()


def _of_date(dim: str, cell: dt.date) -> Label:
    if dim != "year":
        return Label(None, "unknown", "a date; a spreadsheet turns age groups such as 5-9 into dates")
    return _of_day(cell.year, cell.month, cell.day)


def _of_day(year: int, month: int, day: int) -> Label:
    if (month, day) == (1, 1):
        return Label(year, note="a date on 1 January read as its year")
    if (month, day) == (12, 31):
        return Label(None, "unknown", "a stock on 31 December; it is the population on 1 January of the next year")
    return Label(None, "unknown", "a day within the year; stocks are on 1 January, flows are of calendar years")


def _sex(text: str, _cell: object) -> Label:
    if text == "0":
        return Label(None, "total")
    sex = _SEX_OF.get(text)
    return Label(sex) if sex else Label(None, "unknown", "not a sex")


def _age(text: str, _cell: object) -> Label:
    if found := _AGE.match(text):
        return Label(int(found.group(1)))
    if found := _OPEN_AGE.match(text) or _FROM_AGE.match(text):
        return Label(int(found.group(1)), is_open=True)
    if _INFANT.match(text):
        return Label(0)
    if _AGE_GROUP.match(text):
        return Label(None, "unknown", "an age group; single ages are needed")
    return Label(None, "unknown", "not an age")


def _year(text: str, _cell: object) -> Label:
    if found := _YEAR.match(text):
        return Label(int(found.group(1)))
    if found := _DAY.match(text):
        year, month, day, day2, month2, year2 = (int(part) if part else 0 for part in found.groups())
        return _of_day(year or year2, month or month2, day or day2)
    if _PART_YEAR.match(text):
        return Label(None, "unknown", "a part of a year; calendar years are needed")
    if _PERIOD.match(text):
        return Label(None, "unknown", "a period of several years; calendar years are needed, not sums over several")
    return Label(None, "unknown", "not a year")


def _area(text: str, cell: object) -> Label:
    if text in _TOTALS:
        return Label(None, "total")
    found, named = _CODE.match(text), _CODE_AND_NAME.match(text)
    if text in _COUNTRIES | {"0", "00"} or (named and named.group(2) in _COUNTRIES):
        return Label("0", "country")
    if found:
        return Label(found.group(1), note="a code written as a decimal number" if found.group(2) else "")
    if named:
        return Label(named.group(1))
    if _NO_AREA.match(text):
        return Label(None, "unknown", "not an area")
    return Label(" ".join(str(cell).split()), "name")


#: Codes of cells whose label is a total, is not understood, or stands beside the table (the whole country).
TOTAL, UNKNOWN, BESIDE = -1, -2, -3
#: How many such codes there are; they look at the last places of an array.
SPECIAL = 3


@dataclass(frozen=True, slots=True)
class Axis:
    """The labels of one dimension, and which of them each cell has."""

    labels: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """The distinct labels of a column, and the rows that have them."""

    dim: str
    labels: list[Label]
    cells: list[object]
    codes: np.ndarray
    rows: np.ndarray

    def rows_of(self, chosen: Iterable[bool]) -> np.ndarray:
        """Rows whose label is among the chosen ones."""
        picked: np.ndarray = np.fromiter(chosen, bool)[self.codes]
        return np.asarray(self.rows[picked])

    def named(self, chosen: Iterable[bool]) -> list[str]:
        """The chosen labels as the file has them."""
        return [repr(str(cell)) for cell, wanted in zip(self.cells, chosen, strict=True) if wanted]


def distinct(cells: np.ndarray | pd.Categorical) -> tuple[np.ndarray, list[object]]:
    """Which of the distinct cells each cell is, and the distinct cells that occur."""
    if isinstance(cells, pd.Categorical):
        cells = cells.remove_unused_categories()
        codes = np.asarray(cells.codes, dtype=np.intp)
        labels: list[object] = list(cells.categories)
        return (np.where(codes < 0, len(labels), codes), [*labels, None]) if (codes < 0).any() else (codes, labels)
    codes, uniques = pd.factorize(cells, use_na_sentinel=False)
    return codes.astype(np.intp), list(np.asarray(uniques, dtype=object))

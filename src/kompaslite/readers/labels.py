"""The words of official tables: areas, sexes, ages and years as agencies write them, Norwegian first."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from kompaslite.readers.figures import is_blank, moment_of, plain, spaced

Kind = Literal["label", "name", "total", "country", "zero", "beside", "unknown"]

_SEXES = {
    "female": (
        *("female", "females", "f", "kvinne", "kvinner", "k", "woman", "women", "jente", "jenter", "girls", "2"),
        *("kvinna", "kvinnor", "kvinde", "kvinder", "flickor", "piger", "frauen", "weiblich"),
    ),
    "male": (
        *("male", "males", "m", "mann", "menn", "man", "men", "gutt", "gutter", "boys", "1"),
        *("män", "mand", "mænd", "pojkar", "drenge", "männer", "männlich"),
    ),
}
_SEX_OF = {word: sex for sex, words in _SEXES.items() for word in words}
_TOTALS = {
    *("i alt", "ialt", "alt", "sum", "total", "totalt", "totalsum", "delsum", "all", "alle", "grand total", "subtotal"),
    *("begge kjønn", "begge kjonn", "begge", "both", "both sexes", "kvinner og menn", "menn og kvinner"),
    *("alle aldre", "alle aldrer", "all ages", "alder i alt", "i alt alle aldre", "kjønn i alt", "alle kommuner"),
    *(
        "totalt kön",
        "båda könen",
        "totalt ålder",
        "samtliga",
        "total age",
        "total ages",
        "mænd og kvinder",
        "insgesamt",
    ),
}
_TOTAL_BEGINNINGS = ("total,", "total ", "totalt", "i alt ", "i alt,", "samtliga", "both sexes", "begge kjønn")
_COUNTRIES = {
    *("hele landet", "heile landet", "landet", "norge", "noreg", "norway", "the whole country", "whole country"),
    *("riket", "hela riket", "sverige", "sweden", "danmark", "denmark"),
}
_UNKNOWN = {
    *("uoppgitt", "ukjent", "unknown", "not stated", "uoppgjeve", "uoppgitt alder", "ukjent alder", "age not stated"),
    *("uoplyst", "okänd", "okänt", "uppgift saknas", "unbekannt", "unk"),
}
_YEARS = r"(?:år|ar|aar|year|years|yr|yrs|y|jahre?|ans?)"
_OLDER = r"(?:og|eller|och|and|or|und|et)\s+(?:over|eldre|older|above|more|mer|meir|äldre|derover|mehr|älter|plus)"
_AGE = re.compile(rf"^0*([0-9]{{1,3}})(?:\.0)?\s*{_YEARS}?$")
_OPEN_AGE = re.compile(rf"^0*([0-9]{{1,3}})\s*(?:{_YEARS}?\s*\+\s*{_YEARS}?|{_YEARS}?\s*{_OLDER}|{_YEARS}?\s*[-–])$")
_FROM_AGE = re.compile(rf"^(?:≥|>=)\s*([0-9]{{1,3}})\s*{_YEARS}?$")
_AGE_GROUP = re.compile(rf"^[0-9]{{1,3}}\s*[-–—]\s*[0-9]{{1,3}}\s*{_YEARS}?$")
_INFANT = re.compile(rf"^(?:under 1|less than 1|<\s*1)\s*{_YEARS}?$")
_YEAR = re.compile(r"^([12][0-9]{3})(?:\.0)?$")
_PART_YEAR = re.compile(r"^[12][0-9]{3}\s*[kqtmuw]\s*[0-9]{1,2}$")
_PERIOD = re.compile(r"^[12][0-9]{3}\s*[-–—/]\s*(?:[12][0-9]{3}|[0-9]{2})$")
_NUMBER = r"'?(?:(?i:[kfb])[-_]\s?)?([0-9]{1,9}[A-Za-z]{0,2})"
_CODE = re.compile(rf"^{_NUMBER}(\.0)?$")
_CODE_AND_NAME = re.compile(rf"^{_NUMBER}\s*[:\s–-]\s*([^0-9].*)$")
_NO_AREA = re.compile(r"^(?:[#\-.:]|-?[0-9])")

#: Why a label is not understood, where it matters which.
NOT_STATED, AGE_GROUP = "people whose label is not known", "an age group; single ages are needed"
#: What is told of a stock on 1 January and on 31 December.
FIRST_DAY = "a date on 1 January read as its year"
NEXT_YEAR = "the stock on 31 December read as that on 1 January of the next year"
WITHIN = "a day within the year; stocks are on 1 January, flows are of calendar years"


class Code(str):
    """A code of a statistics bank, with the words that the bank has for it."""

    words: str
    __slots__ = ("words",)

    def __new__(cls, code: str, words: str) -> "Code":
        """The code, as text."""
        made = super().__new__(cls, code)
        made.words = words
        return made


@dataclass(frozen=True, slots=True)
class Label:
    """What one label of a table means."""

    value: str | int | None
    kind: Kind = "label"
    #: Why it is not understood, or what was corrected.
    note: str = ""
    is_open: bool = False


class Declared:
    """What labels were said to mean: found by their value, whatever they are written as."""

    def __init__(self, meant: Mapping[Any, object] | None) -> None:
        self.exact = {_by_value(key): value for key, value in (meant or {}).items()}
        self.loose: dict[str, object] = {}
        double = Counter(key.casefold() for key in self.exact)
        self.loose = {key.casefold(): value for key, value in self.exact.items() if double[key.casefold()] == 1}

    def meaning(self, cell: object) -> object:
        """What a cell was said to mean, or the cell."""
        for text in _texts(cell):
            key = _by_value(text)
            if key in self.exact or key.casefold() in self.loose:
                return self.exact.get(key, self.loose.get(key.casefold()))
        return cell

    def without_match(self, cells: Iterable[object]) -> list[str]:
        """The declared labels that none of these cells has."""
        texts = {_by_value(text) for cell in cells for text in _texts(cell)}
        folded = {text.casefold() for text in texts} & self.loose.keys()
        return [key for key in self.exact if key not in texts and key.casefold() not in folded]


def understand(dim: str, cell: object, meant: Mapping[Any, object] | Declared | None = None) -> Label:
    """What a cell of a label column means."""
    if meant:
        cell = (meant if isinstance(meant, Declared) else Declared(meant)).meaning(cell)
    if is_blank(cell):
        return Label(None, "unknown", "blank")
    if isinstance(cell, dt.date | pd.Period):
        return _of_date(dim, cell)
    if isinstance(cell, Code) and plain(cell.words) != plain(cell):
        return _of_code(dim, cell)
    return _of_text(dim, plain(cell), cell)


def _of_text(dim: str, text: str, cell: object) -> Label:
    if any(sign.isdigit() and not sign.isascii() for sign in text):
        return Label(None, "unknown", "digits other than 0 to 9, or a footnote")
    if text in _UNKNOWN:
        return Label(None, "unknown", NOT_STATED)
    if dim != "area" and (text in _TOTALS or (dim in ("sex", "age") and text.startswith(_TOTAL_BEGINNINGS))):
        return Label(None, "total")
    return {"area": _area, "sex": _sex, "age": _age, "year": _year}[dim](text, cell)


def _of_code(dim: str, code: Code) -> Label:
    """A code with words: the words say what it is, but areas and years are named by their codes."""
    by_words, by_code = understand(dim, code.words), understand(dim, str(code))
    if dim in ("sex", "age"):
        return by_words
    if dim == "year":
        dated = moment_of(plain(code.words)) is not None or by_code.value is None
        return by_words if dated else by_code
    special = by_words.kind in ("total", "country") or by_words.note == NOT_STATED
    return by_words if special else Label(by_code.value or str(code), note=by_code.note if by_code.value else "")


def is_total(text: str) -> bool:
    """Whether a text, in lower case, stands for all labels of its dimension."""
    return text in _TOTALS


def _texts(cell: object) -> tuple[object, ...]:
    return (cell, cell.words) if isinstance(cell, Code) else (cell,)


def _by_value(cell: object) -> str:
    text = unicodedata.normalize("NFC", spaced(cell))
    return text.split(".")[0] if re.fullmatch(r"[0-9]+\.0+", text) else text


def _of_date(dim: str, cell: dt.date | pd.Period) -> Label:
    if dim != "year":
        return Label(None, "unknown", "a date; a spreadsheet turns age groups such as 5-9 into dates")
    if not isinstance(cell, pd.Period):
        return _of_day(cell.year, (cell.month, cell.day))
    if cell.freqstr.split("-")[0] not in ("Y", "A"):
        return Label(None, "unknown", "a part of a year; calendar years are needed")
    whole = cell.end_time.month == 12
    return Label(cell.year) if whole else Label(None, "unknown", "a year that does not end in December")


def _of_day(year: int, day: tuple[int, int]) -> Label:
    if day == (1, 1):
        return Label(year, note=FIRST_DAY)
    return Label(year + 1, note=NEXT_YEAR) if day == (12, 31) else Label(None, "unknown", WITHIN)


def _sex(text: str, _cell: object) -> Label:
    if text in ("0", "t"):
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
        return Label(None, "unknown", AGE_GROUP)
    return Label(None, "unknown", "not an age")


def _year(text: str, _cell: object) -> Label:
    if found := _YEAR.match(text):
        return Label(int(found.group(1)))
    if _PART_YEAR.match(text):
        return Label(None, "unknown", "a part of a year; calendar years are needed")
    if _PERIOD.match(text):
        return Label(None, "unknown", "a period of several years; calendar years are needed, not sums over several")
    moment, years = moment_of(text), re.findall(r"(?<![0-9])[12][0-9]{3}(?![0-9])", text)
    if isinstance(moment, str):
        return Label(None, "unknown", moment)
    if moment is not None and len(years) == 1:
        return _of_day(int(years[0]), moment)
    return Label(None, "unknown", "not a year")


def _area(text: str, cell: object) -> Label:
    if text in _TOTALS:
        return Label(None, "total")
    written = spaced(cell)
    found, named = _CODE.match(written), _CODE_AND_NAME.match(written)
    if text in _COUNTRIES or (named and named.group(2).casefold() in _COUNTRIES):
        return Label("0", "country")
    if found:
        kind: Kind = "label" if found.group(1).strip("0") else "zero"
        return Label(found.group(1), kind, "a code written as a decimal number" if found.group(2) else "")
    if named:
        return Label(named.group(1))
    if _NO_AREA.match(text):
        return Label(None, "unknown", "not an area")
    return Label(written, "name")


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

"""Figures as agencies write them: signs, spaces and decimal marks of a cell; day and unit that words name."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

#: Larger counts than this are not people of an area; it also keeps every count exact in a float.
LARGEST = 1e11
_SPACES = "[ \u00a0\u2007\u2009\u202f]"
_WHOLE = re.compile(r"^[-+]?[0-9]{1,11}$")
#: A small fraction as software writes it; 1E+05 may be rounded, so it is no figure.
_SMALL = re.compile(r"^[-+]?[0-9](?:\.[0-9]*)?[eE]-[0-9]{1,3}$")
_SPACED = re.compile(rf"^[-+]?[0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}}){{1,3}}$")
_GROUPED = re.compile(r"^[-+]?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*$")
_COMMA = re.compile(r"^[-+]?[0-9]{1,12},[0-9]+$")
_POINT = re.compile(r"^[-+]?[0-9]{1,12}\.[0-9]*$")
_SIGNS = {
    ".": "'.': no figure is possible, the label was not in use",
    "..": "'..': the figure is missing",
    "...": "'...': the figure is not yet there",
    ":": "':': the figure is withheld for confidentiality",
    "*": "'*': a preliminary figure is not given",
    "-": "'-': a zero in some tables, a missing figure in others",
}
#: Flags of SDMX and of statistics banks: what they mark is estimated, provisional, imputed or broken; or is not.
_ESTIMATES, _OTHER_FLAGS = set("bepfisu*"), set("adnr")
_ESTIMATE_WORDS = re.compile(r"estimat|provis|prelim|foreløp|anslag|anslått|imput|skatt")
_SIGN_MENDS = {
    ":": "Ask the agency for the figures, or add them from a coarser table; they are not zero.",
    "-": "If it means zero, write 0. In Python: say so with columns={'zeros': ('-',)}.",
}


_RATES = re.compile(
    r"prosent|per\s?cent|promille|per mille|%|per 1[ .]?000|andel|share|rate|i 1[ .]?000|1[ .]?000 pers"
)
_THOUSANDS = re.compile(r"\bthousands?\b|\btusen|\b1[ .,]?000\b|\b000s\b|\(000\)|\bmill|^times ")
_YEARS_OF = re.compile(r"\b(?:\d+|to|tre|fire|fem|two|three|four|five)[\s-]*(?:års?|ar|year|years)\b.*|sum.*\bår\b")
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            *("jan januar january januari", "feb februar february februari", "mar mars march marts märz"),
            *("apr april", "mai may maj", "jun juni june", "jul juli july", "aug august augusti"),
            *(
                "sep sept september",
                "okt oct oktober october",
                "nov november",
                "des dec dez desember december dezember",
            ),
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_AND_MONTH = re.compile(rf"(?<![0-9])([0-9]{{1,2}})(?:st|nd|rd|th)?\.?\s*(?:of\s+)?({_MONTH})\b")
_MONTH_AND_DAY = re.compile(rf"\b({_MONTH})\.?\s+([0-9]{{1,2}})(?![0-9])")
_DAY_IN_NUMBERS = re.compile(r"(?<![0-9])([0-9]{1,2})(?:\.\s?([0-9]{1,2})\.|/([0-9]{1,2})(?=/[12][0-9]{3}))")
_ISO_DAY = re.compile(r"(?<![0-9])[12][0-9]{3}-([0-9]{2})-([0-9]{2})(?:[t ]00:00(?::00)?.*)?(?![0-9])")
_YEAR_END = re.compile(r"year[- ]?end\b|end of (?:the )?year|utgangen av året|slutten av året|årets slutt|ultimo året")
_NO_DAY = {
    "a mean over the year": re.compile(
        r"\bmean\b|\baverage\b|middelfolk|middelbefolk|medelfolk|medelbefolk|gjennomsnitt|genomsnitt|durchschnitt"
    ),
    "a stock in the middle of the year": re.compile(
        r"mid[- ]?year|\bmid[- ]?[12][0-9]{3}|midt?års?|midten av året|mitten av året"
    ),
}


class Sign(str):
    """What a statistics bank puts in place of a figure; never a figure itself."""

    __slots__ = ()


def is_estimate(flag: str) -> bool | None:
    """Whether a flag beside a figure says that it is an estimate; None if the flag is not known."""
    text = plain(flag)
    letters = set(text) - set(" ,")
    if letters <= _ESTIMATES | _OTHER_FLAGS:
        return bool(letters & _ESTIMATES)
    return True if _ESTIMATE_WORDS.search(text) else None


@dataclass(frozen=True, slots=True)
class Count:
    """What one cell of figures means: a value, or what is wrong with it."""

    value: float
    problem: str = ""
    mend: str = ""
    correction: str = ""


def read_count(cell: object, *, decimal: str | None = None, zeros: tuple[str, ...] = ()) -> Count:
    """What a cell of figures means."""
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return _in_range(float(cell)) if not is_blank(cell) else _blank()
    if is_blank(cell):
        return Count(0.0, correction="'' read as 0, as told") if "" in zeros else _blank()
    text = str(cell).strip().strip("\ufeff")
    if text in zeros:
        return Count(0.0, correction=f"{text!r} read as 0, as told")
    if isinstance(cell, Sign) or text in _SIGNS:
        mend = _SIGN_MENDS.get(text, "Complete the table, or leave these rows out.")
        return Count(np.nan, _SIGNS.get(text, f"there is no figure but {text!r}"), mend)
    minus = text.replace("\u2212", "-")
    count = _number(minus, decimal)
    if minus != text and not count.problem:
        return Count(count.value, correction="a typographic minus read as minus")
    return count


def _blank() -> Count:
    return Count(np.nan, "a blank cell where a figure should be", "Complete the table; a blank is not zero.")


def _number(text: str, decimal: str | None) -> Count:
    if _SPACED.match(text):
        return Count(float(re.sub(_SPACES, "", text)), correction="spaces between thousands taken out")
    if found := _GROUPED.match(text):
        return _grouped(text, found.group(1), decimal)
    if _COMMA.match(text) and decimal != ".":
        return Count(float(text.replace(",", ".")), correction="a decimal comma read as a decimal point")
    if _WHOLE.match(text) or (decimal != "," and (_POINT.match(text) or _SMALL.match(text))):
        return _in_range(float(text))
    if text.endswith("%"):
        return Count(np.nan, f"{text!r} is a percentage, not a count", "Give persons.")
    return Count(np.nan, f"{text!r} is not a number", "Give one whole number in each cell.")


def _grouped(text: str, mark: str, decimal: str | None) -> Count:
    if decimal is None:
        return Count(
            np.nan,
            f"{text!r} may be {text.replace(mark, '')} or {text.replace(mark, '.', 1)}",
            "Write it without a mark between thousands. In Python: say which mark is the decimal one with "
            "columns={'decimal': ','} or columns={'decimal': '.'}.",
        )
    if mark == decimal:
        return (
            _in_range(float(text.replace(",", ".")))
            if text.count(mark) == 1
            else Count(np.nan, f"{text!r} is not a number", "Give one whole number in each cell.")
        )
    return Count(float(text.replace(mark, "")), correction=f"{mark!r} between thousands taken out")


def _in_range(value: float) -> Count:
    if not abs(value) <= LARGEST:
        return Count(np.nan, f"{value:g} is not a count of people", "Correct the cell.")
    return Count(value)


def read_counts(
    cells: np.ndarray | pd.Categorical, *, decimal: str | None = None, zeros: tuple[str, ...] = ()
) -> tuple[np.ndarray, np.ndarray, list[Count]]:
    """Values of a whole column; each distinct cell is looked at once."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf":
        values = cells.astype(np.float64)
        if bool(np.all(np.abs(values) <= LARGEST)):
            return values, np.empty(0, dtype=np.intp), []
    codes, labels = pd.factorize(cells, use_na_sentinel=False)
    distinct = np.asarray(labels, dtype=object)
    shown = None if decimal else _decimal_of(distinct)
    counts = [read_count(cell, decimal=decimal or shown, zeros=zeros) for cell in distinct]
    if shown:
        words = f"{shown!r} taken for the decimal mark, as in other cells of the column"
        counts = [
            replace(count, correction=words) if isinstance(cell, str) and _GROUPED.match(cell.strip()) else count
            for cell, count in zip(distinct, counts, strict=True)
        ]
    values = np.array([count.value for count in counts], dtype=np.float64)[codes]
    if not any(count.problem or count.correction for count in counts):
        return values, np.empty(0, dtype=np.intp), []
    return values, codes, counts


def _decimal_of(cells: np.ndarray) -> str | None:
    """The decimal mark of a column, where some cells can only be read with it and none contradicts."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    doubtful = [text for text in texts if _GROUPED.match(text) and text.count(".") + text.count(",") == 1]
    if not doubtful:
        return None
    sure = {mark for text in texts if (mark := _sure_mark(text))}
    return sure.pop() if len(sure) == 1 else None


def _sure_mark(text: str) -> str | None:
    if found := _GROUPED.match(text):
        several = text.count(found.group(1)) > 1
        return {".": ",", ",": "."}[found.group(1)] if several else None
    if _COMMA.match(text):
        return ","
    return "." if _POINT.match(text) or _SMALL.match(text) else None


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing."""
    if cell is None or (isinstance(cell, str) and not cell.strip().strip("\ufeff")):
        return True
    return bool(cell != cell)  # noqa: PLR0124 - NaN and pandas' NaT are what differs from itself


def spaced(cell: object) -> str:
    """Text with single spaces; whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).replace("\ufeff", "").split())


def plain(cell: object) -> str:
    """Lower-case text with single spaces; whole numbers without a decimal point."""
    return spaced(cell).casefold()


def moment_of(text: str) -> tuple[int, int] | str | None:
    """Month and day that a text names, or why its figures are of no day; None if it says nothing of that."""
    for words, pattern in _NO_DAY.items():
        if pattern.search(text):
            return words
    if _YEAR_END.search(text):
        return 12, 31
    if found := _DAY_AND_MONTH.search(text) or _MONTH_AND_DAY.search(text):
        day, month = sorted(found.groups())
        return _MONTHS[month], int(day)
    found = _ISO_DAY.search(text) or _DAY_IN_NUMBERS.search(text)
    if found is None:
        return None
    first, second = (int(part) for part in found.groups() if part)
    return (first, second) if found.re is _ISO_DAY else (second, first)


def without_moment(text: str) -> str:
    """The text without the day that it names."""
    for pattern in (_YEAR_END, _ISO_DAY, _DAY_AND_MONTH, _MONTH_AND_DAY, _DAY_IN_NUMBERS):
        text = pattern.sub(" ", text)
    return " ".join(re.sub(r"\b(?:per|pr|den|at|on)\b\.?", " ", text).split())


def not_persons(words: str) -> tuple[str, str] | None:
    """What is wrong with figures that are called so, and its mend; None if they may be persons."""
    text = plain(words)
    if _THOUSANDS.search(text):
        mend = "Fetch the table in persons, or multiply by the unit. In Python: then read it with whole=False."
        return f"the figures are {words!r}, not persons but a multiple", mend
    if _RATES.search(text):
        return f"the figures are {words!r}, not persons", "Fetch or compute the table in whole persons."
    if _YEARS_OF.search(text):
        return f"the figures are {words!r}: sums over several years", "Divide by the number of years first."
    return None

"""Counts as agencies and spreadsheets write them: signs for missing figures, spaces, decimal commas."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompaslite.readers.labels import is_blank

#: Larger counts than this are not people of an area; it also keeps every count exact in a float.
LARGEST = 1e11
_SPACES = "[ \u00a0\u2007\u2009\u202f]"
_WHOLE = re.compile(r"^[-+]?\d{1,11}$")
_SPACED = re.compile(rf"^[-+]?\d{{1,3}}(?:{_SPACES}\d{{3}}){{1,3}}$")
_GROUPED = re.compile(r"^[-+]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*$")
_COMMA = re.compile(r"^[-+]?\d{1,12},\d+$")
_POINT = re.compile(r"^[-+]?\d{1,12}\.\d*$")
_SIGNS = {
    ".": "'.': no figure is possible, the label was not in use",
    "..": "'..': the figure is missing",
    "...": "'...': the figure is not yet there",
    ":": "':': the figure is withheld for confidentiality",
    "*": "'*': a preliminary figure is not given",
    "-": "'-': a zero in some tables, a missing figure in others",
}
_SIGN_MENDS = {
    ":": "Ask the agency for the figures, or add them from a coarser table; they are not zero.",
    "-": "If it means zero, say so with columns={'zeros': ('-',)}.",
}


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
    if text in _SIGNS:
        return Count(np.nan, _SIGNS[text], _SIGN_MENDS.get(text, "Complete the table, or leave these rows out."))
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
    if _WHOLE.match(text) or (decimal != "," and _POINT.match(text)):
        return _in_range(float(text))
    if text.endswith("%"):
        return Count(np.nan, f"{text!r} is a percentage, not a count", "Give persons.")
    return Count(np.nan, f"{text!r} is not a number", "Give one whole number in each cell.")


def _grouped(text: str, mark: str, decimal: str | None) -> Count:
    if decimal is None:
        return Count(
            np.nan,
            f"{text!r} may be {text.replace(mark, '')} or {text.replace(mark, '.', 1)}",
            "Say which mark is the decimal one with columns={'decimal': ','} or columns={'decimal': '.'}.",
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
    codes, distinct = pd.factorize(cells, use_na_sentinel=False)
    counts = [read_count(cell, decimal=decimal, zeros=zeros) for cell in np.asarray(distinct, dtype=object)]
    values = np.array([count.value for count in counts], dtype=np.float64)[codes]
    if not any(count.problem or count.correction for count in counts):
        return values, np.empty(0, dtype=np.intp), []
    return values, codes, counts

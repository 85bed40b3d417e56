"""Tables of area codes: which code a code became, when, and with which share of its people."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kompaslite.readers.findings import Log, stop
from kompaslite.readers.grid import Cells
from kompaslite.readers.labels import understand
from kompaslite.readers.sources import load, name_of
from kompaslite.schema import SchemaError, short_list

#: Room for rounding in weights that must sum to 1.
WEIGHT_ROOM = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class AreaCodes:
    """Which code a code became, when, and with which share of its people.

    Parameters
    ----------
    code, target : np.ndarray
        The code of the time, and the code of the wanted division; text.
    weight : np.ndarray
        Share of the people of `code` that lives in `target`; the shares of one code and year sum to 1.
    year_from, year_to : np.ndarray
        First and last 1 January on which the code was in force, both included.

    Raises
    ------
    SchemaError
        If weights are not shares or do not sum to 1, or a pair of codes overlaps itself.

    Examples
    --------
    >>> codes = AreaCodes.from_rows([("0219", "3201", 1.0, 2005, 2019), ("3024", "3201", 1.0, 2020, 2023)])
    >>> codes.in_force("0219", 2010), codes.in_force("0219", 2020)
    (True, False)
    """

    code: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    year_from: np.ndarray
    year_to: np.ndarray

    def __post_init__(self) -> None:
        _check_weights(self)
        _check_sums(self)

    @classmethod
    def from_rows(cls, rows: list[tuple[str, str, float, int, int]]) -> "AreaCodes":
        """From (code, target, weight, year_from, year_to)."""
        code, target, weight, first, last = zip(*rows, strict=True)
        return cls(
            np.array(code, dtype=object), np.array(target, dtype=object), np.array(weight, dtype=np.float64),
            np.array(first, dtype=np.int64), np.array(last, dtype=np.int64),
        )  # fmt: skip

    def in_force(self, code: str, year: int) -> bool:
        """Whether the code was in force on 1 January of the year."""
        return bool(np.any((self.code == code) & (self.year_from <= year) & (year <= self.year_to)))


def read_area_codes(source: str | Path | pd.DataFrame, *, target: str | None = None) -> AreaCodes:
    """A table of area codes and what they became.

    Parameters
    ----------
    source : str, Path or pd.DataFrame
        Columns ``code_original``, one other ``code_...`` (the wanted division), ``weight``, ``year_from`` and
        ``year_to``. Codes are text.
    target : str, optional
        Header of the column with the wanted division, if its name does not begin with ``code_``.

    Returns
    -------
    AreaCodes

    Raises
    ------
    TableError or SchemaError
        If a column is missing, a code is not text, or weights do not sum to 1.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"code_original": ["1507"] * 2, "code_2024": ["1508", "1580"], "weight": [0.5, 0.5],
    ...      "year_from": 2020, "year_to": 2023}
    ... )
    >>> read_area_codes(frame).target.tolist()
    ['1508', '1580']
    """
    log = Log(name_of(source))
    raw = load(source, log)
    targets = [header for header in raw.columns if header.startswith("code_") and header != "code_original"]
    target = target or (targets[0] if len(targets) == 1 else "code_2024")
    needed = ("code_original", target, "weight", "year_from", "year_to")
    missing = [header for header in needed if header not in raw.columns]
    if missing:
        mend = f"The table has {short_list(list(raw.columns), most=9)}."
        raise stop(log.source, f"The columns {short_list(missing)} of a table of area codes are missing", mend)
    code, goal = (_codes(raw.columns[header], raw.rows, header, log) for header in needed[:2])
    weight, first, last = (_numbers(raw.columns[header], raw.rows, header, log) for header in needed[2:])
    log.raise_problems()
    return AreaCodes(code, goal, weight, first.astype(np.int64), last.astype(np.int64))


def _check_weights(codes: AreaCodes) -> None:
    bad = ~((codes.weight > 0) & (codes.weight <= 1))
    if bad.any():
        i = int(np.argmax(bad))
        raise SchemaError(
            f"area codes: {int(bad.sum())} weights are not shares above 0 and up to 1; the first is "
            f"{codes.weight[i]:g} from {codes.code[i]} to {codes.target[i]}. Give the share of people, such as 0.35."
        )
    turned = codes.year_from > codes.year_to
    if turned.any():
        i = int(np.argmax(turned))
        raise SchemaError(
            f"area codes: {int(turned.sum())} rows end before they begin; the first is {codes.code[i]}, "
            f"{codes.year_from[i]} to {codes.year_to[i]}. Exchange year_from and year_to."
        )


def expanded(codes: AreaCodes, years: np.ndarray) -> pd.DataFrame:
    """The rows of the table for each of these years in which they are in force."""
    row, position = np.nonzero((codes.year_from[:, None] <= years) & (years <= codes.year_to[:, None]))
    year = years[position]
    return pd.DataFrame(
        {
            "code": codes.code[row], "target": codes.target[row], "weight": codes.weight[row], "year": year,
            "position": position, "begins": codes.year_from[row] == year, "ends": codes.year_to[row] == year,
        }
    )  # fmt: skip


def _check_sums(codes: AreaCodes) -> None:
    if not codes.code.size:
        raise SchemaError("area codes: the table is empty. Give at least one row.")
    years = np.unique([codes.year_from, codes.year_to])
    active = expanded(codes, years)
    double = active.duplicated(["code", "target", "year"])
    if double.any():
        first = active[double].iloc[0]
        raise SchemaError(
            f"area codes: {first.code} to {first.target} stands more than once in {first.year}. Remove the surplus row."
        )
    sums = active.groupby(["code", "year"])["weight"].sum()
    off = sums[(sums - 1.0).abs() > WEIGHT_ROOM]
    if len(off):
        (code, year), total = off.index[0], off.iloc[0]
        raise SchemaError(
            f"area codes: the weights of {len(off)} codes and years do not sum to 1; the first is {code} in {year} "
            f"with {total:.6g}. Everyone must go somewhere: complete the targets of {code}, or correct the weights."
        )


def _codes(cells: Cells, rows: np.ndarray, header: str, log: Log) -> np.ndarray:
    labels = [understand("area", cell) for cell in np.asarray(cells, dtype=object)]
    bad = np.array([not isinstance(label.value, str) for label in labels])
    numbers = np.array([not isinstance(cell, str) for cell in np.asarray(cells, dtype=object)])
    log_rows = rows[bad | numbers]
    if log_rows.size:
        log.problem(f"column {header!r}: codes that are not text", log_rows, '301 is not "0301": read codes as text.')
    return np.array([label.value for label in labels], dtype=object)


def _numbers(cells: Cells, rows: np.ndarray, header: str, log: Log) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(np.asarray(cells)), errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(numbers)
    if header != "weight":
        bad |= numbers != np.rint(numbers)
    if bad.any():
        log.problem(f"column {header!r}: cells that are not numbers of the right kind", rows[bad], "Correct them.")
    return np.where(bad, 0.0, numbers)

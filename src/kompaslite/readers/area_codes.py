"""Area codes: zeros that a spreadsheet lost, codes of different levels, and tables of what a code became."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from kompaslite.readers.columns import Columns
from kompaslite.readers.labels import Label, LabelColumn, understand
from kompaslite.readers.report import Log
from kompaslite.readers.sources import Kind, Records, load, name_of, read_records
from kompaslite.schema import SchemaError, short_list

#: Digits of codes that have a leading zero in official use: municipality, city district, basic unit.
_EVEN = (4, 6, 8)
_LETTER_CODE = re.compile(r"^([A-Z]{2}[0-9A-Z]*[0-9][0-9A-Z]*)(?:\s+[^0-9\s].*)?$")


def area_labels(column: LabelColumn, columns: Columns, log: Log) -> list[Label]:
    """The labels of an area column with lost zeros restored, where it is certain that they were lost."""
    column = replace(column, labels=_named_codes(_zeros(column.labels), log))
    lengths = Counter(len(code) for label in column.labels if (code := _digits(label)))
    labels = _without_country(column, log) if lengths else column.labels
    _check_names(column, log)
    _check_capitals(column, log)
    full = columns.digits or _length(lengths)
    if full is None:
        _judge(column, lengths, log)
        return labels
    wrong = [(code := _digits(label)) is not None and len(code) not in (full, full - 1) for label in labels]
    if any(wrong):
        log.problem(
            f"area codes do not have {full} digits: {short_list(column.named(wrong))}",
            column.rows_of(wrong),
            "Remove rows of other levels, or correct the codes. In Python: columns={'digits': ...} says their length.",
        )
    short = [(code := _digits(label)) is not None and len(code) == full - 1 for label in labels]
    if any(short):
        named = [f"{label.value} to 0{label.value}" for label, lost in zip(labels, short, strict=True) if lost]
        log.correct(f"area: leading zero restored, {short_list(sorted(named))}", column.rows_of(short))
    return [
        replace(label, value=f"0{label.value}") if lost else label for label, lost in zip(labels, short, strict=True)
    ]


def _zeros(labels: list[Label]) -> list[Label]:
    """A code of zeros only is the whole country where the others are longer codes of one length; else it is a code."""
    lengths = {len(str(label.value)) for label in labels if label.kind == "label"}
    long = len(lengths) == 1 and min(lengths) > 2
    return [
        label if label.kind != "zero"
        else Label("0", "country") if long and len(str(label.value)) not in lengths
        else replace(label, kind="label")
        for label in labels
    ]  # fmt: skip


def _named_codes(labels: list[Label], log: Log) -> list[Label]:
    """Codes with letters and a name, as NO081 Oslo, where every area is written so."""
    found = [_LETTER_CODE.match(str(label.value)) if label.kind == "name" else None for label in labels]
    if not any(found) or any(label.kind == "name" and not one for label, one in zip(labels, found, strict=True)):
        return labels
    log.correct("area: the names after the codes left out")
    return [
        replace(label, kind="label", value=one[1]) if one else label for label, one in zip(labels, found, strict=True)
    ]


def _check_capitals(column: LabelColumn, log: Log) -> None:
    values = {str(label.value) for label in column.labels if label.kind in ("label", "name")}
    double = [value for value, count in Counter(value.casefold() for value in values).items() if count > 1]
    if double:
        alike = [str(label.value).casefold() in double for label in column.labels]
        log.problem(
            f"areas that differ in capitals only: {short_list(column.named(alike))}",
            column.rows_of(alike),
            "Write each area in one way.",
        )


def _digits(label: Label) -> str | None:
    code = label.value
    return code if label.kind == "label" and isinstance(code, str) and code.isdigit() else None


def _length(lengths: Mapping[int, int]) -> int | None:
    if len(lengths) != 2:
        return None
    short, full = sorted(lengths)
    return full if full in _EVEN and short == full - 1 else None


def _without_country(column: LabelColumn, log: Log) -> list[Label]:
    country = [label.kind == "country" for label in column.labels]
    if any(country):
        log.put_aside("figures of the whole country beside its parts", column.rows_of(country))
    # not a total: a sample of areas need not add up to the country
    return [Label(None, "beside") if out else label for label, out in zip(column.labels, country, strict=True)]


def _check_names(column: LabelColumn, log: Log) -> None:
    names = [label.kind == "name" for label in column.labels]
    if any(names) and any(label.kind == "label" for label in column.labels):
        log.problem(
            f"area without a code among areas with codes: {short_list(column.named(names))}",
            column.rows_of(names),
            "Give every area its code. In Python: say what the names mean with columns={'labels': {'area': {...}}}.",
        )


def _judge(column: LabelColumn, lengths: Mapping[int, int], log: Log) -> None:
    shortest = min(lengths, default=0)
    if len(lengths) == 2 and max(lengths) == shortest + 1:
        lost = [(code := _digits(label)) is not None and len(code) == shortest for label in column.labels]
    else:  # one length is what it is, unless the cells are numbers, which cannot begin with a zero
        alone = len(lengths) == 1
        lost = [
            (code := _digits(label)) is not None and len(code) % 2 == 1 and not (alone and isinstance(cell, str))
            for label, cell in zip(column.labels, column.cells, strict=True)
        ]
    if any(lost):
        length = len(str(next(label.value for label, one in zip(column.labels, lost, strict=True) if one)))
        log.problem(
            f"area codes of {short_list(sorted(lengths))} digits: {short_list(column.named(lost))} may have lost "
            "a zero",
            column.rows_of(lost),
            "Write the codes as text, with their zeros (a cell formatted as text). In Python: say how long a code is; "
            f"columns={{'digits': {length + 1}}} restores the zero, columns={{'digits': {length}}} keeps these codes.",
        )
    elif len(lengths) > 1:
        longest = max(lengths)
        counts = short_list([f"{count} with {length} digits" for length, count in sorted(lengths.items())])
        shorter = [(code := _digits(label)) is not None and len(code) < longest for label in column.labels]
        log.problem(
            f"area codes of different levels: {counts}",
            column.rows_of(shorter),
            "People would be counted twice: keep one level. In Python: read each with columns={'digits': ...}.",
        )


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
    names: dict[str, Kind] = {"code_original": "text", "weight": "number", "year_from": "whole", "year_to": "whole"}
    log = Log(name_of(source))
    headers = list(load(source, log).columns)
    targets = [header for header in headers if header.startswith("code_") and header != "code_original"]
    target = target or (targets[0] if len(targets) == 1 else "code_2024")
    records = read_records(source, names | {target: "text"})
    code, goal = (_codes(records, name, log) for name in ("code_original", target))
    weight, first, last = (np.array([row[name] for row in records.rows]) for name in ("weight", "year_from", "year_to"))
    log.raise_problems()
    return AreaCodes(code, goal, weight, first, last)


def _codes(records: Records, name: str, log: Log) -> np.ndarray:
    labels = [understand("area", row[name]) for row in records.rows]
    for index, label in enumerate(labels):
        if not isinstance(label.value, str):
            log.problem(
                f"{records.place(index, name)}: {records.rows[index][name]!r} is not a code", mend="Correct it."
            )
    return np.array([label.value for label in labels], dtype=object)


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

"""Area codes in a table: zeros that a spreadsheet lost, and codes of different levels in one column."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from kompaslite.readers.columns import Columns
from kompaslite.readers.findings import Log
from kompaslite.readers.labelcolumns import LabelColumn
from kompaslite.readers.labels import Label
from kompaslite.schema import short_list

#: Digits of codes that have a leading zero in official use: municipality, city district, basic unit.
_EVEN = (4, 6, 8)


def area_labels(column: LabelColumn, columns: Columns, log: Log) -> list[Label]:
    """The labels of an area column with lost zeros restored, where it is certain that they were lost."""
    lengths = Counter(len(code) for label in column.labels if (code := _digits(label)))
    labels = _without_country(column, log) if lengths else column.labels
    _check_names(column, log)
    full = columns.digits or _length(lengths)
    if full is None:
        _judge(column, lengths, log)
        return labels
    wrong = [(code := _digits(label)) is not None and len(code) not in (full, full - 1) for label in labels]
    if any(wrong):
        log.problem(
            f"area codes do not have {full} digits: {short_list(column.named(wrong))}",
            column.rows_of(wrong),
            "Remove the rows of other levels, or correct the codes; columns={'digits': ...} says their length.",
        )
    short = [(code := _digits(label)) is not None and len(code) == full - 1 for label in labels]
    if any(short):
        named = [f"{label.value} to 0{label.value}" for label, lost in zip(labels, short, strict=True) if lost]
        log.correct(f"area: leading zero restored, {short_list(sorted(named))}", column.rows_of(short))
    return [
        replace(label, value=f"0{label.value}") if lost else label for label, lost in zip(labels, short, strict=True)
    ]


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
            "Give every area its code, or say what the names mean with columns={'labels': {'area': {...}}}.",
        )


def _judge(column: LabelColumn, lengths: Mapping[int, int], log: Log) -> None:
    odd = [(code := _digits(label)) is not None and len(code) % 2 == 1 for label in column.labels]
    if any(odd):
        log.problem(
            f"area codes of {short_list(sorted(lengths))} digits: {short_list(column.named(odd))} may have lost a zero",
            column.rows_of(odd),
            "Say how long a code is: columns={'digits': 4} restores 301 to 0301; columns={'digits': 3} keeps 301.",
        )
    elif len(lengths) > 1:
        longest = max(lengths)
        counts = short_list([f"{count} with {length} digits" for length, count in sorted(lengths.items())])
        shorter = [(code := _digits(label)) is not None and len(code) < longest for label in column.labels]
        log.problem(
            f"area codes of different levels: {counts}",
            column.rows_of(shorter),
            "People would be counted twice; keep one level, or read each with columns={'digits': ...}.",
        )

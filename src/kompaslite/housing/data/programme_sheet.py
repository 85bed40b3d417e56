"""A programme in a table: one project per row, found by the headings, with the place of every value."""

from collections import Counter
from pathlib import Path
from typing import Any

from kompaslite.readers import Records, read_records
from kompaslite.schema import SchemaError

#: What the columns of the table hold.
COLUMNS: dict[str, Any] = {
    "name": "text", "zone": "text", "dwelling_type": "text", "planned": "number", "year": "whole",
    "realisation": "number", "realisation_spread": "number", "delay": "cell", "occupancy_lag": "number",
    "completed": "cell", "because": "text", "known_until": "whole",
}  # fmt: skip
_NEEDED = ("name", "zone", "dwelling_type", "planned", "year")


def table_content(path: Path, sheet: str) -> tuple[dict[str, Any], Records]:
    """The projects of a table as plain values."""
    optional = [name for name in COLUMNS if name not in _NEEDED]
    records = read_records(path, COLUMNS, optional=optional, only=True, sheet=sheet, else_first=True)
    projects = [
        row | {name: read(row[name], _where(records, i, name)) for name, read in _READ.items() if name in row}
        for i, row in enumerate(records.rows)
    ]
    dates = {project.pop("known_until", None) for project in projects}
    if len(dates) > 1:
        raise SchemaError(f"programme: known_until differs between the rows of {path.name}. Give one year in all rows.")
    date_known = dates.pop()
    return {"projects": projects} | ({} if date_known is None else {"known_until": date_known}), records


def _where(records: Records, index: int, name: str) -> str:
    return f"programme: {records.report.source}, {records.place(index, name)}: {name}"


def _numbers(cell: object, where: str) -> list[float]:
    try:
        return [float(part) for part in str(cell).replace(";", " ").split()]
    except ValueError as error:
        raise SchemaError(f"{where} {cell!r} is not numbers. Write them like 0.6 0.3 0.1.") from error


def _by_year(cell: object, where: str) -> dict[int, float]:
    pairs = [part.split(":") for part in str(cell).replace(";", ",").split(",") if part.strip()]
    try:
        numbers = [(int(year), float(number)) for year, number in pairs]
    except ValueError as error:
        raise SchemaError(f"{where} {cell!r} is not years and numbers. Write 2025: 40, 2026: 12.") from error
    double = [year for year, count in Counter(year for year, _ in numbers).items() if count > 1]
    if double:
        raise SchemaError(f"{where} {cell!r} names the year {double[0]} twice. Give each year one number.")
    return dict(numbers)


_READ = {"delay": _numbers, "completed": _by_year}

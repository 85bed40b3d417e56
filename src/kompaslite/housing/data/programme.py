"""A programme of named housing projects: planned, expected and completed are three numbers, never one."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pandas as pd
from pydantic import BeforeValidator, Field, model_validator

from kompaslite._checked import CheckedModel, Code, NotNegative, Number, Year
from kompaslite._toml import Place, line_of, parse_problem
from kompaslite.readers import Records, read_records
from kompaslite.schema import SchemaError

#: Sheet of a workbook that holds a programme beside other sheets.
PROGRAMME_SHEET = "housing programme"
#: What the columns of the table hold.
COLUMNS: dict[str, Any] = {
    "name": "text", "zone": "text", "dwelling_type": "text", "planned": "number", "year": "whole",
    "realisation": "number", "realisation_spread": "number", "delay": "cell", "occupancy_lag": "number",
    "completed": "cell", "because": "text", "known_until": "whole",
}  # fmt: skip
_NEEDED = ("name", "zone", "dwelling_type", "planned", "year")
Share = Annotated[Number, Field(ge=0.0, le=1.0)]


def _year_key(key: object) -> object:
    """A year as TOML writes the key of a table."""
    return int(key) if isinstance(key, str) and re.fullmatch("[0-9]{4}", key) else key


class Project(CheckedModel):
    """One project of the programme.

    Parameters
    ----------
    name, zone, dwelling_type : str
        What it is called, where it stands, and what is built; the zone is a code as text.
    planned : float
        Dwellings in the plan.
    year : int
        Year of completion in the plan.
    realisation : float
        Share of the planned dwellings that will be built at all.
    realisation_spread : float
        Standard deviation of that share between draws.
    delay : tuple of float
        Chances that completion comes 0, 1, 2, ... years after the plan; they sum to one.
    occupancy_lag : float
        Years from completion to the first household, from 0 to 1: the share of a year's completions that still waits
        on 1 January.
    completed : mapping of int to float
        Dwellings that were completed, by year; what is known replaces what is expected.
    because : str
        Where the numbers come from.

    Examples
    --------
    >>> Project(name="Quay", zone="Havna", dwelling_type="block", planned=120, year=2027).delay
    (1.0,)
    """

    called: ClassVar[str] = "the project"

    name: Code
    zone: Code
    dwelling_type: Code
    planned: NotNegative
    year: Year
    realisation: Share = 1.0
    realisation_spread: Annotated[Number, Field(ge=0.0, lt=0.5)] = 0.0
    delay: tuple[Share, ...] = (1.0,)
    occupancy_lag: Share = 0.0
    completed: Mapping[Annotated[Year, BeforeValidator(_year_key)], NotNegative] = Field(default_factory=dict)
    because: Annotated[str, Field(pattern=r"^$|\S")] = ""

    @model_validator(mode="after")
    def _fits(self) -> "Project":
        where = f"project {self.name} (zone {self.zone}, dwelling_type {self.dwelling_type}, year {self.year})"
        if abs(sum(self.delay) - 1.0) > 1e-9:
            raise ValueError(f"{where}: the chances of delay sum to {sum(self.delay):g}, not to one")
        early = sorted(year for year in self.completed if year < self.year)
        if early:
            raise ValueError(
                f"{where}: dwellings are completed in {early[0]}, before the plan. Set the year of the plan to the "
                "first completion, or correct the completion"
            )
        most = self.realisation * (1.0 - self.realisation)
        if self.realisation_spread**2 >= most and self.realisation_spread > 0.0:
            raise ValueError(
                f"{where}: realisation_spread {self.realisation_spread:g} is too wide for a share around "
                f"{self.realisation:g}; it must be below {most**0.5:.3g}"
            )
        return self


class Programme(CheckedModel):
    """All projects of a municipality.

    Parameters
    ----------
    projects : tuple of Project
        Each with a name of its own.
    known_until : int, optional
        Last year whose completions are known; from the year after on, the rest of a project is expected.
    title, source : str
        What it is, and where it comes from.

    Examples
    --------
    >>> quay = Project(name="Quay", zone="Havna", dwelling_type="block", planned=120, year=2027)
    >>> Programme(projects=(quay,)).zones
    ('Havna',)
    """

    called: ClassVar[str] = "the programme"

    projects: tuple[Project, ...]
    known_until: Year | None = None
    title: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _once(self) -> "Programme":
        if not self.projects:
            raise ValueError("there is no project. Give at least one, as [[projects]]")
        names = [project.name for project in self.projects]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(f"project {double[0]} stands in the programme {names.count(double[0])} times. Keep one")
        for project in self.projects:
            late = [year for year in project.completed if self.known_until is None or year > self.known_until]
            if late:
                raise ValueError(
                    f"project {project.name} (zone {project.zone}, dwelling_type {project.dwelling_type}): completions "
                    f"of {min(late)} are given, but known_until is {self.known_until}. Set known_until to the last "
                    "year whose completions are known"
                )
        return self

    @property
    def zones(self) -> tuple[str, ...]:
        """Zones with a project, in order."""
        return tuple(sorted({project.zone for project in self.projects}))

    @property
    def dwelling_types(self) -> tuple[str, ...]:
        """Dwelling types with a project, in order."""
        return tuple(sorted({project.dwelling_type for project in self.projects}))


def read_programme(path: str | Path) -> Programme:
    """A programme from a TOML file or a table: Excel, CSV or Parquet.

    Parameters
    ----------
    path : str or Path
        ``.toml`` with ``title``, ``source``, ``known_until`` and tables ``[[projects]]``; or a table with one project
        per row and a header with the names of `Project`, in a workbook the sheet ``housing programme``, or else the
        first one. There, delay is a text such as
        "0.6 0.3 0.1", completed one such as "2025: 40, 2026: 12", and known_until, if used, the same in all rows.

    Returns
    -------
    Programme

    Raises
    ------
    SchemaError
        If the file cannot be read, a key or column is unknown or missing, or a value is not possible; the message
        names the project and the key.

    Examples
    --------
    >>> read_programme("plans.toml")
    Traceback (most recent call last):
    kompaslite.schema.errors.SchemaError: programme: there is no file plans.toml. Give the path of a ...
    """
    path = Path(path)
    if not path.is_file():
        raise SchemaError(f"programme: there is no file {path}. Give the path of a .toml, .xlsx or .csv file.")
    if path.suffix.lower() == ".toml":
        text = _text(path)
        content, find = _toml(text, path.name), partial(_line, text)
    else:
        content, records = _table_content(path, PROGRAMME_SHEET)
        find = partial(_cell, records)
    programme: Programme = Programme.checked(content, _Spot(path.name, content, find))
    return programme


def programme_from(content: Mapping[str, Any], *, name: str = "programme") -> Programme:
    """A programme from plain values, checked.

    Parameters
    ----------
    content : mapping
        ``projects`` (a list of mappings) and, optionally, ``title``, ``source`` and ``known_until``.
    name : str
        What to call it in an error.

    Returns
    -------
    Programme

    Raises
    ------
    SchemaError
        Naming the first thing that is wrong, and how many there are.

    Examples
    --------
    >>> rows = [{"name": "Quay", "zone": "Havna", "dwelling_type": "block", "planned": 120, "year": 2027}]
    >>> programme_from({"projects": rows}).projects[0].planned
    120.0
    """
    programme: Programme = Programme.checked(content, _Spot(name, content))
    return programme


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in its source a value of a programme stands, and of which project it is."""

    source: str
    content: Mapping[str, Any]
    find: Callable[[Place], str | None] = lambda _place: None

    def words(self, place: Place) -> str:
        """Source, line or cell, and project."""
        found = self.find(place)
        return ", ".join([self.source, *([found] if found else []), *self._project(place)])

    def _project(self, place: Place) -> list[str]:
        if len(place) < 2 or place[0] != "projects" or not isinstance(place[1], int):
            return []
        row = self.content["projects"][place[1]]
        name = row.get("name") if isinstance(row, Mapping) else getattr(row, "name", None)
        return [f"project {name or f'number {place[1] + 1}'}"]


def _cell(records: Records, place: Place) -> str | None:
    return records.place(int(place[1]), str(place[2])) if len(place) > 2 else None


def _line(text: str, place: Place) -> str | None:
    line = line_of(text, place)
    return None if line is None else f"line {line}"


def _table_content(path: Path, sheet: str) -> tuple[dict[str, Any], Records]:
    """The projects of a table as plain values."""
    optional = [name for name in COLUMNS if name not in _NEEDED]
    records = read_records(path, COLUMNS, optional=optional, only=True, sheet=sheet, else_first=True)
    projects = [
        row | {name: read(row[name], _place(records, i, name)) for name, read in _READ.items() if name in row}
        for i, row in enumerate(records.rows)
    ]
    dates = {project.pop("known_until", None) for project in projects}
    if len(dates) > 1:
        raise SchemaError(f"programme: known_until differs between the rows of {path.name}. Give one year in all rows.")
    date_known = dates.pop()
    return {"projects": projects} | ({} if date_known is None else {"known_until": date_known}), records


def _place(records: Records, index: int, name: str) -> str:
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError(f"programme: {path.name} is not valid TOML: {error}. Save it as UTF-8.") from error


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = parse_problem(error, text)
        raise SchemaError(f"programme: {name} is not valid TOML: {words}. Correct the line that is named.") from error


def programme_rows(programme: Programme) -> pd.DataFrame:
    """A programme as the rows of a sheet, which `read_programme` reads back."""
    rows = [
        project.model_dump()
        | {
            "delay": " ".join(map(repr, project.delay)),
            "completed": ", ".join(f"{year}: {number!r}" for year, number in project.completed.items()),
            "known_until": programme.known_until,
        }
        for project in programme.projects
    ]
    return pd.DataFrame(rows).astype({"known_until": "Int64"})

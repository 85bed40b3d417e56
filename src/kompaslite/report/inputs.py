"""What a population note is made from. Whatever is missing is left out of the note with a line that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from kompaslite.report.frames import require_columns, require_numbers, require_total, row_of
from kompaslite.schema import SchemaError, short_list
from kompaslite.text import IntervalKind, Language, in_both, quarter_of, rounded

#: Words in one language, or in each.
Text = str | Mapping[Language, str]

_DEVIATION = ("start", "actual", "growth", "forecast", "deviation")
#: Columns of dwellings, in the order of the note's table.
DWELLINGS = ("planned", "expected", "completed", "vacated_expected", "vacated")
_RECORD = ("origin", "year", "forecast", "actual")


def in_language(text: Text, language: Language) -> str:
    """A text in a language."""
    if isinstance(text, str):
        return text
    if language not in text:
        raise SchemaError(f"note: a text is not given in {language!r}, only in {short_list(list(text))}. Add it.")
    return text[language]


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalFigure:
    """A figure of the country.

    Parameters
    ----------
    what : str
        As in `kompaslite.text.national_sentence`: ``population``, ``births``, ``deaths`` and so on.
    year : int
        During which, or for the population on whose 1 January.
    value, change : float, optional
        Persons, and persons more than the year before; one of the two at least.
    """

    what: str
    year: int
    value: float | None = None
    change: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Split:
    """A deviation and its parts.

    Parameters
    ----------
    table : pd.DataFrame
        Persons, unrounded: a row per age group and ``total``, a column for each part, and ``deviation``; the parts
        sum to it in each row. ``plan`` is modelled.
    forecaster : str or mapping
        Whose forecast it was.
    source : str or mapping
        Where the parts come from.
    plan_interval : tuple of float, optional
        Ends of the interval of the plan's part of the total.
    level : float
        Share of the draws within it.
    """

    table: pd.DataFrame
    forecaster: Text
    source: Text
    plan_interval: tuple[float, float] | None = None
    level: float = 0.9

    def __post_init__(self) -> None:
        require_columns(self.table, ("deviation",), "split")
        require_total(self.table, "split")
        parts = self.table.drop(columns="deviation").sum(axis=1)
        off = (parts - self.table["deviation"]).abs()
        if (off > 1e-6).any():
            raise SchemaError(
                f"split: the parts do not sum to the deviation in {int((off > 1e-6).sum())} rows, the first is "
                f"{off.gt(1e-6).idxmax()}. Give the rest as a part of its own, for example unexplained."
            )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Record:
    """Earlier forecasts of the total beside what came.

    Parameters
    ----------
    table : pd.DataFrame
        A row per forecast: ``origin`` and ``year`` (1 January), ``forecast`` and ``actual`` (persons).
    forecaster : str or mapping
        Whose forecasts they were.
    source : str or mapping
        Where they come from, and what speaks for or against them.
    """

    table: pd.DataFrame
    forecaster: Text
    source: Text

    def __post_init__(self) -> None:
        require_columns(self.table, _RECORD, "record")
        require_numbers(self.table[list(_RECORD)], "record")

    @property
    def errors(self) -> list[float]:
        """Forecast less outcome, per cent of the outcome."""
        off: list[float] = (100.0 * (self.table["forecast"] / self.table["actual"] - 1.0)).tolist()
        return off


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intervals:
    """Intervals of a forecast.

    Parameters
    ----------
    kind : {"draws", "errors"}
        Draws of a model, or errors of earlier forecasts.
    level : float
        Share of outcomes that each is to hold.
    low, high : pd.DataFrame
        Persons, unrounded: a row per 1 January, a column ``total`` and any age groups.
    source : str or mapping
        What the draws or errors are.
    """

    kind: IntervalKind
    level: float
    low: pd.DataFrame
    high: pd.DataFrame
    source: Text

    def __post_init__(self) -> None:
        if self.kind not in ("draws", "errors") or not 0.0 < self.level < 1.0:
            raise SchemaError(
                f"intervals: kind is draws or errors and level between 0 and 1; they are {self.kind!r}, {self.level!r}."
            )
        for name, ends in (("low", self.low), ("high", self.high)):
            require_columns(ends, ("total",), f"intervals.{name}")
            require_numbers(ends, f"intervals.{name}")
        if not (self.low.index.equals(self.high.index) and self.low.columns.equals(self.high.columns)):
            raise SchemaError("intervals: low and high have other years or age groups. Make both from the same draws.")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NoteInputs:
    """What a population note tells of the past; the forecast is given beside it.

    Only the first four are needed. What else is missing is left out of the note, with a line that says so.

    Parameters
    ----------
    place : str
        The municipality.
    year : int
        The year that has passed.
    population : float
        Persons on 1 January after it.
    source : str or mapping
        Where the figures come from, unless `sources` says otherwise.
    area : str, optional
        Code that selects the municipality where a forecast has several areas.
    before : float, optional
        Persons on 1 January of the year; from `deviation` or `components` unless given.
    components : pd.DataFrame, optional
        As from `components_table`, a row per year, the last one `year`.
    quarters : pd.DataFrame, optional
        The same by quarter, labels such as ``"2025Q4"``; the last one is told of.
    deviation : pd.DataFrame, optional
        As from `deviation_table`: forecast against outcome on 1 January after the year.
    forecaster : str or mapping
        Whose forecast that was.
    dwellings : pd.DataFrame, optional
        Dwellings per year, a row for each: any of ``planned, expected, completed, vacated, vacated_expected``.
    nation : tuple of NationalFigure
        Figures of the country.
    places : mapping of place to number, optional
        Growth of other places in the year, per cent: region and country.
    splits : tuple of Split
        Why the forecasts of the year missed.
    records : tuple of Record
        Earlier forecasts.
    remarks : mapping of str to str or mapping
        What must be said beside a section, by its name: ``quarter, nation, year, places, deviation, housing, split,
        forecast, pyramid, record``.
    sources : mapping of str to str or mapping
        Sources of ``components, quarters, deviation, dwellings, nation, places``, where not `source`.

    Raises
    ------
    SchemaError
        If a table lacks a column or a number, or tables contradict each other.
    """

    place: str
    year: int
    population: float
    source: Text
    area: str | None = None
    before: float | None = None
    components: pd.DataFrame | None = None
    quarters: pd.DataFrame | None = None
    deviation: pd.DataFrame | None = None
    forecaster: Text = field(default_factory=partial(in_both, "forecaster.municipality"))
    dwellings: pd.DataFrame | None = None
    nation: tuple[NationalFigure, ...] = ()
    places: Mapping[str, float] | None = None
    splits: tuple[Split, ...] = ()
    records: tuple[Record, ...] = ()
    remarks: Mapping[str, Text] = field(default_factory=dict)
    sources: Mapping[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_inputs(self)

    def source_of(self, part: str) -> Text:
        """Where a part comes from."""
        return self.sources.get(part, self.source)

    def dwelling(self, name: str) -> float | None:
        """A figure of dwellings in the year of the note, where it is known."""
        table = self.dwellings
        if table is None or name not in table.columns or self.year not in table.index:
            return None
        value = row_of(table, self.year)[name]
        return None if pd.isna(value) else value

    @property
    def start(self) -> float | None:
        """Persons on 1 January of the year, where they are known."""
        if self.before is not None:
            return self.before
        if self.deviation is not None:
            return row_of(self.deviation, "total")["start"]
        if self.components is not None:
            return self.population - float(self.components["growth"].iloc[-1])
        return None

    @property
    def growth_rates(self) -> dict[int, float]:
        """Growth in per cent of the population at the start of each year, reckoned back from the last one."""
        if self.components is None:
            return {}
        people, rates = self.population, {}
        for year, growth in reversed(list(self.components["growth"].items())):
            people -= float(growth)
            rates[int(str(year))] = 100.0 * float(growth) / people
        return dict(sorted(rates.items()))


def check_inputs(inputs: NoteInputs) -> None:
    """Raise unless the tables are whole and agree with each other."""
    if not inputs.place or not inputs.population > 0.0:
        raise SchemaError(
            f"note: a place and its population are needed; they are {inputs.place!r} and {inputs.population!r}."
        )
    if inputs.components is not None:
        _check_components(inputs.components, inputs.year)
    if inputs.quarters is not None:
        _check_quarters(inputs.quarters, inputs.year)
    if inputs.deviation is not None:
        require_columns(inputs.deviation, _DEVIATION, "deviation")
        require_total(inputs.deviation, "deviation")
        _check_agreement(inputs, inputs.deviation)
    if inputs.dwellings is not None and not set(inputs.dwellings.columns) & set(DWELLINGS):
        raise SchemaError(f"dwellings: none of the columns {short_list(DWELLINGS)} is there. Name the columns so.")


def _check_components(table: pd.DataFrame, year: int) -> None:
    require_columns(table, ("growth", "adjustment"), "components")
    require_numbers(table, "components")
    years = [int(str(label)) for label in table.index]
    if years != list(range(years[0], year + 1)):
        raise SchemaError(
            f"components: the years are {short_list(years)}; they must follow one another up to {year}, the year of "
            "the note. Add the years that are missing, or take the later ones away."
        )


def _check_quarters(table: pd.DataFrame, year: int) -> None:
    require_columns(table, ("growth", "adjustment"), "quarters")
    require_numbers(table, "quarters")
    last = quarter_of(str(table.index[-1]))
    if last[0] != year or [quarter_of(str(label)) for label in table.index] != sorted(
        {quarter_of(str(label)) for label in table.index}
    ):
        raise SchemaError(
            f"quarters: they stand in order, each once, and the last is of {year}; they are "
            f"{short_list(list(table.index))}. Sort them."
        )


def _check_agreement(inputs: NoteInputs, deviation: pd.DataFrame) -> None:
    total = row_of(deviation, "total")
    told = {"the population": (inputs.population, total["actual"])}
    if inputs.before is not None:
        told["the population at the start"] = (inputs.before, total["start"])
    if inputs.components is not None:
        told["growth of the components"] = (float(inputs.components["growth"].iloc[-1]), total["growth"])
    for what, (given, table) in told.items():
        if rounded(given) != rounded(table):
            raise SchemaError(
                f"note: {what} is {given:,.0f}, but the deviation table has {table:,.0f}. A note cannot say both: "
                "correct one of them."
            )

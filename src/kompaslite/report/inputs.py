"""What a population note is made from. Whatever is missing is left out of the note with a line that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from kompaslite.report.frames import (
    as_numbers,
    is_count,
    is_number,
    require_columns,
    require_components,
    require_dwellings,
    require_numbers,
    require_quarters,
    require_total,
    row_of,
)
from kompaslite.schema import SchemaError, require_whole, short_list
from kompaslite.text import Language, in_both, rounded

#: Words in one language, or in each.
Text = str | Mapping[Language, str]

_DEVIATION = ("start", "actual", "growth", "forecast", "deviation")
_RECORD = ("origin", "year", "forecast", "actual")


def in_language(text: Text, language: Language) -> str:
    """A text in a language."""
    if isinstance(text, str):
        return text
    if not isinstance(text, Mapping):
        raise SchemaError(f"note: {text!r} is no text. Give words, or words by language.")
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

    def __post_init__(self) -> None:
        require_whole(self.year, f"national figure {self.what!r}: year")
        for name in ("value", "change"):
            given = getattr(self, name)
            if given is not None and not is_number(given):
                raise SchemaError(
                    f"national figure {self.what!r}: {name} is {given!r}. Give a number, or leave it out."
                )


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
        object.__setattr__(self, "table", as_numbers(self.table))
        ends = self.plan_interval
        if ends is not None and not (isinstance(ends, tuple) and len(ends) == 2 and all(map(is_number, ends))):
            raise SchemaError(f"split: the interval of the plan is {ends!r}. Give its two ends, or leave it out.")
        off = self.table.drop(columns="deviation").sum(axis=1) - self.table["deviation"]
        bad = off.abs() > 1e-6
        if bad.any():
            first = int(bad.to_numpy().argmax())
            raise SchemaError(
                f"split: the parts do not sum to the deviation in {int(bad.sum())} rows, the first is "
                f"{self.table.index[first]}, where they are off by {off.iloc[first]:+g}. Give the rest as a part of "
                "its own, for example unexplained."
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
        if (as_numbers(self.table[["actual"]]) <= 0).to_numpy().any():
            raise SchemaError("record: an outcome is nobody, so an error in per cent is not known. Leave its row out.")

    @property
    def errors(self) -> list[float]:
        """Forecast less outcome, per cent of the outcome."""
        numbers = as_numbers(self.table[["forecast", "actual"]])
        forecast, actual = numbers["forecast"], numbers["actual"]
        off: list[float] = (100.0 * (forecast / actual - 1.0)).tolist()
        return off


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
        Persons on 1 January of the year; from `history`, `deviation` or `components` unless given.
    history : mapping of year to number, optional
        Persons on 1 January of the years up to the last one, which has `population`.
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
        Sources of ``history, components, quarters, deviation, dwellings, nation, places``, where not `source`.

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
    history: Mapping[int, float] | None = None
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
        for name in ("components", "quarters", "deviation", "dwellings"):
            table = getattr(self, name)
            if table is not None:
                object.__setattr__(self, name, as_numbers(table))

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
        if self.history is not None and self.year in self.history:
            return self.history[self.year]
        if self.deviation is not None:
            return row_of(self.deviation, "total")["start"]
        if self.components is not None:
            return self.population - float(self.components["growth"].iloc[-1])
        return None

    @property
    def part_of_people(self) -> str:
        """Which part of the inputs `people` comes from."""
        return "components" if self.history is None else "history"

    @property
    def people(self) -> dict[int, float]:
        """Persons on 1 January of the years that are known, or else reckoned back from the last one by growth."""
        if self.history is not None:
            return dict(sorted(self.history.items()))
        people = {self.year + 1: self.population}
        growths = [] if self.components is None else self.components["growth"].tolist()
        for back, growth in enumerate(reversed(growths)):
            people[self.year - back] = people[self.year - back + 1] - growth
        return dict(sorted(people.items()))

    @property
    def growths(self) -> dict[int, float]:
        """Growth by year: that of the components, or else of populations that follow one another."""
        if self.components is not None:
            return {int(str(year)): float(value) for year, value in self.components["growth"].items()}
        people = self.people
        years = [year for year in people if all(one in people for one in range(year, self.year + 2))]
        return {year: people[year + 1] - people[year] for year in years[:-1]}

    @property
    def growth_rates(self) -> dict[int, float]:
        """Growth in per cent of the population at the start of each year, where that is known and not nobody."""
        people = self.people
        return {year: 100.0 * growth / people[year] for year, growth in self.growths.items() if people.get(year, 0) > 0}


def check_inputs(inputs: NoteInputs) -> None:
    """Raise unless the tables are whole and agree with each other."""
    if (
        not isinstance(inputs.place, str)
        or not inputs.place
        or not is_count(inputs.population)
        or not inputs.population > 0.0
    ):
        raise SchemaError(
            f"note: a place and its population are needed; they are {inputs.place!r} and {inputs.population!r}."
        )
    if inputs.before is not None and not is_count(inputs.before):
        raise SchemaError(f"note: the population at the start of the year is {inputs.before!r}. Give persons, or None.")
    require_whole(inputs.year, "note: year")
    if inputs.places is not None:
        _check_places(inputs.places)
    if inputs.history is not None:
        _check_history(inputs.history, inputs)
    if inputs.components is not None:
        require_components(inputs.components, inputs.year)
    if inputs.quarters is not None:
        require_quarters(inputs.quarters, inputs.year)
    if inputs.deviation is not None:
        require_columns(inputs.deviation, _DEVIATION, "deviation")
        require_total(inputs.deviation, "deviation")
        _check_agreement(inputs, inputs.deviation)
    if inputs.dwellings is not None:
        require_dwellings(inputs.dwellings)


def _check_places(places: object) -> None:
    """Growth in per cent by the name of the place."""
    known = isinstance(places, Mapping) and all(isinstance(name, str) and name for name in places)
    if not isinstance(places, Mapping) or not known or not all(map(is_number, places.values())):
        raise SchemaError(f"places: {places!r} is not growth in per cent by place. Give one number for each name.")


def _check_history(history: Mapping[int, float], inputs: "NoteInputs") -> None:
    bad = [year for year, people in history.items() if not is_count(people)]
    if bad:
        raise SchemaError(f"history: persons of {short_list(bad)} are no numbers of at least 0. Leave the years out.")
    last = inputs.year + 1
    if not history or max(history) != last or rounded(history[last]) != rounded(inputs.population):
        raise SchemaError(
            f"history: the last year is to be {last}, with the population {rounded(inputs.population):,}. Give the "
            "populations up to the one that the note is of."
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
                f"note: {what} is {rounded(given):,}, but the deviation table has {rounded(table):,}. A note cannot "
                "say both: correct one of them."
            )

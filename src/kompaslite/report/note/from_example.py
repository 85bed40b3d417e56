"""The inputs of a note from an example: its printed figures, why its forecasts missed, and how sure its own is."""

import pandas as pd
import xarray as xr

from kompaslite.accounts import known_at
from kompaslite.datasets.baerum import Example
from kompaslite.datasets.baerum_housing import baerum_housing
from kompaslite.engine import project
from kompaslite.evaluation import explain_deviation
from kompaslite.housing import plan_deviation, project_with_housing
from kompaslite.report.note.draws import draw_example, ends_of, intervals_of
from kompaslite.report.note.frames import row_of
from kompaslite.report.note.inputs import Intervals, NationalFigure, NoteInputs, Record, Split
from kompaslite.report.note.parts import mean_of_draws, split_table
from kompaslite.text import in_both
from kompaslite.uncertainty import Reduce

_PLACE, _YEAR = "Bærum", 2025
_HOUSING_DRAWS, _DRAWS, _LEVEL = 1000, 500, 0.9
#: The note's text has the change of births beside the number, not as a figure of its own.
_BIRTHS_CHANGE_NORWAY = 1_400


def note_inputs_from_example(example: Example) -> NoteInputs:
    """What the example of Baerum has for a population note."""
    note = example.note
    return NoteInputs(
        place=_PLACE,
        year=_YEAR,
        population=note.figure("population_2026"),
        source=in_both("example.note"),
        area=str(example.observed.population["area"].values[0]),
        components=note.components,
        quarters=note.quarters,
        deviation=note.deviation,
        forecaster=in_both("example.forecaster"),
        dwellings=_dwellings(example),
        nation=_nation(example),
        splits=_splits(example),
        records=_records(example),
        remarks={name: in_both(f"example.remark_{name}") for name in ("nation", "pyramid", "split")},
    )


def example_intervals(
    example: Example, *, until: int, draws: int = _DRAWS, seed: int = 1, level: float = 0.8
) -> Intervals:
    """Intervals of the forecast that the example's own method makes from its last population."""
    kept = Reduce(quantiles=ends_of(level), mean=False)
    drawn = draw_example(example, own_assumptions(example, until), draws=draws, seed=seed, reduce=kept)
    source = in_both("example.draws", draws=draws, first=2010, last=_YEAR)
    return intervals_of(drawn, str(drawn["area"].values[0]), source=source, level=level)


def own_assumptions(example: Example, until: int) -> xr.Dataset:
    """Assumptions of the example's own method from its last population to 1 January of a year."""
    return example.method(example.observed, list(range(example.observed.years[-1], until)))


def _dwellings(example: Example) -> pd.DataFrame:
    people = example.dwellings.isel(area=0, drop=True)
    return pd.DataFrame({str(name): array.to_series() for name, array in people.data_vars.items()})


def _nation(example: Example) -> tuple[NationalFigure, ...]:
    figure = example.note.figure
    return (
        NationalFigure(what="population", year=_YEAR + 1, value=figure("population_norway_2026")),
        NationalFigure(what="births", year=_YEAR, value=figure("births_norway_2025"), change=_BIRTHS_CHANGE_NORWAY),
        NationalFigure(what="deaths", year=_YEAR, change=figure("deaths_norway_change_2025")),
        NationalFigure(what="immigration_ukrainian", year=_YEAR, change=figure("immigration_ukrainian_change_2025")),
    )


def _splits(example: Example) -> tuple[Split, ...]:
    known = known_at(example.observed, _YEAR)
    assumptions = example.method(known, [_YEAR])
    people = known.population.sel(year=_YEAR)
    planned = project(people, assumptions)
    housing = baerum_housing(planned, draws=_HOUSING_DRAWS)
    completed, _ = project_with_housing(people, assumptions, housing.housing, trend=planned)
    printed = {str(name): float(value) for name, value in example.note.deviation["deviation"].items()}
    table = plan_deviation(planned, completed, printed, year=_YEAR + 1, level=_LEVEL)
    total = row_of(table, "total")
    parts = table.rename(columns={"plan (modelled)": "plan", "not explained": "unexplained"})
    found = explain_deviation(planned, example.observed, replanned=mean_of_draws(completed))
    ends = (total["plan low"], total["plan high"])
    return (
        Split(
            table=parts[["plan", "unexplained", "deviation"]],
            forecaster=in_both("example.forecaster"),
            source=in_both("example.plan", year=_YEAR),
            plan_interval=ends,
            level=_LEVEL,
        ),
        Split(
            table=split_table(found),
            forecaster=in_both("example.own"),
            source=in_both("example.split"),
            plan_interval=ends,
            level=_LEVEL,
        ),
    )


def _records(example: Example) -> tuple[Record, ...]:
    note = example.note
    total = row_of(note.deviation, "total")
    kompas = pd.DataFrame(
        {"origin": [_YEAR], "year": [_YEAR + 1], "forecast": [total["forecast"]], "actual": [total["actual"]]}
    )
    return (
        Record(table=kompas, forecaster=in_both("example.forecaster"), source=in_both("example.record_printed")),
        Record(
            table=_own_record(example),
            forecaster=in_both("example.own_method"),
            source=in_both("example.record_own", last=_YEAR),
        ),
    )


def _own_record(example: Example) -> pd.DataFrame:
    """Forecasts for one year ahead: whatever the ages, the method's first year has the growth that was known."""
    components, rows = example.note.components, []
    longest = max(example.method.windows.values())
    people = example.note.figure("population_2026")
    for year, growth in reversed([(int(str(one)), float(value)) for one, value in components["growth"].items()]):
        start = people - growth
        if year - int(str(components.index[0])) >= longest:
            forecast = start + sum(example.method.known_levels(year).values())
            rows.append({"origin": year, "year": year + 1, "forecast": forecast, "actual": people})
        people = start
    return pd.DataFrame(rows[::-1])

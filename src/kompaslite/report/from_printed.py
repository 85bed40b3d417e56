"""The inputs of a note from an earlier note: its printed figures, why forecasts missed, and how sure the own one is."""

import pandas as pd
import xarray as xr

from kompaslite.accounts import known_at
from kompaslite.datasets import MunicipalityData, PrintedNote
from kompaslite.engine import project
from kompaslite.evaluation import explain_deviation
from kompaslite.housing import plan_deviation, project_with_housing
from kompaslite.housing.figures import HousingFigures, fit_housing
from kompaslite.report.draws import draw_printed, ends_of, intervals_of
from kompaslite.report.frames import row_of
from kompaslite.report.from_accounts import mean_of_draws, split_table
from kompaslite.report.inputs import NationalFigure, NoteInputs, Record, Split
from kompaslite.report.intervals import Intervals
from kompaslite.text import Language, in_both
from kompaslite.uncertainty import Reduce

_HOUSING_DRAWS, _DRAWS, _LEVEL = 1000, 500, 0.9


def note_inputs_from_printed(data: MunicipalityData) -> NoteInputs:
    """What a folder of printed figures has for a population note.

    Examples
    --------
    >>> from kompaslite.datasets import load_example
    >>> note_inputs_from_printed(load_example("baerum")).place
    'Bærum'
    """
    note, about = data.note, data.note.about
    return NoteInputs(
        place=about.name,
        year=about.year,
        population=row_of(note.deviation, "total")["actual"],
        source=about.cited,
        area=about.area,
        components=note.components,
        quarters=note.quarters,
        deviation=note.deviation,
        forecaster=about.forecaster,
        dwellings=_dwellings(data),
        nation=_nation(data),
        splits=() if data.housing is None else _splits(data, data.housing),
        records=_records(data),
        remarks={name: in_both(f"example.remark_{name}") for name in ("nation", "pyramid", "split")},
    )


def intervals_from_printed(
    data: MunicipalityData, *, until: int, draws: int = _DRAWS, seed: int = 1, level: float = 0.8
) -> Intervals:
    """Intervals of the forecast that the method of printed figures makes from its last population.

    Examples
    --------
    >>> from kompaslite.datasets import load_example
    >>> intervals_from_printed(load_example("baerum"), until=2028, draws=20).level
    0.8
    """
    kept = Reduce(quantiles=ends_of(level), mean=False)
    drawn = draw_printed(data, own_assumptions(data, until), draws=draws, seed=seed, reduce=kept)
    words = words_of_draws(data.note, draws)
    return intervals_of(drawn, data.note.about.area, draws=draws, source=words, level=level)


def words_of_draws(note: PrintedNote, draws: int) -> dict[Language, str]:
    """What draws of the levels of printed figures are."""
    years = note.components.index
    return in_both("example.draws", draws=draws, first=int(years[0]), last=int(years[-1]))


def own_assumptions(data: MunicipalityData, until: int) -> xr.Dataset:
    """Assumptions of the own method of printed figures from its last population to 1 January of a year."""
    return data.method(data.observed, list(range(data.observed.years[-1], until)))


def _dwellings(data: MunicipalityData) -> pd.DataFrame:
    people = data.dwellings.isel(area=0, drop=True)
    return pd.DataFrame({str(name): array.to_series() for name, array in people.data_vars.items()})


def _nation(data: MunicipalityData) -> tuple[NationalFigure, ...]:
    def number(given: float | str | None) -> float | None:
        return data.note.figure(given) if isinstance(given, str) else given

    return tuple(
        NationalFigure(what=one.what, year=one.year, value=number(one.value), change=number(one.change))
        for one in data.note.about.nation
    )


def _splits(data: MunicipalityData, figures: HousingFigures) -> tuple[Split, ...]:
    year = data.note.about.year
    known = known_at(data.observed, year)
    assumptions = data.method(known, [year])
    people = known.population.sel(year=year)
    planned = project(people, assumptions)
    housing = fit_housing(figures, planned, draws=_HOUSING_DRAWS)
    completed, _ = project_with_housing(people, assumptions, housing.housing, trend=planned)
    printed = {str(name): float(value) for name, value in data.note.deviation["deviation"].items()}
    table = plan_deviation(planned, completed, printed, year=year + 1, level=_LEVEL)
    total = row_of(table, "total")
    parts = table.rename(columns={"plan (modelled)": "plan", "not explained": "unexplained"})
    found = explain_deviation(planned, data.observed, replanned=mean_of_draws(completed))
    ends = (total["plan low"], total["plan high"])
    return (
        Split(
            table=parts[["plan", "unexplained", "deviation"]],
            forecaster=data.note.about.forecaster,
            source=in_both("example.plan", year=year),
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


def _records(data: MunicipalityData) -> tuple[Record, ...]:
    year, total = data.note.about.year, row_of(data.note.deviation, "total")
    published = pd.DataFrame(
        {"origin": [year], "year": [year + 1], "forecast": [total["forecast"]], "actual": [total["actual"]]}
    )
    return (
        Record(table=published, forecaster=data.note.about.forecaster, source=in_both("example.record_printed")),
        Record(
            table=_own_record(data),
            forecaster=in_both("example.own_method"),
            source=in_both("example.record_own", last=year),
        ),
    )


def _own_record(data: MunicipalityData) -> pd.DataFrame:
    """Forecasts for one year ahead: whatever the ages, the method's first year has the growth that was known."""
    components, method, rows = data.note.components, data.note.method, []
    longest = max(method.windows.values())
    people = row_of(data.note.deviation, "total")["actual"]
    for year, growth in reversed([(int(str(one)), float(value)) for one, value in components["growth"].items()]):
        start = people - growth
        if year - int(str(components.index[0])) >= longest:
            forecast = start + sum(method.known_levels(year).values())
            rows.append({"origin": year, "year": year + 1, "forecast": forecast, "actual": people})
        people = start
    return pd.DataFrame(rows[::-1])

"""The main job: last year's forecast against the outcome, and the forecast from here on."""

from dataclasses import dataclass

import pandas as pd

from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.datasets.baerum import Example
from kompaslite.engine import project
from kompaslite.evaluation.tables import as_printed, components_table, deviation_table
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups


@dataclass(frozen=True, slots=True, eq=False)
class NoteForecast:
    """What the main job works out.

    Parameters
    ----------
    example : Example
        What it started from.
    test : Accounts
        The last observed year as forecast from its 1 January with what was known then.
    deviation : pd.DataFrame
        That forecast against the outcome, by age group.
    forecast : Accounts
        From the last population to the horizon.
    groups : pd.DataFrame
        The forecast by age group (columns) on 1 January of each year (rows), with the total: whole persons, each
        rounded from unrounded values.
    components : pd.DataFrame
        Components of growth of the forecast by year.
    levels : pd.DataFrame
        Mean net figures of the past that each forecast was set to, by component and origin, persons per year.
    """

    example: Example
    test: Accounts
    deviation: pd.DataFrame
    forecast: Accounts
    groups: pd.DataFrame
    components: pd.DataFrame
    levels: pd.DataFrame


def forecast_from_note(example: Example, *, until: int = 2050, groups: AgeGroups = NOTE_AGE_GROUPS) -> NoteForecast:
    """Forecast the last observed year as if it were not known, and then all years to a horizon.

    Parameters
    ----------
    example : Example
        From `load_example`.
    until : int
        1 January of the last year of the forecast.
    groups : mapping or sequence of str
        Age groups of the tables.

    Returns
    -------
    NoteForecast

    Raises
    ------
    SchemaError
        If the horizon is not after the last population, or age groups are unsound.

    Examples
    --------
    >>> from kompaslite.datasets import load_example
    >>> result = forecast_from_note(load_example("baerum"), until=2030)
    >>> result.deviation.loc["total"].tolist()
    [132358, 133228, 870, 133413, -185]
    """
    observed = example.observed
    before, origin = observed.years[-2:]
    if until <= origin:
        raise SchemaError(f"forecast: the horizon {until} is not after the last population, 1 January {origin}.")
    test = _forecast(example, before, origin)
    forecast = _forecast(example, origin, until)
    population = observed.population
    deviation = deviation_table(
        start=population.sel(year=before),
        actual=population.sel(year=origin),
        forecast=test.population.sel(year=origin),
        groups=groups,
    )
    levels = {year: example.method.known_levels(year) for year in (before, origin)}
    return NoteForecast(
        example=example,
        test=test,
        deviation=deviation,
        forecast=forecast,
        groups=_by_group(forecast, groups),
        components=components_table(forecast),
        levels=pd.DataFrame(levels).rename_axis("component"),
    )


def _forecast(example: Example, origin: int, until: int) -> Accounts:
    known = known_at(example.observed, origin)
    assumptions = example.method(known, range(origin, until))
    return check_balance(project(known.population.sel(year=origin), assumptions))


def _by_group(forecast: Accounts, groups: AgeGroups) -> pd.DataFrame:
    people = forecast.population.sum([dim for dim in forecast.population.dims if dim not in ("age", "year")])
    table = age_groups(people, groups, complete=True).transpose("year", "age_group").to_pandas()
    return as_printed(table.assign(total=people.sum("age").values))

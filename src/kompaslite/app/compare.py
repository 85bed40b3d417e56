"""`compare_scenarios`: two scenarios side by side, by age group and year."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.app.runs import Run, run_scenario
from kompaslite.datasets import MunicipalityData
from kompaslite.scenario import Uncertainty, read_scenario
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups
from kompaslite.uncertainty import Progress, Reduce

#: Ends of the interval of a difference.
_ENDS = (0.1, 0.9)
_TOGETHER = "all areas"
#: What the table itself calls its columns and rows.
_COLUMNS = ("difference", "low", "high", "year", "age_group")


def compare_scenarios(
    first: Run | str | Path,
    second: Run | str | Path,
    *,
    groups: AgeGroups = NOTE_AGE_GROUPS,
    years: Sequence[int] | None = None,
    draws: int = 0,
    seed: int = 1,
    progress: bool | Progress = False,
) -> pd.DataFrame:
    """Population of two scenarios by age group, and the second less the first.

    Parameters
    ----------
    first, second : Run, str or Path
        Runs, or scenario files.
    groups : mapping or sequence of str
        Age groups that cover every age.
    years : sequence of int, optional
        1 January of which; every fifth year and the last if None.
    draws : int
        Futures of each scenario file; draw by draw both have the same luck, so that the interval of the difference
        holds nothing but the difference.
    seed : int
        Of the draws.
    progress : bool or callable
        As for `run_scenario`.

    Returns
    -------
    pd.DataFrame
        Persons, unrounded: a row per year and age group and for the total, columns the names of the two and
        ``difference``; with draws also ``low`` and ``high`` of the difference, between which 80 % of the draws lie.

    Raises
    ------
    SchemaError
        If the scenarios are of other areas or have no year in common.
    """
    runs = _runs((first, second), Uncertainty(draws=draws, seed=seed) if draws else None)
    names = _names(runs)
    people = [_by_group(run.forecast, groups) for run in runs]
    shared = sorted(set(people[0]["year"].values.tolist()) & set(people[1]["year"].values.tolist()))
    wanted = _years(shared, years)
    columns = {name: part.sel(year=wanted).to_series() for name, part in zip(names, people, strict=True)}
    table = pd.DataFrame(columns)
    table["difference"] = table[names[1]] - table[names[0]]
    chances = [run.scenario.uncertainty for run in runs]
    if not all(chance.draws for chance in chances):
        return table
    if chances[0] != chances[1]:
        raise SchemaError(
            f"compare: {names[0]} and {names[1]} have other draws or another seed, so that their difference would hold "
            "the luck of both. Give both the same uncertainty, or compare the files with --draws."
        )
    parts = [_drawn(run, groups, progress=progress).sel(year=wanted) for run in runs]
    ends = (parts[1] - parts[0]).quantile(list(_ENDS), "draw")
    for name, end in zip(("low", "high"), _ENDS, strict=True):
        table[name] = ends.sel(quantile=end, drop=True).transpose("year", "age_group").to_series()
    return table


def _drawn(run: Run, groups: AgeGroups, *, progress: bool | Progress) -> xr.DataArray:
    """Age groups of every draw, all areas together."""
    kept = Reduce(groups=groups, quantiles=(), mean=False, keep_draws=True, regions={_TOGETHER: None})
    return run.draw(reduce=kept, progress=progress)["draws"].sel(area=_TOGETHER, drop=True)


def _runs(wanted: Sequence[Run | str | Path], chance: Uncertainty | None) -> list[Run]:
    """Runs of scenario files, those that are not run yet; data of one folder are read once."""
    known: dict[tuple[str, Path], MunicipalityData] = {}
    runs = []
    for one in wanted:
        if isinstance(one, Run):
            runs.append(one)
            continue
        scenario, folder = read_scenario(one), Path(one).resolve().parent
        data = known.get((scenario.data, folder))
        runs.append(run_scenario(scenario, folder=folder, data=data, uncertainty=chance))
        known[scenario.data, folder] = runs[-1].data
    return runs


def _names(runs: Sequence[Run]) -> list[str]:
    names = [run.scenario.name for run in runs]
    taken = [name for name in names if name in _COLUMNS]
    if taken:
        raise SchemaError(
            f"compare: a scenario is called {taken[0]!r}, which is a column of the table itself. Give it another name; "
            f"not {', '.join(_COLUMNS)}."
        )
    if names[0] == names[1]:
        raise SchemaError(f"compare: both scenarios are called {names[0]!r}. Give them different names.")
    areas = [run.forecast.population["area"].values.tolist() for run in runs]
    if areas[0] != areas[1]:
        raise SchemaError(f"compare: {names[0]} and {names[1]} are of other areas. Compare scenarios on the same data.")
    return names


def _years(shared: Sequence[int], years: Sequence[int] | None) -> list[int]:
    if not shared:
        raise SchemaError("compare: the scenarios have no year in common. Give them horizons that overlap.")
    if years is None:
        return [year for year in shared if (year - shared[0]) % 5 == 0 or year == shared[-1]]
    missing = [year for year in years if year not in shared]
    if missing:
        raise SchemaError(f"compare: year {missing[0]} is not in both; they share {shared[0]} to {shared[-1]}.")
    return list(years)


def _by_group(forecast: Accounts, groups: AgeGroups) -> xr.DataArray:
    people = forecast.population.sum(["area", "sex"], keep_attrs=True)
    grouped = age_groups(people, groups, complete=True)
    total = people.sum("age").expand_dims(age_group=["total"])
    return xr.concat([grouped, total], dim="age_group").transpose(..., "year", "age_group")

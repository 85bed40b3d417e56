"""Plan deviation: how much of a forecast's error came from dwellings that were not built as planned."""

from collections.abc import Mapping
from math import isfinite
from numbers import Real

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, require_accounts
from kompaslite.housing.market.draws import interval
from kompaslite.schema import SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, age_groups

#: Columns of the table. The plan's part comes out of a model and carries an interval; it is not observed.
COLUMNS = ("deviation", "plan (modelled)", "plan low", "plan high", "not explained")


def plan_deviation(
    planned: Accounts,
    completed: Accounts,
    deviation: Mapping[str, float],
    *,
    year: int,
    level: float = 0.9,
) -> pd.DataFrame:
    """Split a forecast's deviation into what the plan explains and what it does not.

    Parameters
    ----------
    planned : Accounts
        The forecast with the dwellings that were planned.
    completed : Accounts
        The same forecast with the dwellings that were completed; with ``draw``, the interval comes out of the draws.
    deviation : mapping
        Actual less forecast, persons, by age group and ``total``.
    year : int
        1 January at which the forecast is judged.
    level : float
        Share of the draws within the interval.

    Returns
    -------
    pd.DataFrame
        A row for each age group and the total, persons: ``deviation``, ``plan (modelled)`` (mean of the draws),
        ``plan low``, ``plan high`` and ``not explained``. The plan's column sums to its total; ends of intervals do
        not sum.

    Raises
    ------
    SchemaError
        If the deviation lacks a group or the total, there are no draws, or the two forecasts are not of the same areas.
    """
    _check_sides(planned, completed)
    _check_deviation(deviation)
    groups = [name for name in deviation if name != "total"]
    missing = [name for name in NOTE_AGE_GROUPS if name not in groups] if set(groups) <= set(NOTE_AGE_GROUPS) else []
    if missing or "total" not in deviation:
        raise SchemaError(f"plan_deviation: {short_list([*missing, 'total'][:1])} is missing in the deviation. Add it.")
    effect = _sum(completed, year) - _sum(planned, year)
    by_group = age_groups(effect.assign_attrs(units="persons"), groups, complete=True)
    total = by_group.sum("age_group").expand_dims(age_group=["total"])
    rows = xr.concat([by_group, total], "age_group")
    stats = interval(rows, level=level).to_dataframe()
    table = pd.DataFrame(index=pd.Index([*groups, "total"], name="age_group"), columns=list(COLUMNS), dtype=float)
    table["deviation"] = [float(deviation[name]) for name in table.index]
    for column, name in (("plan (modelled)", "mean"), ("plan low", "low"), ("plan high", "high")):
        table[column] = stats.loc[table.index, name]
    table["not explained"] = table["deviation"] - table["plan (modelled)"]
    return table


def _check_sides(planned: Accounts, completed: Accounts) -> None:
    for name, one in {"planned": planned, "completed": completed}.items():
        require_accounts(one, f"plan_deviation: {name}")
        surplus = [dim for dim in ("scenario", "origin") if dim in one.population.dims]
        if surplus:
            raise SchemaError(f"plan_deviation: {name} has the dimension {short_list(surplus)}. Select one of it.")
    for dim in ("area", "sex", "age"):
        have, want = (_labels(one, dim) for one in (completed, planned))
        if have != want:
            raise SchemaError(
                f"plan_deviation: planned and completed do not have the same labels of dimension {dim}. Make both from "
                "one forecast, with other dwellings only."
            )


def _labels(accounts: Accounts, dim: str) -> set[object] | None:
    return set(accounts.population[dim].values.tolist()) if dim in accounts.population.dims else None


def _check_deviation(deviation: Mapping[str, float]) -> None:
    if not isinstance(deviation, Mapping):
        raise SchemaError('plan_deviation: deviation is a mapping by age group, {"0": -6, ..., "total": -217}.')
    numbers = {name: isinstance(value, Real) and isfinite(value) for name, value in deviation.items()}
    wrong = [f"{name}: {deviation[name]!r}" for name, number in numbers.items() if not number]
    if wrong:
        raise SchemaError(f"plan_deviation: {len(wrong)} deviations are not numbers of persons: {short_list(wrong)}.")


def _sum(accounts: Accounts, year: int) -> xr.DataArray:
    people = accounts.population
    if year not in people["year"].values:
        raise SchemaError(f"plan_deviation: the forecast has no population of {year}. Choose one of its years.")
    return people.sel(year=year, drop=True).sum([dim for dim in ("area", "sex") if dim in people.dims])

"""A forecast by age group, and its intervals: from draws, or from the errors of earlier forecasts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import interval_around
from kompaslite.report.frames import frame_of, row_of
from kompaslite.report.inputs import Intervals, Text
from kompaslite.schema import SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A forecast as the note shows it.

    Parameters
    ----------
    people : xr.DataArray
        Persons, ``(sex, age, year)``, of the first scenario; where there are draws, their median cell by cell.
    table : pd.DataFrame
        Persons, unrounded: a row per 1 January, a column per age group and ``total``; medians of sums where there are
        draws.
    scenarios : xr.DataArray, optional
        Persons, ``(scenario, year)``, where there are two or more.
    draws : xr.DataArray, optional
        Persons, ``(draw, age_group, year)`` with the total, where there are draws.
    """

    people: xr.DataArray
    table: pd.DataFrame
    scenarios: xr.DataArray | None = None
    draws: xr.DataArray | None = None

    @property
    def years(self) -> tuple[int, int]:
        """First and last 1 January."""
        return int(self.table.index[0]), int(self.table.index[-1])


def view_of(forecast: Accounts, *, area: str | None = None, groups: AgeGroups = NOTE_AGE_GROUPS) -> View:
    """Sums of a forecast by age group, and its scenarios and draws."""
    people = one_area(forecast.population, area, "forecast")
    if "origin" in people.dims:
        raise SchemaError("forecast: a note has one forecast, not one per origin. Select one with .sel(origin=...).")
    if people.sizes["year"] < 2:
        raise SchemaError(f"forecast: it has the year {people['year'].values[0]} only. Project one year at least.")
    grouped = _with_total(people.sum("sex"), groups)
    total = grouped.sel(age_group="total", drop=True)
    scenarios = None
    if "scenario" in people.dims:
        scenarios = _middle(total) if people.sizes["scenario"] > 1 else None
        people, grouped = people.isel(scenario=0, drop=True), grouped.isel(scenario=0, drop=True)
    table = frame_of(_middle(grouped), "year", "age_group")
    return View(
        people=_middle(people).transpose("sex", "age", "year"),
        table=table,
        scenarios=scenarios,
        draws=grouped if "draw" in grouped.dims else None,
    )


def one_area(array: xr.DataArray, area: str | None, name: str) -> xr.DataArray:
    """The array of one area, without the dimension."""
    array = array.drop_vars([str(label) for label in array.coords if label not in array.dims])
    if "area" not in array.dims:
        return array
    codes = array["area"].values.tolist()
    if area is None and len(codes) > 1:
        raise SchemaError(
            f"{name}: a note is of one municipality, and there are {len(codes)} areas: {short_list(codes)}. Choose one "
            'with area="..." in the inputs, or sum the districts first.'
        )
    if area is not None and area not in codes:
        raise SchemaError(f"{name}: there is no area {area!r}; there are {short_list(codes)}. Correct the code.")
    return array.sel(area=codes[0] if area is None else area, drop=True)


def intervals_from_draws(
    forecast: Accounts,
    *,
    source: Text,
    level: float = 0.8,
    area: str | None = None,
    groups: AgeGroups = NOTE_AGE_GROUPS,
) -> Intervals:
    """Central intervals of the draws of a forecast.

    Parameters
    ----------
    forecast : Accounts
        With the dimension ``draw``; of several scenarios the first.
    source : str or mapping
        What the draws are.
    level : float
        Share of the draws within the interval.
    area : str, optional
        Code, needed where there are several areas.
    groups : mapping or sequence of str
        Age groups that cover every age.

    Returns
    -------
    Intervals

    Raises
    ------
    SchemaError
        If there are no draws.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np, xarray as xr
    >>> from kompaslite.methods import forecast_by, no_change
    >>> luck = xr.DataArray(np.linspace(0.9, 1.1, 11), coords={"draw": np.arange(11)})
    >>> coming = forecast_by(no_change, made_up(1, years=[2025, 2026]), [2026])
    >>> draws = coming.map(lambda array: (array * luck).transpose("draw", ...))
    >>> intervals_from_draws(draws, source="eleven draws", groups=["0-66", "67+"]).level
    0.8
    """
    return spread_of(view_of(forecast, area=area, groups=groups), source=source, level=level)


def spread_of(view: View, *, source: Text, level: float = 0.8) -> Intervals:
    """Central intervals of a view that has draws."""
    if view.draws is None:
        raise SchemaError("forecast: it has no draws, so it has no intervals of its own. Give intervals=...")
    ends = view.draws.quantile([(1.0 - level) / 2.0, (1.0 + level) / 2.0], "draw")
    low, high = (frame_of(ends.isel(quantile=place, drop=True), "year", "age_group") for place in (0, 1))
    return Intervals(kind="draws", level=level, low=low, high=high, source=source)


def intervals_from_errors(
    forecast: Accounts,
    hindcasts: xr.Dataset,
    *,
    source: Text,
    area: str,
    level: float = 0.8,
) -> Intervals:
    """Empirical intervals of the total, from the errors of earlier forecasts that were known at the jump-off.

    Parameters
    ----------
    forecast : Accounts
        One scenario, no draws.
    hindcasts : xr.Dataset
        Of the same method, with ``area``: from `backtest`, summed over sexes and ages.
    source : str or mapping
        What the errors are.
    area : str
        Code of the municipality.
    level : float
        Share of outcomes that the interval is to hold.

    Returns
    -------
    Intervals
        Of the total only.

    Raises
    ------
    SchemaError
        As `interval_around`.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import forecast_by, no_change
    >>> observed = made_up(3, years=range(2014, 2027))
    >>> made = backtest(observed, no_change, origins=range(2017, 2025), horizon=2)
    >>> made = sum_over_sex_age(made)
    >>> coming = forecast_by(no_change, observed, [2026, 2027])
    >>> intervals_from_errors(coming, made, source="earlier forecasts", area="9901").level
    0.8
    """
    total = one_area(forecast.population, area, "forecast").sum(["sex", "age"]).expand_dims(area=[area])
    ends = interval_around(total, hindcasts, quantiles=[(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    first = total.isel(year=[0], area=0, drop=True)
    sides = [xr.concat([first, ends.isel(quantile=i, area=0, drop=True)], dim="year") for i in (0, 1)]
    low, high = (pd.DataFrame({"total": side.to_series()}) for side in sides)
    return Intervals(kind="errors", level=level, low=low, high=high, source=source)


def fitting(intervals: Intervals, view: View) -> Intervals:
    """The intervals, if they belong to the forecast."""
    missing = [year for year in view.table.index if year not in intervals.low.index]
    if missing:
        raise SchemaError(f"intervals: {len(missing)} years of the forecast are missing, the first is {missing[0]}.")
    low, high = (ends.loc[view.table.index] for ends in (intervals.low, intervals.high))
    for year in view.table.index:
        total, least, most = (row_of(table, year)["total"] for table in (view.table, low, high))
        if not least - 1e-6 * total <= total <= most + 1e-6 * total:
            raise SchemaError(
                f"intervals: the forecast of {total:,.0f} for {year} is outside its interval, {least:,.0f} to "
                f"{most:,.0f}. These are intervals of another forecast."
            )
    return Intervals(kind=intervals.kind, level=intervals.level, low=low, high=high, source=intervals.source)


def _with_total(people: xr.DataArray, groups: AgeGroups) -> xr.DataArray:
    grouped = age_groups(people, groups, complete=True)
    total = people.sum("age").expand_dims(age_group=np.array(["total"], dtype=object))
    return xr.concat([grouped, total], dim="age_group")


def _middle(array: xr.DataArray) -> xr.DataArray:
    return array.median("draw") if "draw" in array.dims else array

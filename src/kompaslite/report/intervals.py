"""A forecast by age group, and its intervals: from draws, or from the errors of earlier forecasts."""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import interval_around
from kompaslite.report.frames import as_numbers, frame_of, require_columns, require_numbers
from kompaslite.report.inputs import Text
from kompaslite.schema import SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups
from kompaslite.schema.summaries import low_and_high, with_total
from kompaslite.text import IntervalKind

#: Of as many draws the line of the scenario lies within their interval, unless it is of another forecast.
_MANY = 100


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
    draws : int, optional
        How many draws they come from. Of fewer than two beyond each end a note has no interval, and says so.
    """

    kind: IntervalKind
    level: float
    low: pd.DataFrame
    high: pd.DataFrame
    source: Text
    draws: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("draws", "errors") or not 0.0 < self.level < 1.0:
            raise SchemaError(
                f"intervals: kind is draws or errors and level between 0 and 1; they are {self.kind!r}, {self.level!r}."
            )
        for name in ("low", "high"):
            require_columns(getattr(self, name), ("total",), f"intervals.{name}")
            require_numbers(getattr(self, name), f"intervals.{name}")
            object.__setattr__(self, name, as_numbers(getattr(self, name)))
        if not (self.low.index.equals(self.high.index) and self.low.columns.equals(self.high.columns)):
            raise SchemaError("intervals: low and high have other years or age groups. Make both from the same draws.")
        crossed = (self.low > self.high).to_numpy()
        if crossed.any():
            row, column = (int(place[0]) for place in crossed.nonzero())
            raise SchemaError(
                f"intervals: low is above high in {int(crossed.sum())} cells, the first is {self.low.columns[column]} "
                f"of {self.low.index[row]}. Exchange the two tables."
            )

    @property
    def fewest(self) -> int:
        """Draws without which ends of this level say little: two beyond both ends together."""
        return ceil(round(2.0 / (1.0 - self.level), 9))


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
    grouped = with_total(age_groups(people.sum("sex"), groups, complete=True), "age_group")
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
    """The array of one area, without the label; a label of another area is an error, also without a dimension."""
    codes = np.atleast_1d(array["area"].values).tolist() if "area" in array.coords else []
    if area is None and len(codes) > 1:
        raise SchemaError(
            f"{name}: a note is of one municipality, and there are {len(codes)} areas: {short_list(codes)}. Choose one "
            'with area="..." in the inputs, or sum the districts first.'
        )
    if area is not None and codes and area not in codes:
        raise SchemaError(f"{name}: there is no area {area!r}; there are {short_list(codes)}. Correct the code.")
    if "area" in array.dims:
        array = array.sel(area=codes[0] if area is None else area)
    return array.drop_vars([str(label) for label in array.coords if label not in array.dims])


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
    low, high = (frame_of(end, "year", "age_group") for end in low_and_high(view.draws, level=level))
    return Intervals(kind="draws", level=level, low=low, high=high, source=source, draws=view.draws.sizes["draw"])


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


def wider_of(first: Intervals, second: Intervals) -> Intervals:
    """The first intervals, as wide as the second in every year and age group that both have."""
    ends = {}
    for side, outer in (("low", np.minimum), ("high", np.maximum)):
        one = getattr(first, side)
        ends[side] = outer(one, getattr(second, side).reindex(index=one.index, columns=one.columns).fillna(one))
    return replace(first, **ends)


def fitting(intervals: Intervals, view: View) -> Intervals | None:
    """The intervals, if they belong to the forecast; none where they come from too few draws to say much."""
    missing = [year for year in view.table.index if year not in intervals.low.index]
    if missing:
        raise SchemaError(f"intervals: {len(missing)} years of the forecast are missing, the first is {missing[0]}.")
    low, high = (ends.loc[view.table.index] for ends in (intervals.low, intervals.high))
    outside = _outside(view.table["total"], low["total"], high["total"])
    if intervals.draws is not None and (intervals.draws < intervals.fewest or (outside and intervals.draws < _MANY)):
        return None
    if outside:
        raise SchemaError(f"intervals: {outside}. These are intervals of another forecast.")
    return replace(intervals, low=low, high=high)


def _outside(total: pd.Series, low: pd.Series, high: pd.Series) -> str:
    """The first year whose total is not within its interval, in figures that differ."""
    slack = 1e-6 * total
    bad = (total < low - slack) | (total > high + slack)
    if not bad.any():
        return ""
    place = int(bad.to_numpy().argmax())
    figures = [float(ends.iloc[place]) for ends in (total, low, high)]
    decimals = next(n for n in range(12) if len({f"{one:.{n}f}" for one in figures}) == len(set(figures)))
    forecast, least, most = (f"{one:,.{decimals}f}" for one in figures)
    return f"the forecast of {forecast} for {total.index[place]} is outside its interval, {least} to {most}"


def _middle(array: xr.DataArray) -> xr.DataArray:
    return array.median("draw") if "draw" in array.dims else array

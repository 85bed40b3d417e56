"""Dated targets: levels that a schedule reaches by linear transitions, its shape unchanged."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from kompaslite.rates import life_expectancy, total_fertility
from kompaslite.schema import (
    SEXES,
    SchemaError,
    conform,
    in_order,
    rate_unit,
    reject,
    require_labels,
    require_values,
    short_list,
)

#: Highest life expectancy at birth that a target may name, years.
LONGEST = 130.0
#: Highest total fertility rate that a target may name, children per woman.
MOST_CHILDREN = 15.0

Target = float | Mapping[str, float] | xr.DataArray


def path(dated: Mapping[int, Target], years: np.ndarray, own: xr.DataArray, name: str) -> xr.DataArray:
    """Level of every year: linear between dates, level after the last, from the own level before the first."""
    if not isinstance(dated, Mapping):
        raise SchemaError(
            f"{name}: {dated!r} has no date. Give the year when it is reached, for example {{2040: 1.6}}."
        )
    if not dated:
        raise SchemaError(f"{name}: no date is given. Give for example {{2040: 1.6}}, or leave the target out.")
    strange = [date for date in dated if not isinstance(date, int | np.integer)]
    if strange:
        raise SchemaError(f"{name}: {strange[0]!r} is not a year. Give whole years, for example {{2040: 1.6}}.")
    dates = sorted(dated)
    levels = [_as_array(dated[date], own, f"{name} of {date}") for date in dates]
    if dates[0] > years[0]:
        dates, levels = [int(years[0]), *dates], [own, *levels]
    levels = list(xr.broadcast(*_alike(levels, name)))
    stacked = xr.concat(levels, dim="year").assign_coords(year=dates)
    inside = years.clip(dates[0], dates[-1])
    result = (
        stacked.interp(year=inside).assign_coords(year=years) if len(dates) > 1 else stacked.isel(year=[0] * years.size)
    )
    return result.assign_coords(year=years).transpose(*in_order(result.dims))


def towards_tfr(fertility: xr.DataArray, dated: Mapping[int, Target]) -> xr.DataArray:
    """Fertility scaled so that the total fertility rate follows the path."""
    own = total_fertility(fertility)
    words = "tfr: the schedule has no births in {bad} of {all} cells, so it has no shape to scale; the first is {cell}."
    reject(own <= 0.0, None, words, "Give one that has.")
    levels = path(dated, fertility["year"].values, own.isel(year=0, drop=True), "tfr")
    require_values(
        levels, "tfr", low=0.0, high=MOST_CHILDREN, words="are not children per woman", mend="Give for example 1.6."
    )
    return _scaled(fertility, levels / own, f"tfr {_words(dated)}")


def towards_life_expectancy(mortality: xr.DataArray, dated: Mapping[int, Target]) -> xr.DataArray:
    """Mortality scaled so that life expectancy at birth follows the path."""
    by_sex = any(isinstance(level, Mapping) or "sex" in getattr(level, "dims", ()) for level in dated.values())
    first = _expectancy(mortality.isel(year=[0]), by_sex=by_sex).isel(year=0, drop=True)
    goal = path(dated, mortality["year"].values, first, "life_expectancy")
    require_values(goal, "life_expectancy", low=0.0, high=LONGEST, words="are not years that people live to")
    low, high = xr.full_like(goal, -7.0), xr.full_like(goal, 7.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        living_too_long = _expectancy(_capped(mortality, middle), by_sex=by_sex) > goal
        low, high = middle.where(living_too_long, low), high.where(living_too_long, middle)
    reached = _expectancy(_capped(mortality, low), by_sex=by_sex)
    _check_reached(reached, goal)
    return _scaled(mortality, low.copy(data=np.exp(low.values)), f"life_expectancy {_words(dated)}")


def towards_totals(counts: xr.DataArray, dated: Mapping[int, Target]) -> xr.DataArray:
    """Counts scaled so that their sum over sex and age follows the path."""
    name = str(counts.name)
    if counts.sizes.get("area", 1) > 1 and any("area" not in getattr(level, "dims", ()) for level in dated.values()):
        raise SchemaError(
            f"migration_totals: {name} has {counts.sizes['area']} areas, so one total is ambiguous. Give a DataArray "
            "with a number for each area."
        )
    gains, losses = counts.clip(min=0.0).sum(["sex", "age"]), (-counts).clip(min=0.0).sum(["sex", "age"])
    goal = path(dated, counts["year"].values, (gains - losses).isel(year=0, drop=True), name)
    unreachable = (gains <= 0.0) & (goal > 0.0) | (losses <= 0.0) & (goal < 0.0)
    words = f"migration_totals: {name} has no cells that could be scaled to the total, first at {{cell}}."
    reject(unreachable, None, words, "Give a schedule first.")
    root = np.sqrt(goal * goal + 4.0 * gains * losses)
    up = (root + goal) / (2.0 * gains.where(gains > 0.0, 1.0))
    down = (root - goal) / (2.0 * losses.where(losses > 0.0, 1.0))
    scaled = counts.clip(min=0.0) * up + counts.clip(max=0.0) * down
    return _kept(scaled, counts, f"total {_words(dated)}")


def _alike(levels: list[xr.DataArray], name: str) -> list[xr.DataArray]:
    """The same labels at every date, because a join would leave holes between them."""
    known: dict[str, np.ndarray] = {}
    for i, level in enumerate(levels):
        for dim in level.dims:
            labels = known.setdefault(str(dim), level[dim].values)
            levels[i] = require_labels(levels[i], dim, labels, name, against="another date")
    return levels


def _as_array(level: Target, own: xr.DataArray, name: str) -> xr.DataArray:
    if isinstance(level, Mapping):
        if set(level) != set(SEXES):
            raise SchemaError(
                f"{name}: a target by sex needs {SEXES[0]} and {SEXES[1]}; it has {short_list(list(level))}."
            )
        level = xr.DataArray([level[sex] for sex in SEXES], coords={"sex": list(SEXES)})
    array = level if isinstance(level, xr.DataArray) else xr.DataArray(level)
    require_values(array, name, mend="Give every target as a number.")
    array = conform(array, name)
    for dim in array.dims:
        if dim in own.dims:
            array = require_labels(array, dim, own[dim].values, name, against="the schedule")
    return array


def _expectancy(mortality: xr.DataArray, *, by_sex: bool) -> xr.DataArray:
    years_of_life = life_expectancy(mortality)
    return years_of_life if by_sex else years_of_life.mean("sex")


def _capped(mortality: xr.DataArray, log_factor: xr.DataArray) -> xr.DataArray:
    factor = log_factor.copy(data=np.exp(log_factor.values))
    return (mortality * factor).clip(max=2.0).assign_attrs(units=mortality.attrs.get("units", rate_unit()))


def _check_reached(reached: xr.DataArray, goal: xr.DataArray) -> None:
    words = (
        "life_expectancy: {first:g} years cannot be reached by scaling these rates; they give "
        f"{float(reached.max()):g}. The first of {{bad}} is at {{cell}}."
    )
    reject(abs(reached - goal) > 1e-6, goal, words, "Give a target that people can live to.")


def _scaled(schedule: xr.DataArray, factor: xr.DataArray, words: str) -> xr.DataArray:
    return _kept(schedule * factor, schedule, words)


def _kept(result: xr.DataArray, schedule: xr.DataArray, words: str) -> xr.DataArray:
    attrs = schedule.attrs | {"target": words}
    return result.transpose(*in_order(result.dims)).rename(schedule.name).assign_attrs(attrs)


def _words(dated: Mapping[int, Target]) -> str:
    return ", ".join(
        f"{date}: {level if isinstance(level, int | float) else 'by label'}" for date, level in sorted(dated.items())
    )

"""Reference methods: what any other method must beat. They need nothing but populations."""

from collections.abc import Sequence
from functools import partial
from numbers import Real

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.methods.contract import Method
from kompaslite.methods.reach import assumptions_for_path
from kompaslite.schema import PERSONS, SEXES, SchemaError, describe_cell, first_cell, require_labels, require_whole

#: Ages of the women to whom Hamilton-Perry relates children.
CHILDBEARING = slice(15, 49)


def no_change(observed: Accounts, years: Sequence[int]) -> xr.Dataset:
    """The population stays as it is, at every age.

    Parameters
    ----------
    observed : Accounts
        At least one year.
    years : sequence of int
        Flow years.

    Returns
    -------
    xr.Dataset
        Assumptions of which all change is ``adjustment``, see `reach`.
    """
    return assumptions_for_path(_scaled(observed, years, 0.0))


def linear_trend(years: int, *, at_least: int | None = None) -> Method:
    """The total goes on as in the last years; the shares of sexes and ages stay.

    Parameters
    ----------
    years : int
        Over how many years the mean annual change is taken, at least 1.
    at_least : int, optional
        What suffices where there are fewer; half of `years` unless given.

    Returns
    -------
    callable
        ``(observed, years) -> assumptions``; raises SchemaError if the history is too short.
    """
    return _trend(years, at_least, share=1.0, name=f"linear_trend({years})")


def half_trend(years: int, *, at_least: int | None = None) -> Method:
    """The total goes on by half of the mean annual change of the last years; the shares of sexes and ages stay.

    Parameters
    ----------
    years, at_least : int
        As in `linear_trend`.

    Returns
    -------
    callable
        ``(observed, years) -> assumptions``; raises SchemaError if the history is too short.
    """
    return _trend(years, at_least, share=0.5, name=f"half_trend({years})")


def hamilton_perry(*, window: int | None = None, births_window: int = 5, shrink: float = 100.0) -> Method:
    """Cohort change ratios: each cohort changes as cohorts of its age and sex did in the area.

    Parameters
    ----------
    window : int, optional
        Years of change that are pooled; all that are known unless given.
    births_window : int
        The same for children per woman, at most; shorter, because fertility moves faster than cohorts do.
    shrink : float
        Persons by which the ratios are drawn towards those of all areas together, more than 0 where a cohort may
        be empty.

    Returns
    -------
    callable
        ``(observed, years) -> assumptions``; needs two years of population, or `window` + 1.

    References
    ----------
    .. [1] Hamilton & Perry (1962), A short method for projecting population by age from one decennial census to
       another, Social Forces 41.
    """
    for name, years in {"window": 1 if window is None else window, "births_window": births_window}.items():
        require_whole(years, f"hamilton_perry: {name}", low=1, mend="Give years.")
    if not isinstance(shrink, Real) or not 0.0 <= shrink < np.inf:
        raise SchemaError(f"hamilton_perry: shrink {shrink!r} is not a number of persons of at least 0.")
    return partial(_hamilton_perry, window=window, births_window=births_window, shrink=shrink)


def _trend(years: int, at_least: int | None, *, share: float, name: str) -> Method:
    require_whole(years, f"{name}: years", low=1)
    least = max(1, years // 2) if at_least is None else require_whole(at_least, f"{name}: at_least", low=1)
    if least > years:
        raise SchemaError(f"{name}: at_least {least} must be 1 to {years}.")
    return partial(_follow_trend, window=years, least=least, share=share, name=name)


def _follow_trend(
    observed: Accounts, years: Sequence[int], *, window: int, least: int, share: float, name: str
) -> xr.Dataset:
    span = min(window, _history(observed, least, name))
    total = observed.population.sum(["sex", "age"])
    change = (total.isel(year=-1) - total.isel(year=-1 - span)) / span
    return assumptions_for_path(_scaled(observed, years, share * change))


def _history(observed: Accounts, least: int, name: str) -> int:
    """Years of change that are known, if they are enough."""
    have = len(observed.years) - 1
    if have < least:
        raise SchemaError(
            f"{name}: needs {least + 1} years of population, and has {have + 1}, {observed.years[0]} to "
            f"{observed.years[-1]}. Choose a later origin, or a method that needs less."
        )
    return have


def _scaled(observed: Accounts, years: Sequence[int], change: xr.DataArray | float) -> xr.DataArray:
    """The last population, scaled to its total plus so many persons a year."""
    last = observed.population.isel(year=-1, drop=True)
    steps = xr.DataArray(np.arange(len(years) + 1), coords={"year": [*years, years[-1] + 1]})
    total = last.sum(["sex", "age"])
    empty = total == 0.0
    if bool(empty.any()):
        raise SchemaError(
            f"population: {int(empty.sum())} areas are empty, so they have no shares by age; the first is at "
            f"{describe_cell(first_cell(empty))}. Leave them out."
        )
    return last * (1.0 + change / total * steps)


def _hamilton_perry(
    observed: Accounts, years: Sequence[int], *, window: int | None, births_window: int, shrink: float
) -> xr.Dataset:
    span = _history(observed, window or 1, "hamilton_perry")
    span = span if window is None else window
    people = observed.population.isel(year=slice(-1 - span, None))
    require_labels(people, "sex", SEXES, "hamilton_perry: population", against="a forecast of births")
    ratios = _drawn_together(_end(people).sum("year"), age_up(_start(people)).sum("year"), shrink)
    recent = people.isel(year=slice(-1 - min(span, births_window), None))
    mothers = (_women(_start(recent)) + _women(_end(recent))) / 2.0
    children = _drawn_together(_end(recent).isel(age=0, drop=True).sum("year"), mothers.sum("year"), shrink)
    now = observed.population.isel(year=-1, drop=True)
    path = [now]
    for _ in years:
        path.append(_one_year(path[-1], ratios, children))
    return assumptions_for_path(
        xr.concat(path, dim=xr.Variable("year", [*years, years[-1] + 1])).assign_attrs(units=PERSONS)
    )


def _one_year(now: xr.DataArray, ratios: xr.DataArray, children: xr.DataArray) -> xr.DataArray:
    later = age_up(now) * ratios
    born = children * (_women(now) + _women(later)) / 2.0
    return later.where(later["age"] != later["age"][0], born).transpose(*now.dims)


def _start(people: xr.DataArray) -> xr.DataArray:
    return people.isel(year=slice(None, -1))


def _end(people: xr.DataArray) -> xr.DataArray:
    """The population a year later, by the year in which it started."""
    return people.isel(year=slice(1, None)).assign_coords(year=people["year"].values[:-1])


def _women(people: xr.DataArray) -> xr.DataArray:
    return people.sel(sex="female", drop=True).sel(age=CHILDBEARING).sum("age")


def _drawn_together(above: xr.DataArray, below: xr.DataArray, persons: float) -> xr.DataArray:
    """Quotient of each area, drawn towards that of all areas by so many persons."""
    empty = below + persons == 0.0
    if bool(empty.any()):
        raise SchemaError(
            f"hamilton_perry: {int(empty.sum())} cohorts were empty in all years and have no ratio; the first is at "
            f"{describe_cell(first_cell(empty))}. Draw the ratios towards those of all areas with shrink > 0."
        )
    outer = [dim for dim in above.dims if dim not in ("sex", "age")]
    whole = below.sum([dim for dim in outer if dim in below.dims])
    pooled = (above.sum(outer) / whole.where(whole > 0.0)).fillna(0.0)
    return ((above + persons * pooled) / (below + persons)).transpose(*above.dims)

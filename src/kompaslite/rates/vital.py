"""Vital rates: births and deaths over the people who could have them."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, newborns
from kompaslite.rates.credibility import Strengths, check_pooled, shrunk_rates
from kompaslite.rates.exposure import exposure, fitting_years, rate, women
from kompaslite.schema import (
    ASSUMPTIONS,
    SchemaError,
    conform,
    in_order,
    rate_unit,
    reject,
    require_dims,
    require_labels,
    require_values,
)

#: Boys per girl where births are not known by sex: Norway 1990-2023 (registered births), 1.055 to the third decimal.
SEX_RATIO_AT_BIRTH = 1.055


def fit_fertility(
    observed: Accounts,
    *,
    window: int | None = 10,
    annual: bool = False,
    schedule: xr.DataArray | None = None,
    shrink_to: xr.DataArray | None = None,
    strengths: Strengths | None = None,
) -> xr.DataArray:
    """Age-specific fertility rates from observed births and women's exposure.

    The exposure is the mean of the cohort's women at the start and the end of the year, so that births projected
    with these rates over the same years are the observed births, by mother's age and by sex of the child.

    Parameters
    ----------
    observed : Accounts
        Births (persons per year) and 1 January population.
    window : int or None
        Years back from the last observed year, at least 1; None takes all years.
    annual : bool
        One schedule for each year instead of one for all years together.
    schedule : xr.DataArray, optional
        Births per woman and year, ``(age,)`` and any other dimension, the shape that is used where births are known
        without the mother's age; the level is fitted.
    shrink_to : xr.DataArray, optional
        Rates of the nation or a group, ``(age,)`` and any other dimension: local rates are shrunk towards them by
        their credibility (`shrink`), of level and of shape; without the mother's age, of the level.
    strengths : Strengths, optional
        What local data weigh, as learned elsewhere; None: learned from these areas.

    Returns
    -------
    xr.DataArray
        Births per woman and year by age reached, ``(..., age)``, with ``year`` if `annual`; ages from the youngest
        to the oldest with births.  ``attrs["units"]`` is ``"1/year"``.  Where births are known by sex of the
        child, the coordinate ``sex_ratio_at_birth`` has boys per girl: of each cell and year if `annual`, else of
        all areas and years together, because local deviations of a few years are chance.  If shrunk, the
        coordinates ``level``, ``level_weight`` and ``shape_weight`` report what the local data weigh.

    Raises
    ------
    SchemaError
        If births are absent, shorter than the window, known without age where no schedule is given, or to be shrunk
        year by year.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray(
    ...     [[[50.0, 50.0], [50.0, 50.0], [50.0, 50.0]], [[50.0, 50.0], [50.0, 50.0], [50.0, 50.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> born = xr.DataArray(
    ...     [[[0.0], [4.0], [0.0]], [[0.0], [6.0], [0.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025]},
    ...     attrs={"units": "persons/year"},
    ... )
    >>> fitted = fit_fertility(Accounts(people, xr.Dataset({"births": born})), window=1)
    >>> fitted.values, fitted.sex_ratio_at_birth.item()
    (array([0.2]), 1.5)
    """
    years = fitting_years(observed, "births", window)
    births = observed.flows["births"].sel(year=years)
    total = births.sum("sex") if "sex" in births.dims else births
    how = _How("fertility", annual, 1, schedule, shrink_to, strengths)  # per year, however long the steps are
    result = _fitted(total, women(observed, years) * observed.step, how)
    if shrink_to is None and "age" in births.dims:
        result = _fertile(result)
    if "sex" in births.dims:
        result = result.assign_coords(sex_ratio_at_birth=_sex_ratio(newborns(births), annual=annual))
    return result


def _fertile(rates: xr.DataArray) -> xr.DataArray:
    others = [dim for dim in rates.dims if dim != "age"]
    with_births = rates["age"].values[(rates > 0.0).any(others).values]
    if not with_births.size:
        raise SchemaError("fertility: there is not one birth in the window. Give a longer one.")
    return rates.sel(age=slice(with_births[0], with_births[-1]))


def _sex_ratio(born: xr.DataArray, *, annual: bool) -> xr.DataArray:
    if not annual:
        born = born.sum([dim for dim in born.dims if dim != "sex"])
    girls, boys = born.sel(sex="female", drop=True), born.sel(sex="male", drop=True)
    without_girls = (girls <= 0.0) & (boys > 0.0)
    words = "births: only boys were born in {bad} cells, the first at {cell}, so boys per girl is not a number."
    mend = "Fit all years together, or drop the sex of the child with births.sum('sex')."
    reject(without_girls, None, words, mend)
    somebody = girls > 0.0
    ratio = (boys / girls.where(somebody, 1.0)).where(somebody, SEX_RATIO_AT_BIRTH)
    return ratio.assign_attrs(units="1", source="local")


def fit_mortality(
    observed: Accounts,
    *,
    window: int | None = 5,
    annual: bool = False,
    schedule: xr.DataArray | None = None,
    shrink_to: xr.DataArray | None = None,
    strengths: Strengths | None = None,
) -> xr.DataArray:
    """Central death rates by age reached, from observed deaths and the cohorts' exposure.

    The exposure is that of the annual step in the default convention, so that deaths projected with these rates
    over the same years are the observed deaths.

    Parameters
    ----------
    observed : Accounts
        Deaths (persons per year), births by sex, and 1 January population.
    window : int or None
        Years back from the last observed year, at least 1; None takes all years.
    annual : bool
        One schedule for each year instead of one for all years together.
    schedule : xr.DataArray, optional
        Death rates by age reached, ``(sex, age)`` and any other dimension, for the shape where deaths are known
        without age; the level is fitted.
    shrink_to : xr.DataArray, optional
        Rates of the nation or a group by age reached, ``(sex, age)`` and any other dimension: local rates are shrunk
        towards them by their credibility (`shrink`), of level and of shape; without age, of the level.
    strengths : Strengths, optional
        What local data weigh, as learned elsewhere; None: learned from these areas.

    Returns
    -------
    xr.DataArray
        Deaths per person-year, ``(..., sex, age)``, with ``year`` if `annual`.  ``attrs["units"]`` is ``"1/year"``.
        If shrunk, the coordinates ``level``, ``level_weight`` and ``shape_weight`` report what the local data weigh.

    Raises
    ------
    SchemaError
        If deaths or births are absent, deaths are shorter than the window, known without age where no schedule is
        given, or to be shrunk year by year.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 2 and 3.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"sex": ["female", "male"], "age": [0, 1]}
    >>> people = xr.DataArray(
    ...     [[[8.0, 8.0], [40.0, 44.0]], [[8.0, 8.0], [40.0, 44.0]]],
    ...     coords=labels | {"year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> flow = xr.DataArray(
    ...     [[[0.0], [4.0]], [[0.0], [4.0]]], coords=labels | {"year": [2025]}, attrs={"units": "persons/year"}
    ... )
    >>> born = flow.sum("age", keep_attrs=True) * 2.0
    >>> born.attrs["units"] = "persons/year"
    >>> fit_mortality(Accounts(people, xr.Dataset({"births": born, "deaths": flow})), window=1).sel(sex="male").values
    array([0. , 0.0869...])
    """
    years = fitting_years(observed, "deaths", window)
    deaths = observed.flows["deaths"].sel(year=years)
    how = _How("mortality", annual, observed.step, schedule, shrink_to, strengths)
    return _fitted(deaths, exposure(observed, years), how)


class _How(NamedTuple):
    name: str
    annual: bool
    step: int
    schedule: xr.DataArray | None
    shrink_to: xr.DataArray | None
    strengths: Strengths | None


def _fitted(events: xr.DataArray, exposed: xr.DataArray, how: _How) -> xr.DataArray:
    """Rates drawn to a schedule, on a schedule where events have no age, or as they are."""
    if how.shrink_to is not None:
        check_pooled(how.annual)
        return shrunk_rates(events, exposed, how.shrink_to, name=how.name, strengths=how.strengths, step=how.step)
    if "age" not in events.dims:
        return _levelled(events, exposed, how)
    together = exposed if "sex" in events.dims or "sex" not in exposed.dims else exposed.sum("sex")
    return rate(events, together, how.name, annual=how.annual, step=how.step)


def _levelled(events: xr.DataArray, exposed: xr.DataArray, how: _How) -> xr.DataArray:
    schedule, full = _checked_schedule(events, exposed, how)
    over = [dim for dim in ("sex", "age") if dim in exposed.dims and dim not in events.dims]
    level = rate(events, (exposed * full).sum(over), how.name, annual=how.annual, step=how.step)
    result = level * schedule
    attrs = level.attrs | {"source": "local level, given schedule"}
    return result.transpose(*in_order(result.dims)).rename(how.name).assign_attrs(attrs)


def _checked_schedule(events: xr.DataArray, exposed: xr.DataArray, how: _How) -> tuple[xr.DataArray, xr.DataArray]:
    """The schedule, and the same on all ages of the population."""
    schedule, variable = how.schedule, ASSUMPTIONS[how.name]
    if schedule is None:
        age = "the mother's age" if how.name == "fertility" else "age"
        raise SchemaError(
            f"{events.name}: they are known without {age}, so a schedule is needed for the shape. Give schedule=, for "
            "example the nation's rates by age reached."
        )
    require_dims(schedule, "schedule", needed=[dim for dim in ("sex", "age") if dim in exposed.dims])
    schedule = conform(schedule, "schedule")
    require_values(schedule, "schedule", low=variable.low, high=variable.high, words=variable.words, mend=variable.mend)
    full = schedule
    if how.name == "fertility":  # nobody bears children at the ages that a schedule leaves out
        ages = sorted({*exposed["age"].values.tolist(), *schedule["age"].values.tolist()})
        full = schedule.reindex(age=ages, fill_value=0.0)
    for dim in full.dims:
        if dim in exposed.dims:
            full = require_labels(full, dim, exposed[dim].values, "schedule")
    return schedule, full


def death_rates(deaths: xr.DataArray, population: xr.DataArray, *, open_age: int | None = None) -> xr.DataArray:
    """Death rates by exact age, over the mean of two 1 January populations.

    Parameters
    ----------
    deaths : xr.DataArray
        Persons per year by completed age at death, ``(..., age, year)``.
    population : xr.DataArray
        Persons on 1 January, ``(..., age, year)``; one year more than `deaths`.
    open_age : int, optional
        First age of the open group; None: the last age of `deaths`.

    Returns
    -------
    xr.DataArray
        Deaths per person-year, ``(..., age, year)``; 0 where nobody lived and nobody died.

    Raises
    ------
    SchemaError
        If labels differ, or somebody died where nobody lived.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray([[100.0, 100.0], [40.0, 60.0]], coords={"age": [0, 1], "year": [2024, 2025]})
    >>> died = xr.DataArray([[1.0], [20.0]], coords={"age": [0, 1], "year": [2024]})
    >>> death_rates(died, people).sel(year=2024).values
    array([0.01, 0.4 ])
    """
    for array, name in ((deaths, "deaths"), (population, "population")):
        require_dims(array, name, needed=("age", "year"))
        require_values(array, name, low=0.0, words="are not counts of at least 0")
    years = deaths["year"].values
    bounds = np.union1d(years, years + 1)
    population = require_labels(population.sel(year=_inside(population, bounds)), "year", bounds, "population")
    population = require_labels(population, "age", deaths["age"].values, "population", against="deaths")
    lived = 0.5 * (population.sel(year=years) + population.sel(year=years + 1).assign_coords(year=years))
    if open_age is not None:
        deaths, lived = _closed(deaths, open_age), _closed(lived, open_age)
    words = "deaths: somebody died where nobody lived, in {bad} of {all} cells; the first is {first:g} at {cell}."
    reject((deaths > 0.0) & (lived <= 0.0), deaths, words, "Choose a lower open_age.")
    rates = (deaths / lived.where(lived > 0.0, 1.0)).transpose(*in_order(deaths.dims))
    return rates.rename("mortality").drop_attrs().assign_attrs(units=rate_unit())


def _inside(population: xr.DataArray, bounds: np.ndarray) -> np.ndarray:
    years: np.ndarray = population["year"].values
    return years[np.isin(years, bounds)]


def _closed(counts: xr.DataArray, open_age: int) -> xr.DataArray:
    ages = counts["age"].values
    if open_age not in ages:
        raise SchemaError(f"open_age: {open_age} is not among the ages {ages[0]} to {ages[-1]}.")
    top = counts.sel(age=ages[ages >= open_age]).sum("age").expand_dims(age=[open_age])
    return xr.concat([counts.sel(age=ages[ages < open_age]), top], dim="age")

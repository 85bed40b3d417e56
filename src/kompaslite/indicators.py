"""Measures that a planner reads: age groups, total fertility, life expectancy, dependency, mean age."""

from typing import cast

import numpy as np
import xarray as xr

from kompaslite.schema import PERSONS, SchemaError, conform, require_dims, require_unit, require_values
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeRange, age_groups

__all__ = [
    "NOTE_AGE_GROUPS",
    "age_groups",
    "dependency_ratio",
    "life_expectancy",
    "mean_age",
    "sex_ratio",
    "total_fertility",
]


def total_fertility(fertility: xr.DataArray) -> xr.DataArray:
    """Children per woman if the rates of one year held for life.

    Parameters
    ----------
    fertility : xr.DataArray
        Births per woman and year, ``(..., age, ...)`` by single age.

    Returns
    -------
    xr.DataArray
        Children per woman, without ``age``.

    Raises
    ------
    SchemaError
        If the unit is not ``"1/year"`` or a rate is negative or missing.

    Examples
    --------
    >>> import xarray as xr
    >>> total_fertility(xr.DataArray([0.5, 0.9], coords={"age": [25, 30]}, attrs={"units": "1/year"})).item()
    1.4
    """
    require_dims(fertility, "fertility", needed=("age",))
    require_unit(fertility, "fertility", "1/year")
    require_values(fertility, "fertility", low=0.0)
    return fertility.sum("age").assign_attrs(units="children/woman").rename("total_fertility")


def life_expectancy(mortality: xr.DataArray) -> xr.DataArray:
    """Years that a child born this year lives on average, if the rates of one year held for life.

    Parameters
    ----------
    mortality : xr.DataArray
        Deaths per person and year by age reached during the year, ``(..., age, ...)``, all ages from 0, the last
        one open: central rates on the mean of start and end, age 0 the year's newborns.

    Returns
    -------
    xr.DataArray
        Years, without ``age``. A child is born in the middle of its first year on average.

    Raises
    ------
    SchemaError
        If the unit is not ``"1/year"``, an age is missing, a rate is negative, or nobody dies in the open group.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 3, here on cohorts of one calendar year of birth.

    Examples
    --------
    >>> import xarray as xr
    >>> rates = xr.DataArray([0.0, 0.0, 0.1], coords={"age": [0, 1, 2]}, attrs={"units": "1/year"})
    >>> life_expectancy(rates).item()
    11.5
    """
    require_dims(mortality, "mortality", needed=("age",))
    mortality = conform(mortality, "mortality")
    require_unit(mortality, "mortality", "1/year")
    require_values(mortality, "mortality", low=0.0, high=2.0, words="are not central rates between 0 and 2")
    ages = mortality["age"].values
    if ages[0] != 0 or np.any(np.diff(ages) != 1):
        raise SchemaError(
            f"mortality: single ages from 0 are needed; the ages run from {ages[0]} with gaps or late start."
        )
    if bool((mortality.isel(age=-1) == 0).any()):
        raise SchemaError(f"mortality: nobody dies in the open age group {ages[-1]}+, so that life never ends there.")
    years = xr.apply_ufunc(_expected_years, mortality, input_core_dims=[["age"]])
    return cast("xr.DataArray", years).assign_attrs(units="years").rename("life_expectancy")


def _expected_years(rates: np.ndarray) -> np.ndarray:
    survival = (2.0 - rates[..., :-1]) / (2.0 + rates[..., :-1])
    alive = np.concatenate([np.ones_like(rates[..., :1]), np.cumprod(survival, axis=-1)], axis=-1)
    lived = 0.5 * (alive[..., :-1] + alive[..., 1:])
    lived[..., 0] *= 0.5
    return np.asarray(lived.sum(axis=-1) + alive[..., -1] / rates[..., -1])


def dependency_ratio(
    population: xr.DataArray, *, young: AgeRange = (0, 19), old: AgeRange = (65, None)
) -> xr.DataArray:
    """The young and the old per person between them.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., [sex], age, ...)``.
    young, old : tuple of int
        First and last age, both included; ``None`` for an open end.

    Returns
    -------
    xr.DataArray
        Dependants per person of working age, without ``sex`` and ``age``.

    Raises
    ------
    SchemaError
        If the two groups overlap, or there is nobody between them.
    """
    people = _people(population)
    groups = age_groups(people, {"young": young, "old": old}).sum("age_group")
    between = people.sum("age") - groups
    require_values(between, "people between young and old", low=1e-12, words="are empty", mend="Change the groups.")
    return (groups / between).assign_attrs(units="1").rename("dependency_ratio")


def mean_age(population: xr.DataArray) -> xr.DataArray:
    """Mean age in years, half a year beyond the completed age.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., [sex], age, ...)``; those of the open group count as just beyond its first age.

    Returns
    -------
    xr.DataArray
        Years, without ``sex`` and ``age``.

    Raises
    ------
    SchemaError
        If there is nobody.
    """
    people = _people(population)
    total = people.sum("age")
    require_values(total, "population", low=1e-12, words="are empty", mend="Give people of at least one age.")
    return ((people * (people["age"] + 0.5)).sum("age") / total).assign_attrs(units="years").rename("mean_age")


def sex_ratio(population: xr.DataArray) -> xr.DataArray:
    """Males per female.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., sex, ...)``.

    Returns
    -------
    xr.DataArray
        Males per female, without ``sex``; not a number where there are no females.

    Raises
    ------
    SchemaError
        If one of the sexes is missing.
    """
    require_dims(population, "population", needed=("sex",), allowed=tuple(str(dim) for dim in population.dims))
    population = conform(population, "population")
    if population.sizes["sex"] != 2:
        raise SchemaError(f"population: both sexes are needed, it has {population['sex'].values.tolist()}.")
    females = population.sel(sex="female", drop=True)
    ratio = population.sel(sex="male", drop=True) / females.where(females > 0)
    return ratio.assign_attrs(units="1").rename("sex_ratio")


def _people(population: xr.DataArray) -> xr.DataArray:
    require_dims(population, "population", needed=("age",))
    require_unit(population, "population", PERSONS)
    population = conform(population, "population")
    return population.sum("sex") if "sex" in population.dims else population

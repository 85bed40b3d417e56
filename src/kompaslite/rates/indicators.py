"""Measures that a planner reads: age groups, total fertility, life expectancy, dependency, mean age."""

import xarray as xr

from kompaslite.rates.exposure import age_width, per_step
from kompaslite.rates.life_table import life_expectancy
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
    """Children that a woman would have at these rates: their sum over age.

    Parameters
    ----------
    fertility : xr.DataArray
        Births per woman and year, ``(..., age)``, single years of age or groups of one width; with units
        ``"1/5 years"`` births per woman and five years.

    Returns
    -------
    xr.DataArray
        Without ``age``; ``attrs["units"] == "1"``.

    Raises
    ------
    SchemaError
        If there are no ages, they are not of one width, or a rate is missing.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.rates import fit_fertility
    >>> total_fertility(fit_fertility(made_up(1, years=range(2018, 2027)), window=5)).round(2).values.tolist()
    [1.69]
    """
    require_dims(fertility, "fertility", needed=("age",), allowed=None)
    require_values(fertility, "fertility", mend="Give every age a rate; one that is nil is given as 0.")
    return per_step(fertility, "fertility")[0].sum("age").rename("total_fertility").assign_attrs(units="1")


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
        If the two groups overlap, there is nobody between them, or a value is no count.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> dependency_ratio(made_up(1, years=[2025, 2026]).population).round(2).values.tolist()
    [[0.89, 0.88]]
    """
    people = _people(population)
    groups = age_groups(people, {"young": young, "old": old}).sum("age_group")
    between = people.sum("age") - groups
    require_values(between, "people between young and old", low=1e-12, words="are empty", mend="Change the groups.")
    return (groups / between).assign_attrs(units="1").rename("dependency_ratio")


def mean_age(population: xr.DataArray) -> xr.DataArray:
    """Mean age in years, everyone in the middle of the age group.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., [sex], age, ...)``, ages of one width; those of the open group count as half a year beyond
        its first age.

    Returns
    -------
    xr.DataArray
        Years, without ``sex`` and ``age``.

    Raises
    ------
    SchemaError
        If there is nobody, or a value is no count.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> mean_age(made_up(1, years=[2025, 2026]).population).round(1).values.tolist()
    [[42.4, 42.5]]
    """
    people = _people(population)
    total = people.sum("age")
    require_values(total, "population", low=1e-12, words="are empty", mend="Give people of at least one age.")
    beyond = xr.full_like(people["age"], age_width(people, "population") / 2.0, dtype=float)
    beyond[-1] = 0.5
    return ((people * (people["age"] + beyond)).sum("age") / total).assign_attrs(units="years").rename("mean_age")


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
        If one of the sexes is missing, or a value is no count.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> sex_ratio(made_up(1, years=[2025, 2026]).population.sum("age", keep_attrs=True)).round(2).values.tolist()
    [[1.0, 1.0]]
    """
    require_dims(population, "population", needed=("sex",), allowed=None)
    population = conform(population, "population")
    require_values(population, "population", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    if population.sizes["sex"] != 2:
        raise SchemaError(f"population: both sexes are needed, it has {population['sex'].values.tolist()}.")
    females = population.sel(sex="female", drop=True)
    ratio = population.sel(sex="male", drop=True) / females.where(females > 0)
    return ratio.assign_attrs(units="1").rename("sex_ratio")


def _people(population: xr.DataArray) -> xr.DataArray:
    require_dims(population, "population", needed=("age",))
    require_unit(population, "population", PERSONS)
    population = conform(population, "population")
    require_values(population, "population", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    return population.sum("sex") if "sex" in population.dims else population

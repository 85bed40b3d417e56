"""Households of people: headship by age, the dwellings that leavers set free, and who lives in no dwelling."""

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.labels import HousingError, check_said_unit
from kompaslite.schema import (
    PERSONS,
    SchemaError,
    common_scalars,
    conform,
    in_order,
    reject,
    require_dims,
    require_labels,
    require_unit,
    require_values,
)

HOUSEHOLDS = "households"
#: Household reference persons per person, central municipalities outside Oslo, derived from a public model of housing
#: need (2025).
_HEADSHIP_AGES = (0, 15, 20, 25, 30, 40, 50, 60, 70, 80)
_HEADSHIP = (0.0, 0.020, 0.253, 0.451, 0.520, 0.572, 0.627, 0.659, 0.692, 0.811)
_LIVES_ALONE = (0.0, 0.018, 0.199, 0.275, 0.165, 0.122, 0.169, 0.226, 0.278, 0.476)
#: Dwellings released per leaver, as a share of the leavers' headship: some leave a shared home.
RELEASE_SHARE = 0.9
#: Dwellings released per death of an adult, such that households close.
RELEASE_DEATH = 0.65


def single_ages(ages: np.ndarray | range) -> np.ndarray:
    """Single years from 0 to 90 at least."""
    labels = np.asarray(ages)
    if labels.size < 2 or labels[0] != 0 or np.any(np.diff(labels) != 1):
        raise SchemaError("ages: single years from 0 are needed, for example range(106); the last is open.")
    if labels[-1] < 90:
        raise SchemaError(f"ages: the last is {labels[-1]}; the defaults need ages to 90 at least.")
    return labels


def by_age_group(starts: tuple[int, ...], values: tuple[float, ...], ages: np.ndarray) -> np.ndarray:
    """Values of age groups, by their first age, on single ages."""
    return np.asarray(values)[np.searchsorted(starts, ages, side="right") - 1]


def _by_age(values: tuple[float, ...], ages: np.ndarray | range, *, units: str) -> xr.DataArray:
    labels = single_ages(ages)
    return xr.DataArray(by_age_group(_HEADSHIP_AGES, values, labels), coords={"age": labels}, attrs={"units": units})


def default_headship(ages: np.ndarray | range = range(106)) -> xr.DataArray:
    """Households per person by age: who counts as the one that a household is counted by.

    Parameters
    ----------
    ages : np.ndarray or range
        Single years from 0, to 90 at least.

    Returns
    -------
    xr.DataArray
        ``(age,)``, households per person.

    Examples
    --------
    >>> float(default_headship().sel(age=35))
    0.52
    """
    return _by_age(_HEADSHIP, ages, units="households/person").rename("headship")


def default_lives_alone(ages: np.ndarray | range = range(106)) -> xr.DataArray:
    """Share of persons that live alone, whose death empties the dwelling.

    Parameters
    ----------
    ages : np.ndarray or range
        Single years from 0, to 90 at least.

    Returns
    -------
    xr.DataArray
        ``(age,)``, shares.

    Examples
    --------
    >>> float(default_lives_alone().sel(age=85))
    0.476
    """
    return _by_age(_LIVES_ALONE, ages, units="1")


def default_releases(headship: xr.DataArray) -> xr.Dataset:
    """Dwellings that a leaver and a death set free, by age.

    Parameters
    ----------
    headship : xr.DataArray
        Households per person, ``([area], [sex], age)``.

    Returns
    -------
    xr.Dataset
        ``moves``: 0.9 of the headship; ``deaths``: 0.65 per adult death, which closes the households.

    Examples
    --------
    >>> float(default_releases(default_headship()).moves.sel(age=35).round(3))
    0.468
    """
    adult = RELEASE_DEATH * (headship["age"] >= 20).astype(float)
    moves = (RELEASE_SHARE * headship).assign_attrs(units="dwellings/person")
    return xr.Dataset({"moves": moves, "deaths": adult.assign_attrs(units="dwellings/person")})


def check_headship(headship: xr.DataArray) -> xr.DataArray:
    """Return the headship rates in order, if they are rates per person."""
    require_dims(headship, "headship", needed=("age",))
    headship = conform(headship, "headship")
    require_values(headship, "headship", low=0.0, high=1.0, words="are not rates between 0 and 1", mend="50 % is 0.5.")
    return headship


def private_persons(population: xr.DataArray, apart: xr.DataArray | None = None) -> xr.DataArray:
    """People who live in dwellings: all but those kept apart.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., sex, age, ...)``.
    apart : xr.DataArray, optional
        Communal residents and students, who are no households of the stock: persons (``units`` "persons") or a share
        of the population (``units`` "1"), any dimensions of the population.

    Returns
    -------
    xr.DataArray
        Persons, dimensions of the population.

    Raises
    ------
    SchemaError
        If the unit is neither.
    HousingError
        If more persons are kept apart than there are; the first cell is named.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray([40.0, 10.0], coords={"age": [0, 1]}, attrs={"units": "persons"})
    >>> private_persons(people, xr.DataArray([0.0, 0.2], coords={"age": [0, 1]}, attrs={"units": "1"})).values
    array([40.,  8.])
    """
    if apart is None:
        return population
    apart = _conformed_apart(apart, population)
    rest = population - (apart if apart.attrs["units"] == PERSONS else apart * population)
    rest = rest.transpose(*in_order(rest.dims)).assign_attrs(units=PERSONS)
    words = "apart: {bad} of {all} cells keep more persons apart than there are; the first by {first:.6g} at {cell}."
    mend = "Give a share of the population (units '1') where the population changes."
    reject(rest < 0.0, -rest, words, mend, error=HousingError)
    return rest


def _conformed_apart(apart: xr.DataArray, population: xr.DataArray) -> xr.DataArray:
    unit = apart.attrs.get("units")
    if unit not in (PERSONS, "1"):
        raise SchemaError(f"apart: the unit is {unit!r}. Set .assign_attrs(units='persons'), or '1' for shares.")
    apart = conform(apart, "apart")
    common_scalars({"population": population, "apart": apart})
    high = float("inf") if unit == PERSONS else 1.0
    require_values(apart, "apart", low=0.0, high=high, words="are not persons or shares", mend="Give none below 0.")
    for dim in apart.dims:
        if dim in population.dims:
            apart = require_labels(apart, dim, population[dim].values, "apart")
    return apart


def households_of(
    population: xr.DataArray, headship: xr.DataArray, *, apart: xr.DataArray | None = None
) -> xr.DataArray:
    """Households that the people form at given headship rates.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., sex, age, ...)``.
    headship : xr.DataArray
        Households per person, ``(..., [sex], age)``.
    apart : xr.DataArray, optional
        As `private_persons` takes it.

    Returns
    -------
    xr.DataArray
        Households, without ``sex`` and ``age``.

    Raises
    ------
    SchemaError, HousingError
        If labels differ or more are kept apart than there are.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray([[40.0, 60.0]], coords={"sex": ["female"], "age": [0, 1]}, attrs={"units": "persons"})
    >>> float(households_of(people, xr.DataArray([0.0, 0.5], coords={"age": [0, 1]})))
    30.0
    """
    require_unit(population, "population", PERSONS)
    headship = check_headship(headship)
    common_scalars({"population": population, "headship": headship})
    for dim in headship.dims:
        if dim in population.dims:
            headship = require_labels(headship, dim, population[dim].values, "headship")
    private = private_persons(population, apart)
    total: xr.DataArray = xr.dot(private, headship, dim=[dim for dim in ("sex", "age") if dim in private.dims])
    return total.transpose(*in_order(total.dims)).rename("households").assign_attrs(units=HOUSEHOLDS)


def fit_headship(
    population: xr.DataArray,
    households: xr.DataArray,
    *,
    default: xr.DataArray,
    strength: float = 0.0,
) -> xr.DataArray:
    """Headship rates whose level fits the households observed, shape as given.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(area, sex, age, [year])``.
    households : xr.DataArray
        Private households observed, ``(area, [year])``.
    default : xr.DataArray
        Households per person, ``([sex], age)``.
    strength : float
        Households at which an area's own level and the level of all areas together weigh the same; 0 takes its own.

    Returns
    -------
    xr.DataArray
        ``(area, [sex], age)``; the level, held between 0 and 1, acts on the odds of the rates, so that none passes 1.

    Raises
    ------
    SchemaError
        If labels differ, or an area has no people to fit.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["3201"], "sex": ["female"], "age": [0, 1]}
    >>> people = xr.DataArray([[[40.0, 60.0]]], coords=key, attrs={"units": "persons"})
    >>> seen = xr.DataArray([36.0], coords={"area": ["3201"]})
    >>> shape = xr.DataArray([0.0, 0.5], coords={"age": [0, 1]})
    >>> fit_headship(people, seen, default=shape).values.round(6)
    array([[0. , 0.6]])
    """
    default = check_headship(default)
    require_unit(population, "population", PERSONS)
    check_said_unit(households, "households", HOUSEHOLDS)
    households = require_labels(households, "area", population["area"].values, "households")
    if "year" in population.dims:
        households = require_labels(households, "year", population["year"].values, "households")
    people = population.sum([dim for dim in population.dims if dim not in ("area", *default.dims)])
    seen = households.sum([dim for dim in households.dims if dim != "area"])
    expected = (people * default).sum(default.dims)
    pooled = float(seen.sum() / expected.sum())
    target = expected * (seen + strength * pooled) / (expected + strength)
    dims = ("area", *default.dims)
    levels = [
        _odds(people.sel(area=area).transpose(*default.dims).values, default.values, float(target.sel(area=area)), area)
        for area in population["area"].values
    ]
    odds = xr.DataArray(levels, coords={"area": population["area"].values})
    lifted = odds * default / (1.0 - default + odds * default)
    return lifted.transpose(*dims).rename("headship").assign_attrs(units="households/person")


def _odds(people: np.ndarray, shape: np.ndarray, target: float, area: str) -> float:
    most = float(people[shape > 0.0].sum())
    if not 0.0 < target < most:
        raise SchemaError(
            f"households: {target:g} of area {area} cannot be formed by its {most:g} persons of ages with households. "
            "Correct the households or the population."
        )

    def gap(log_odds: float) -> float:
        lifted = np.exp(log_odds) * shape / (1.0 - shape + np.exp(log_odds) * shape)
        return float((people * lifted).sum()) - target

    return float(np.exp(scipy.optimize.brentq(gap, -30.0, 30.0, xtol=1e-13)))

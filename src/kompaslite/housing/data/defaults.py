"""Known figures that stand in where a municipality has none of its own, each with its source."""

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.labels import GENERATIONS
from kompaslite.schema import SEXES, SchemaError

#: Persons per dwelling by type and age group, census 2001, derived from Statistics Norway's tables.
_AGES = (0, 20, 30, 40, 50, 67, 80)
_PERSONS = {
    "detached": (0.711, 0.295, 0.361, 0.373, 0.499, 0.228, 0.089),
    "row": (0.682, 0.283, 0.398, 0.343, 0.409, 0.182, 0.075),
    "low_block": (0.440, 0.331, 0.335, 0.245, 0.298, 0.177, 0.105),
    "block": (0.287, 0.312, 0.313, 0.200, 0.280, 0.174, 0.097),
}
#: Persons per occupied dwelling on 1 January 2020, Statistics Norway; row is the mean of two-dwelling and row houses,
#: low blocks are taken to have the size of block dwellings.
_SIZE_2020 = {"detached": 2.45, "row": 2.21, "low_block": 1.68, "block": 1.68}
#: Household reference persons per person, central municipalities outside Oslo, derived from a public model of housing
#: need (2025).
_HEADSHIP_AGES = (0, 15, 20, 25, 30, 40, 50, 60, 70, 80)
_HEADSHIP = (0.0, 0.020, 0.253, 0.451, 0.520, 0.572, 0.627, 0.659, 0.692, 0.811)
_LIVES_ALONE = (0.0, 0.018, 0.199, 0.275, 0.165, 0.122, 0.169, 0.226, 0.278, 0.476)
#: How the ages of movers into new and young dwellings differ from those of the whole stock: assumptions, to be
#: replaced by `fit_occupancy` where moves are known. Persons by age of the children 0-5, 6-12, 13-19 (shares), then
#: factors of the adults' groups.
_CHILDREN = {"first": (0.52, 0.31, 0.17), "next": (0.42, 0.35, 0.23), "later": (0.30, 0.35, 0.35)}
_ADULTS = {
    "first": (1.25, 1.70, 0.90, 0.80, 0.70, 0.25),
    "next": (1.20, 1.40, 1.00, 0.85, 0.60, 0.35),
    "later": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}
_FEMALE = ((0, 0.49), (20, 0.495), (67, 0.52), (80, 0.62))

#: Dwellings released per leaver, as a share of the leavers' headship: some leave a shared home.
RELEASE_SHARE = 0.9
#: Dwellings released per death of an adult, such that households close.
RELEASE_DEATH = 0.65
#: Share of the structural effect of a dwelling that is added to the population: low, most likely, high.
ADDITIONALITY: tuple[float, float, float] = (0.05, 0.35, 0.90)


def _ages_of(ages: np.ndarray | range) -> np.ndarray:
    labels = np.asarray(ages)
    if labels.size < 2 or labels[0] != 0 or np.any(np.diff(labels) != 1):
        raise SchemaError("ages: single years from 0 are needed, for example range(106); the last is open.")
    if labels[-1] < 90:
        raise SchemaError(f"ages: the last is {labels[-1]}; the defaults need ages to 90 at least.")
    return labels


def _steps(starts: tuple[int, ...], values: tuple[float, ...], ages: np.ndarray) -> np.ndarray:
    return np.asarray(values)[np.searchsorted(starts, ages, side="right") - 1]


def _by_age(values: tuple[float, ...], ages: np.ndarray | range, *, units: str) -> xr.DataArray:
    labels = _ages_of(ages)
    return xr.DataArray(_steps(_HEADSHIP_AGES, values, labels), coords={"age": labels}, attrs={"units": units})


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


def default_occupancy(ages: np.ndarray | range = range(106)) -> xr.DataArray:
    """Persons per household that moves in, by dwelling type, moving generation, sex and age.

    The later generation has the ages of the whole stock at the census of 2001 and the household size of 2020. The
    first and the next are younger by assumption: new homes fill with people in their thirties and small children.

    Parameters
    ----------
    ages : np.ndarray or range
        Single years from 0, to 90 at least.

    Returns
    -------
    xr.DataArray
        Persons per dwelling, ``(dwelling_type, generation, sex, age)``; types ``detached``, ``row``, ``low_block``
        and ``block``.

    Examples
    --------
    >>> persons = default_occupancy()
    >>> persons.sum(["sex", "age"]).sel(generation="later").round(2).values
    array([2.45, 2.21, 1.68, 1.68])
    """
    labels = _ages_of(ages)
    values = [[_profile(kind, generation, labels) for generation in GENERATIONS] for kind in _PERSONS]
    return xr.DataArray(
        np.array(values),
        coords={"dwelling_type": list(_PERSONS), "generation": list(GENERATIONS), "sex": list(SEXES), "age": labels},
        name="occupancy",
        attrs={"units": "persons/dwelling"},
    )


def _profile(kind: str, generation: str, ages: np.ndarray) -> np.ndarray:
    persons = np.array(_PERSONS[kind])
    grown = persons[1:] * np.array(_ADULTS[generation])
    grown *= persons[1:].sum() / grown.sum()
    groups = np.concatenate([persons[0] * np.array(_CHILDREN[generation]), grown])
    edges = np.array([0, 6, 13, *_AGES[1:], ages[-1] + 1], dtype=float)
    # a monotone curve through the cumulated groups keeps every group's total and is never negative
    cumulated = scipy.interpolate.PchipInterpolator(edges, np.concatenate([[0.0], np.cumsum(groups)]))
    single = np.diff(cumulated(np.append(ages, ages[-1] + 1.0)))
    single *= _SIZE_2020[kind] / single.sum()
    female = _steps(tuple(age for age, _ in _FEMALE), tuple(share for _, share in _FEMALE), ages)
    return np.stack([single * female, single * (1.0 - female)])


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

"""Moving generations: who moves into a dwelling of a type, by how new the dwelling is."""

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.data.headship import by_age_group, single_ages
from kompaslite.housing.labels import GENERATIONS, conform_housing
from kompaslite.schema import SEXES, SchemaError, reject, require_labels, require_values

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
_NEEDED = ("dwelling_type", "generation", "sex", "age")


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
    labels = single_ages(ages)
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
    female = by_age_group(tuple(age for age, _ in _FEMALE), tuple(share for _, share in _FEMALE), ages)
    return np.stack([single * female, single * (1.0 - female)])


def check_occupancy(occupancy: xr.DataArray) -> xr.DataArray:
    """Return persons per household in order, if every type and generation has a profile."""
    occupancy = conform_housing(occupancy, "occupancy", needed=_NEEDED)
    require_labels(occupancy, "generation", GENERATIONS, "occupancy", against="the moving generations")
    require_labels(occupancy, "sex", SEXES, "occupancy", against="the sexes")
    require_values(occupancy, "occupancy", low=0.0, words="are not persons per dwelling", mend="Give none below 0.")
    words = "occupancy: {bad} profiles are empty; the first is at {cell}."
    mend = "Give persons per household by sex and age, or take them from default_occupancy()."
    reject(occupancy.sum(["sex", "age"]) <= 0.0, None, words, mend)
    return occupancy


def fit_occupancy(
    persons: xr.DataArray,
    dwellings: xr.DataArray,
    *,
    default: xr.DataArray | None = None,
    strength: float = 50.0,
) -> xr.DataArray:
    """Persons per household by type and generation, from movers that were counted, shrunk to defaults.

    Parameters
    ----------
    persons : xr.DataArray
        Persons who moved into the dwellings counted, ``(..., dwelling_type, generation, sex, age)``.
    dwellings : xr.DataArray
        How many dwellings were moved into, ``(..., dwelling_type, generation)``; 0 where none was observed.
    default : xr.DataArray, optional
        Persons per household ``(dwelling_type, generation, sex, age)`` to shrink to, `default_occupancy` if not given.
    strength : float
        Dwellings that the default counts for.

    Returns
    -------
    xr.DataArray
        Persons per household, ``(..., dwelling_type, generation, sex, age)``: a weighted mean of what was observed
        and the default, with the observed dwellings and `strength` as weights.

    Raises
    ------
    SchemaError
        If labels differ, persons were seen in dwellings that nobody counted, or the strength is not positive.

    Examples
    --------
    >>> import xarray as xr
    >>> default = default_occupancy()
    >>> homes = xr.zeros_like(default.sum(["sex", "age"]))
    >>> homes.loc["block", "first"] = 150.0
    >>> fitted = fit_occupancy(1.2 * homes * default, homes, default=default, strength=50.0)
    >>> float((fitted / default).sel(dwelling_type="block", generation="first").mean().round(6))
    1.15
    """
    default = check_occupancy(default_occupancy(persons["age"].values) if default is None else default)
    if not strength > 0.0:
        raise SchemaError(f"fit_occupancy: strength is {strength}. Give the dwellings that the default counts for.")
    persons = conform_housing(persons, "persons", needed=_NEEDED)
    dwellings = conform_housing(dwellings, "dwellings", needed=_NEEDED[:2])
    for dim in _NEEDED:
        persons = require_labels(persons, dim, default[dim].values, "persons", against="the default")
        if dim in dwellings.dims:
            dwellings = require_labels(dwellings, dim, default[dim].values, "dwellings", against="the default")
    require_values(persons, "persons", low=0.0, words="are not counts", mend="Count persons.")
    require_values(dwellings, "dwellings", low=0.0, words="are not counts", mend="Count dwellings.")
    uncounted = (dwellings == 0.0) & (persons.sum(["sex", "age"]) > 0.0)
    words = "fit_occupancy: persons moved into {bad} kinds of dwellings of which none was counted; the first is {cell}."
    reject(uncounted, None, words, "Count these dwellings too.")
    fitted = (persons + strength * default) / (dwellings + strength)
    return check_occupancy(fitted.rename("occupancy").assign_attrs(units="persons/dwelling"))


def occupancy_from_stock(
    population: xr.DataArray,
    occupied: xr.DataArray,
    *,
    default: xr.DataArray | None = None,
    strength: float = 2000.0,
) -> xr.DataArray:
    """Persons per household of the whole stock by type, from populations and dwellings of several areas.

    Where nobody has counted movers by dwelling type, the areas' stocks still say how types differ: each age group's
    people are regressed on the dwellings of each type, with the default as the prior and no person below nothing.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(area, sex, age)``.
    occupied : xr.DataArray
        Occupied dwellings, ``(area, dwelling_type)``.
    default : xr.DataArray, optional
        Prior, ``(dwelling_type, generation, sex, age)``.
    strength : float
        Dwellings of each type that the prior counts for.

    Returns
    -------
    xr.DataArray
        As `default`; the later generation is the estimate, the other generations change by the same factors.

    Raises
    ------
    SchemaError
        If labels of areas or types differ.

    References
    ----------
    .. [1] Lawson & Hanson (1995), Solving Least Squares Problems, ch. 23: non-negative least squares.

    Examples
    --------
    >>> import xarray as xr
    >>> prior = default_occupancy().sel(dwelling_type=["row"])
    >>> homes = xr.DataArray([[4000.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> people = 1.2 * 4000.0 * prior.sel(generation="later").rename(dwelling_type="area").assign_coords(area=["Lia"])
    >>> fitted = occupancy_from_stock(people, homes, default=prior, strength=1.0)
    >>> float((fitted / prior).mean().round(3))
    1.2
    """
    default = check_occupancy(default_occupancy(population["age"].values) if default is None else default)
    occupied = conform_housing(occupied, "occupied", needed=("area", "dwelling_type"))
    occupied = require_labels(
        occupied, "dwelling_type", default["dwelling_type"].values, "occupied", against="the default"
    )
    population = require_labels(population, "area", occupied["area"].values, "population", against="the dwellings")
    later = default.sel(generation="later")
    factors = _stock_factors(
        population.transpose("area", "sex", "age").values, occupied.values, later.values, strength=strength
    )
    fitted = default * later.copy(data=factors).drop_vars("generation")
    return check_occupancy(fitted.transpose(*default.dims).rename("occupancy").assign_attrs(default.attrs))


def _stock_factors(people: np.ndarray, homes: np.ndarray, prior: np.ndarray, *, strength: float) -> np.ndarray:
    size = homes.sum(axis=1, keepdims=True)
    weight = 1.0 / np.sqrt(np.where(size > 0.0, size, 1.0))  # persons vary with the number of dwellings
    factors = np.ones_like(prior)
    for sex, age in np.ndindex(*prior.shape[1:]):
        rows = weight * homes * prior[:, sex, age]
        ridge = np.diag(np.sqrt(strength) * prior[:, sex, age])
        left = np.vstack([rows, ridge])
        right = np.concatenate([weight[:, 0] * people[:, sex, age], np.diag(ridge)])
        factors[:, sex, age] = scipy.optimize.nnls(left, right)[0]
    return factors

"""Moving generations: who moves into a dwelling of a type, by how new the dwelling is."""

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.data.defaults import default_occupancy
from kompaslite.housing.labels import GENERATIONS, conform_housing
from kompaslite.schema import SEXES, SchemaError, describe_cell, first_cell, require_labels, require_values

_NEEDED = ("dwelling_type", "generation", "sex", "age")


def check_occupancy(occupancy: xr.DataArray) -> xr.DataArray:
    """Return persons per household in order, if every type and generation has a profile."""
    occupancy = conform_housing(occupancy, "occupancy", needed=_NEEDED)
    require_labels(occupancy, "generation", GENERATIONS, "occupancy", against="the moving generations")
    require_labels(occupancy, "sex", SEXES, "occupancy", against="the sexes")
    require_values(occupancy, "occupancy", low=0.0, words="are not persons per dwelling", mend="Give none below 0.")
    empty = occupancy.sum(["sex", "age"]) <= 0.0
    if bool(empty.any()):
        raise SchemaError(
            f"occupancy: {int(empty.sum())} profiles are empty; the first is at {describe_cell(first_cell(empty))}. "
            "Give persons per household by sex and age, or take them from default_occupancy()."
        )
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
    if bool(uncounted.any()):
        raise SchemaError(
            f"fit_occupancy: persons moved into {int(uncounted.sum())} kinds of dwellings of which none was counted; "
            f"the first is {describe_cell(first_cell(uncounted))}. Count these dwellings too."
        )
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

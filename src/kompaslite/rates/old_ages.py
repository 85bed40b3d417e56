"""Death rates from deaths and populations, and the highest ages, where both are few."""

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError, in_order, rate_unit, require_dims, require_labels, require_values

#: First age of the fit, as in the Methods Protocol of the Human Mortality Database.
FIT_FROM = 80


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
    if bool(((deaths > 0.0) & (lived <= 0.0)).any()):
        raise SchemaError("deaths: somebody died at an age where nobody lived. Choose a lower open_age.")
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


def kannisto(
    mortality: xr.DataArray, exposure: xr.DataArray, *, last_age: int = 110, replace_from: int = 95
) -> xr.DataArray:
    """Death rates whose highest ages follow a logistic curve, fitted to all ages from 80.

    Parameters
    ----------
    mortality : xr.DataArray
        Deaths per person-year by exact age, single years, ``(..., age)``; the last age may be open.
    exposure : xr.DataArray
        Person-years, of the same labels: the weights of the fit.
    last_age : int
        Last age of the result, open.
    replace_from : int
        First age whose rate is that of the curve; below, rates stay as they are.

    Returns
    -------
    xr.DataArray
        ``(..., age)`` to `last_age`, rising with age.

    Raises
    ------
    SchemaError
        If fewer than five ages from 80 have deaths, or the curve cannot be fitted.

    References
    ----------
    .. [1] Thatcher, Kannisto & Vaupel (1998), The Force of Mortality at Ages 80 to 120, Odense.
    .. [2] Wilmoth et al. (2021), Methods Protocol for the Human Mortality Database, version 6, ch. 7.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> ages = np.arange(70, 101)
    >>> odds = 0.05 * np.exp(0.11 * (ages - 80.0))
    >>> m = xr.DataArray(odds / (1.0 + odds), coords={"age": ages})
    >>> round(kannisto(m, xr.full_like(m, 1000.0), last_age=105).sel(age=105).item(), 6)
    0.438874
    """
    require_dims(mortality, "mortality", needed=("age",))
    require_values(mortality, "mortality", low=0.0, words="are not death rates of at least 0")
    exposure = require_labels(exposure, "age", mortality["age"].values, "exposure", against="mortality")
    require_values(exposure, "exposure", low=0.0, words="are not person-years of at least 0")
    ages = mortality["age"].values
    used = ages[ages >= FIT_FROM]
    if used.size < 5 or not ages[0] <= replace_from <= last_age:
        raise SchemaError(
            f"kannisto: at least five ages from {FIT_FROM} are needed, and replace_from {replace_from} between the "
            f"first age {ages[0]} and last_age {last_age}; there are {used.size}."
        )
    rates, lived = xr.broadcast(mortality.sel(age=used), exposure.sel(age=used))
    line = logistic_line(
        (rates * lived).transpose(..., "age").values, lived.transpose(..., "age").values, used - float(FIT_FROM)
    )
    above = np.arange(replace_from, last_age + 1)
    odds = np.exp(line[..., :1] + line[..., 1:] * (above - float(FIT_FROM)))
    frame = rates.transpose(..., "age").isel(age=[0] * above.size).assign_coords(age=above)
    whole = xr.concat([mortality.sel(age=ages[ages < replace_from]), frame.copy(data=odds / (1.0 + odds))], dim="age")
    return whole.transpose(*in_order(whole.dims)).rename("mortality").assign_attrs(mortality.attrs)


def logistic_line(deaths: np.ndarray, exposed: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Intercept and slope of the log odds of the rate, most likely for Poisson deaths; ages on the last axis."""
    design = np.stack([np.ones(x.size), x], axis=-1)
    start = np.log(np.maximum(deaths.sum(axis=-1), 1e-9) / np.maximum(exposed.sum(axis=-1), 1e-9))
    line = np.stack([start - 0.1 * np.average(x), np.full(start.shape, 0.1)], axis=-1)
    for _ in range(100):
        rate = 1.0 / (1.0 + np.exp(-(line @ design.T)))
        slope = exposed * rate * (1.0 - rate)
        score = np.einsum("...x,xj->...j", (deaths - exposed * rate) * (1.0 - rate), design)
        information = np.einsum("...x,xi,xj->...ij", slope * (1.0 - rate), design, design)
        try:
            change = np.clip(np.linalg.solve(information, score[..., None])[..., 0], -2.0, 2.0)
        except np.linalg.LinAlgError:
            break
        line = line + change
        if np.all(np.abs(change) < 1e-10):
            return np.asarray(line)
    raise SchemaError("kannisto: the curve cannot be fitted to so few deaths. Pool years, sexes or areas.")

"""What one more dwelling adds, from data: a panel of municipalities, and draws for the model."""

from dataclasses import dataclass

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.market.market import multiplier
from kompaslite.housing.run.model import HousingModel
from kompaslite.schema import SchemaError, require_labels, require_values

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Parameters
    ----------
    value, low, high : float
        Estimate and ends of the interval.
    level : float
        Of the interval.

    Examples
    --------
    >>> print(Estimate(0.3, -0.06, 0.65, level=0.95))
    0.30 (-0.06, 0.65)
    """

    value: float
    low: float
    high: float
    level: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}, {self.high:.2f})"


@dataclass(frozen=True, slots=True, eq=False)
class PanelFit:
    """Effect of completions on a flow of persons, persons per dwelling.

    Parameters
    ----------
    effects : tuple of Estimate
        In the year of completion and each year after it.
    total : Estimate
        All lags together.
    standard_error : float
        Of the total, clustered.
    areas, years : int
        Size of the panel; the areas are the clusters.
    """

    effects: tuple[Estimate, ...]
    total: Estimate
    standard_error: float
    areas: int
    years: int


def fit_additionality(
    persons: xr.DataArray,
    completions: xr.DataArray,
    population: xr.DataArray,
    *,
    lags: int = 2,
    level: float = 0.95,
    replications: int = 0,
    seed: int = 0,
) -> PanelFit:
    """Persons that one more completed dwelling brings, from a panel with area and year effects.

    Persons and dwellings per inhabitant are compared within areas and years (the within estimator); the intervals are
    clustered by area. Common trends and everything that is lasting about an area drop out.

    Parameters
    ----------
    persons : xr.DataArray
        A flow of persons per year, for example net migration, ``(area, year)``.
    completions : xr.DataArray
        Dwellings completed per year, ``(area, year)``; `lags` years more at the beginning are needed.
    population : xr.DataArray
        Persons on 1 January, ``(area, year)``.
    lags : int
        Years after the completion whose effect is counted too.
    level : float
        Of the intervals.
    replications : int
        0: intervals by Student's t with one degree of freedom less than areas. Else: that many wild cluster bootstrap
        samples (Webb's six weights), for the few clusters that there are.
    seed : int
        Of the bootstrap.

    Returns
    -------
    PanelFit

    Raises
    ------
    SchemaError
        If labels differ, there are fewer than three areas, or years are missing.

    References
    ----------
    .. [1] Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90(3), 414-427.
    .. [2] Webb (2023), Canadian Journal of Economics 56(3), 839-858.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> key = {"area": [f"{i}" for i in range(12)], "year": range(2000, 2020)}
    >>> built = xr.DataArray(rng.poisson(40, (12, 20)) * 1.0, coords=key)
    >>> people = xr.full_like(built, 9000.0)
    >>> gained = 0.5 * built + xr.DataArray(rng.normal(0, 4, (12, 20)), coords=key)
    >>> print(fit_additionality(gained, built, people, lags=0).total)
    0.50 (0.41, 0.58)
    """
    outcome, regressors = _panel(persons, completions, population, lags)
    areas, years = outcome.shape
    y, x = _within(outcome), np.stack([_within(part) for part in regressors], axis=-1)
    inverse = np.linalg.inv(np.einsum("ayk,ayl->kl", x, x))
    effect = inverse @ np.einsum("ayk,ay->k", x, y)
    covariance = _clustered(x, y - x @ effect, inverse)
    sums = [np.eye(lags + 1)[lag] for lag in range(lags + 1)] + [np.ones(lags + 1)]
    errors = [float(np.sqrt(weights @ covariance @ weights)) for weights in sums]
    critical = [float(scipy.stats.t.ppf(0.5 + level / 2, areas - 1))] * len(sums)
    if replications:
        critical = _bootstrap(x, y, effect, inverse, sums=sums, replications=replications, level=level, seed=seed)
    made = [
        Estimate(float(weights @ effect), float(weights @ effect) - c * e, float(weights @ effect) + c * e, level)
        for weights, e, c in zip(sums, errors, critical, strict=True)
    ]
    return PanelFit(tuple(made[:-1]), made[-1], errors[-1], areas, years)


def _panel(
    persons: xr.DataArray, completions: xr.DataArray, population: xr.DataArray, lags: int
) -> tuple[Array, list[Array]]:
    if lags < 0:
        raise SchemaError(f"additionality: lags is {lags}. Give the years after completion that count, from 0 on.")
    areas, years = persons["area"].values, persons["year"].values
    if areas.size < 3:
        raise SchemaError(f"additionality: {areas.size} areas are too few for a panel. Give at least three.")
    needed = np.arange(years[0] - lags, years[-1] + 1)
    if years.size != years[-1] - years[0] + 1:
        raise SchemaError(f"additionality: the years from {years[0]} to {years[-1]} have gaps. Give every year.")
    parts = {"persons": persons, "completions": completions, "population": population}
    for name, given in parts.items():
        part = require_labels(given.transpose("area", "year"), "area", areas, name, against="the persons")
        wanted = needed if name == "completions" else years
        missing = [year for year in wanted.tolist() if year not in part["year"].values]
        if missing:
            raise SchemaError(
                f"{name}: year {missing[0]} is missing; {wanted[0]} to {wanted[-1]} are needed for {lags} lags. Add "
                "it, or begin the persons later."
            )
        parts[name] = part.sel(year=wanted)
        require_values(parts[name], name)
    people, built = parts["population"].values, parts["completions"].values
    lagged = [built[:, lags - lag : lags - lag + years.size] / people for lag in range(lags + 1)]
    return parts["persons"].values / people, lagged


def _within(values: Array) -> Array:
    """Less the means of area and year: what is left after both sets of effects, in a balanced panel."""
    left: Array = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    return left


def _clustered(x: Array, residual: Array, inverse: Array) -> Array:
    areas = x.shape[0]
    score = np.einsum("ayk,...ay->...ak", x, residual)
    meat = np.einsum("...ak,...al->...kl", score, score) * areas / (areas - 1)
    covariance: Array = inverse @ meat @ inverse
    return covariance


def _bootstrap(
    x: Array,
    y: Array,
    effect: Array,
    inverse: Array,
    *,
    sums: list[Array],
    replications: int,
    level: float,
    seed: int,
) -> list[float]:
    """Critical values of the t statistics, from residuals whose signs and sizes change by area."""
    values = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
    weights = np.random.default_rng(seed).choice(values, (replications, x.shape[0]))
    fitted = x @ effect
    drawn = fitted + weights[..., None] * (y - fitted)
    again = np.einsum("kl,ayl,ray->rk", inverse, x, drawn)
    covariance = _clustered(x, drawn - np.einsum("ayk,rk->ray", x, again), inverse)
    critical = []
    for total in sums:
        error = np.sqrt(np.einsum("k,rkl,l->r", total, covariance, total))
        critical.append(float(np.quantile(np.abs((again - effect) @ total) / error, level)))
    return critical


def housing_yield(model: HousingModel) -> xr.Dataset:
    """Persons that one more dwelling brings, by zone and type: what the accounts say, and what is added.

    Parameters
    ----------
    model : HousingModel
        Any part of it may carry draws.

    Returns
    -------
    xr.Dataset
        ``structural``: households from outside along the chain times their persons; ``effective``: times
        additionality. Persons per dwelling, ``(..., area, dwelling_type)``.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import HousingModel, even_market
    >>> homes = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> model = HousingModel.with_defaults(even_market(homes, external=0.49, new=0.21))
    >>> yields = housing_yield(model)
    >>> yields.structural.values.round(3), yields.effective.values.round(3)
    (array([[1.547]]), array([[0.541]]))
    """
    structural = multiplier(model.market, model.occupancy).persons
    effective = (model.additionality * structural).assign_attrs(units="persons/dwelling")
    return xr.Dataset({"structural": structural.assign_attrs(units="persons/dwelling"), "effective": effective})

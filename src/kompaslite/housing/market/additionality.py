"""What one more dwelling adds: estimated from a panel of municipalities, and drawn; intervals over draws."""

from dataclasses import dataclass

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.labels import DWELLINGS_PER_YEAR, check_said_unit
from kompaslite.schema import SchemaError, low_and_high, require_labels, require_values

Array = np.ndarray
#: Share of the structural effect of a dwelling that is added to the population: low, most likely, high.
ADDITIONALITY: tuple[float, float, float] = (0.05, 0.35, 0.90)


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
    units = {"persons": ("persons/year",), "completions": (DWELLINGS_PER_YEAR,), "population": ("persons",)}
    for name, given in parts.items():
        check_said_unit(given, name, *units[name])
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


def additionality_draws(
    draws: int,
    *,
    seed: int,
    bounds: tuple[float, float, float] = ADDITIONALITY,
    evidence: tuple[float, float] | None = None,
) -> xr.DataArray:
    """Draws of additionality: a bounded hump (PERT), narrowed by evidence if there is any.

    Parameters
    ----------
    draws : int
        How many. The first ones are the same however many there are.
    seed : int
        Of the stream.
    bounds : tuple of float
        Lowest, most likely and highest value.
    evidence : tuple of float, optional
        An estimate of additionality and its standard error, by which the hump is weighted.

    Returns
    -------
    xr.DataArray
        Shares, ``(draw,)``.

    Raises
    ------
    SchemaError
        If the bounds are not in order between 0 and 1, or no draw is asked for.

    References
    ----------
    .. [1] Malcolm, Roseboom, Clark & Fazar (1959), Operations Research 7(5), 646-669.

    Examples
    --------
    >>> float(additionality_draws(4000, seed=1).mean().round(2))
    0.39
    """
    if not (bounds[0] >= 0.0 and bounds[2] <= 1.0):
        raise SchemaError(f"additionality: bounds {bounds} are not shares between 0 and 1.")
    return pert_draws(bounds, draws=draws, seed=seed, evidence=evidence).rename("additionality")


def pert_draws(
    bounds: tuple[float, float, float],
    *,
    draws: int,
    seed: int | tuple[int, ...],
    evidence: tuple[float, float] | None = None,
) -> xr.DataArray:
    """Draws of a number that has a lowest, a most likely and a highest value.

    Parameters
    ----------
    bounds : tuple of float
        Lowest, most likely and highest value.
    draws : int
        How many. The first ones are the same however many there are.
    seed : int or tuple of int
        Of the stream.
    evidence : tuple of float, optional
        An estimate and its standard error, by which the hump is weighted.

    Returns
    -------
    xr.DataArray
        ``(draw,)``: a Beta distribution between the bounds whose mean is (low + 4 likely + high) / 6.

    Raises
    ------
    SchemaError
        If the bounds are not in order, or no draw is asked for.

    Examples
    --------
    >>> draws = pert_draws((0.0, 1.0, 2.0), draws=2000, seed=3)
    >>> float(draws.mean().round(1)), bool((draws < 2.0).all())
    (1.0, True)
    """
    low, mode, high = bounds
    if not low <= mode <= high or low == high:
        raise SchemaError(f"draws: bounds {bounds} are not a lowest, a most likely and a highest value.")
    if draws < 1:
        raise SchemaError(f"draws: {draws} are asked for. Give at least 1.")
    chance = np.random.default_rng(seed).random(draws)
    a, b = 1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low)
    values = low + (high - low) * scipy.special.betaincinv(a, b, chance)
    if evidence is not None:
        grid = np.linspace(low, high, 2001)
        share = (grid - low) / (high - low)
        hump = share ** (a - 1.0) * (1.0 - share) ** (b - 1.0)
        density = hump * np.exp(-0.5 * ((grid - evidence[0]) / evidence[1]) ** 2)
        below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
        values = np.interp(chance, below / below[-1], grid)
    return xr.DataArray(values, coords={"draw": np.arange(draws)}, attrs={"units": "1"})


def mean_and_interval(values: xr.DataArray, *, level: float = 0.9, dim: str = "draw") -> xr.Dataset:
    """Mean over draws, and the interval that holds a share of them.

    Parameters
    ----------
    values : xr.DataArray
        With the dimension of draws.
    level : float
        Share of the draws inside, equally many on both sides outside.
    dim : str
        The dimension of draws.

    Returns
    -------
    xr.Dataset
        ``mean``, ``low`` and ``high``, without draws.

    Raises
    ------
    SchemaError
        If there is no such dimension.

    Examples
    --------
    >>> import xarray as xr
    >>> float(mean_and_interval(xr.DataArray(range(101), dims="draw")).high)
    95.0
    """
    low, high = low_and_high(values, level=level, dim=dim)
    return xr.Dataset({"mean": values.mean(dim), "low": low, "high": high})

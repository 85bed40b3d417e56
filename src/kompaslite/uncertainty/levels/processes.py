"""Time-series processes on bare arrays: how levels walk, and what short histories tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompaslite.schema import SchemaError

Array = NDArray[Any]
#: Years ahead for which an area's own mean is weighed.
_AHEAD = 10
#: Persistence that a short history may be said to have, and those at which its search begins.
HIGHEST = 0.98
_START = (0.6, 0.9)
#: Years without which an autoregression cannot be seen.
_SHORTEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """How levels move: ``x = persistence * x before + drift + innovation``, plus noise of the year's own.

    Parameters
    ----------
    persistence : np.ndarray
        ``[component, ...]``, from 0 to 1; the further axes broadcast to draws and areas.
    innovation, noise : np.ndarray
        Standard deviations, the same shape.
    correlation : np.ndarray
        Of the innovations, ``[component, component]``.
    window : sequence of int
        Years over whose mean a component was assumed; 0 where it was assumed to go on from its last value.
    drift : np.ndarray, optional
        Error of the drift, or of the mean to which the level returns, of those that go on from their last value;
        the shape of the others.
    between : np.ndarray, optional
        Standard deviation between the long-run means of areas alike, the shape of the others; none unless given.
    """

    persistence: Array
    innovation: Array
    noise: Array
    correlation: Array
    window: Sequence[int]
    drift: Array | None = None
    between: Array | None = None

    @property
    def before(self) -> int:
        """Years that are simulated before the first year of the forecast."""
        return max(self.window, default=0)


def walk(process: Process, shocks: Array, noises: Array) -> Array:
    """Deviations from what is assumed."""
    root = correlation_root(process.correlation)
    mixed = [_mix(weights, shocks) for weights in root]
    return np.stack([_walk_one(process, row, one, noises[row]) for row, one in enumerate(mixed)])


def correlation_root(correlation: Array) -> Array:
    """Triangular root of a correlation matrix, after raising eigenvalues that sampling made negative."""
    values, vectors = np.linalg.eigh(correlation)
    lifted = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    scale = np.sqrt(np.diagonal(lifted))
    root: Array = np.linalg.cholesky(lifted / np.outer(scale, scale))
    return root


def _mix(weights: Array, shocks: Array) -> Array:
    # term after term: a matrix product would sum in an order that hangs on the number of draws
    mixed: Array = weights[0] * shocks[0]
    for weight, shock in zip(weights[1:], shocks[1:], strict=True):
        if weight != 0.0:
            mixed = mixed + weight * shock
    return mixed


def _walk_one(process: Process, component: int, shocks: Array, noises: Array) -> Array:
    persistence, innovation, noise = (
        part[component] for part in (process.persistence, process.innovation, process.noise)
    )
    window = process.window[component]
    first = 1 + process.before - window
    level = np.zeros(shocks.shape[1:])
    if window:
        level = level + innovation / np.sqrt(1.0 - persistence**2) * shocks[first]
    values = np.empty((shocks.shape[0] - first, *shocks.shape[1:]))
    for year in range(first, shocks.shape[0]):
        if year > first or not window:
            level = persistence * level + innovation * shocks[year]
            if process.drift is not None and not window:
                level = level + process.drift[component]
        values[year - first] = level + noise * noises[year]
    if not window:
        return values
    mean = np.zeros(shocks.shape[1:])
    for value in values[:window]:
        mean += value
    mean /= window
    if process.between is None:
        deviation: Array = values[window:] - mean
        return deviation
    between = process.between[component]
    weight = own_weight(process, component)
    drawn: Array = values[window:] - weight * mean + (1.0 - weight) * between * shocks[0]
    return drawn


def mean_variance(persistence: Array, innovation: Array, noise: Array, window: int) -> Array:
    """Variance of the mean of a window of years."""
    together = float(window) + 2.0 * sum((window - lag) * persistence**lag for lag in range(1, window))
    variance: Array = (innovation**2 / (1.0 - persistence**2) * together / window + noise**2) / window
    return variance


def own_weight(process: Process, component: int) -> Array:
    """Weight of an area's own mean in the best linear guess of its level over the next ten years."""
    persistence, innovation, noise = (
        part[component] for part in (process.persistence, process.innovation, process.noise)
    )
    window = process.window[component]
    differ = 0.0 if process.between is None else process.between[component] ** 2
    lasting = innovation**2 / (1.0 - persistence**2)
    ahead = sum(persistence**lead for lead in range(1, _AHEAD + 1)) / _AHEAD
    behind = sum(persistence**year for year in range(window)) / window
    variance = differ + mean_variance(persistence, innovation, noise, window)
    weight: Array = (differ + lasting * ahead * behind) / np.maximum(variance, 1e-300)
    return weight


@dataclass(frozen=True, slots=True, eq=False)
class Autoregression:
    """A fitted first-order autoregression.

    Parameters
    ----------
    persistence, innovation : float
        Coefficient and standard deviation.
    residuals : np.ndarray
        ``[year]``, one less than the history.
    """

    persistence: float
    innovation: float
    residuals: Array


def fit_autoregression(series: Array) -> Autoregression:
    """First-order autoregression of one short series around its mean, by restricted likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> chance = np.random.default_rng(3).normal(size=400)
    >>> series = np.zeros(400)
    >>> for step in range(1, 400):
    ...     series[step] = 0.8 * series[step - 1] + chance[step]
    ...
    >>> abs(float(fit_autoregression(series).persistence) - 0.8) < 0.1
    True
    """
    from scipy.optimize import minimize_scalar

    series = np.asarray(series, dtype=float)
    if series.ndim != 1 or series.size < _SHORTEST or not np.isfinite(series).all():
        raise SchemaError(f"series: {_SHORTEST} or more numbers in a row are needed, one for each year.")
    free = series.size - 1

    def misfit(persistence: float) -> float:
        roots, turned = _without_mean(series[None], persistence)
        squares = (turned[0] ** 2 / roots).sum()
        return float(free * np.log(squares) + np.log(roots).sum())

    persistence = float(minimize_scalar(misfit, bounds=(0.0, HIGHEST), method="bounded").x)
    roots, turned = _without_mean(series[None], persistence)
    stationary = (turned[0] ** 2 / roots).sum() / free
    centred = series - series.mean()
    residuals = centred[1:] - persistence * centred[:-1]
    return Autoregression(persistence, float(np.sqrt(stationary * (1.0 - persistence**2))), residuals)


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Parts of the variance of many short series.

    Parameters
    ----------
    persistence : float
        Of the autoregressive part, the same for all.
    lasting, passing : np.ndarray
        Variance of the autoregressive part and of the noise of each series, ``[series]``.
    """

    persistence: float
    lasting: Array
    passing: Array


def fit_pooled(series: Array, size: Array, *, credibility_years: float = 10.0) -> Pooled:
    """Split the variance of many short series in a part that lasts and one that passes, each as ``a + b / size``.

    Series with a year that is not known have the variance of series of their size.
    """
    from scipy.optimize import minimize

    whole = np.isfinite(series).all(axis=1)
    known, sizes = series[whole], np.maximum(size, size[whole].min())
    shapes = np.stack([np.ones(size.size), np.median(sizes[whole]) / sizes], axis=1)
    variances = known.var(axis=1, ddof=1)
    typical = float(np.median(variances)) or float(variances.mean())
    if typical <= 1e-24:
        return Pooled(0.0, np.zeros(size.size), np.zeros(size.size))
    free = series.shape[1] - 1

    def parts(parameters: Array, shapes: Array) -> tuple[float, Array, Array]:
        persistence = HIGHEST / (1.0 + np.exp(-parameters[0]))
        a, b, c, d = np.exp(np.clip(parameters[1:], -30.0, 10.0)) * typical
        return float(persistence), shapes @ np.array([a, b]), shapes @ np.array([c, d])

    def surprise(parameters: Array) -> tuple[Array, Array]:
        persistence, lasting, passing = parts(parameters, shapes[whole])
        roots, turned = _without_mean(known, persistence)
        variance = lasting[:, None] * roots + passing[:, None]
        return (turned**2 / variance).sum(axis=1), np.log(variance).sum(axis=1)

    def misfit(parameters: Array) -> float:
        squares, logs = surprise(parameters)
        return float(((credibility_years + free) * np.log1p(squares / credibility_years) + logs).sum())

    starts = [np.array([np.log(one / (HIGHEST - one)), *np.log((0.25,) * 4)]) for one in _START]
    best = min((minimize(misfit, start, method="L-BFGS-B") for start in starts), key=lambda found: float(found.fun)).x
    persistence, lasting, passing = parts(best, shapes)
    factor = np.ones(size.size)
    factor[whole] = (credibility_years + surprise(best)[0]) / (credibility_years + free)
    return Pooled(persistence, lasting * factor, passing * factor)


def _without_mean(series: Array, persistence: float) -> tuple[Array, Array]:
    """Variances of the independent parts of an autoregression less its mean, and those parts of each series."""
    years = series.shape[1]
    apart = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    contrasts = np.linalg.qr(np.column_stack([np.ones(years), np.eye(years)[:, 1:]]))[0][:, 1:]
    roots, vectors = np.linalg.eigh(contrasts.T @ persistence**apart @ contrasts)
    return roots, series @ (contrasts @ vectors)


def deviation_between(means: Array, variance: Array) -> float:
    """Standard deviation between true means, given means that are each off by a known variance."""
    from scipy.optimize import minimize_scalar

    floor = 1e-9 * float(means.var())
    if floor == 0.0:
        return 0.0

    def misfit(spread: float) -> float:
        weight = 1.0 / (spread**2 + np.maximum(variance, floor))
        centre = (weight * means).sum() / weight.sum()
        return float((weight * (means - centre) ** 2).sum() - np.log(weight).sum() + np.log(weight.sum()))

    widest = float(means.std()) * 2.0
    best = minimize_scalar(misfit, bounds=(0.0, widest), method="bounded", options={"xatol": 1e-6 * widest})
    return float(best.x) if misfit(float(best.x)) < misfit(0.0) else 0.0

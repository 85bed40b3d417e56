"""Time-series parameters from short histories, on bare arrays, by their likelihood."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: Persistence that a short history may be said to have.
HIGHEST = 0.98
_START = (0.6, 0.9)


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
    """First-order autoregression of one short series around its mean, by restricted likelihood."""
    from scipy.optimize import minimize_scalar

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


def fit_pooled(series: Array, size: Array, *, own: float = 10.0) -> Pooled:
    """Split the variance of many short series in a part that lasts and one that passes, each as ``a + b / size``."""
    from scipy.optimize import minimize

    shapes = np.stack([np.ones(size.size), np.median(size) / size], axis=1)
    variances = series.var(axis=1, ddof=1)
    typical = float(np.median(variances)) or float(variances.mean())
    if typical <= 1e-24:
        return Pooled(0.0, np.zeros(size.size), np.zeros(size.size))
    free = series.shape[1] - 1

    def parts(parameters: Array) -> tuple[float, Array, Array]:
        persistence = HIGHEST / (1.0 + np.exp(-parameters[0]))
        a, b, c, d = np.exp(np.clip(parameters[1:], -30.0, 10.0)) * typical
        return float(persistence), shapes @ np.array([a, b]), shapes @ np.array([c, d])

    def surprise(parameters: Array) -> tuple[Array, Array]:
        persistence, lasting, passing = parts(parameters)
        roots, turned = _without_mean(series, persistence)
        variance = lasting[:, None] * roots + passing[:, None]
        return (turned**2 / variance).sum(axis=1), np.log(variance).sum(axis=1)

    def misfit(parameters: Array) -> float:
        squares, spread = surprise(parameters)
        return float(((own + free) * np.log1p(squares / own) + spread).sum())

    starts = [np.array([np.log(one / (HIGHEST - one)), *np.log((0.25,) * 4)]) for one in _START]
    best = min((minimize(misfit, start, method="L-BFGS-B") for start in starts), key=lambda found: float(found.fun)).x
    persistence, lasting, passing = parts(best)
    factor = (own + surprise(best)[0]) / (own + free)
    return Pooled(persistence, lasting * factor, passing * factor)


def _without_mean(series: Array, persistence: float) -> tuple[Array, Array]:
    """Variances of the independent parts of an autoregression less its mean, and those parts of each series."""
    years = series.shape[1]
    apart = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    contrasts = np.linalg.qr(np.column_stack([np.ones(years), np.eye(years)[:, 1:]]))[0][:, 1:]
    roots, vectors = np.linalg.eigh(contrasts.T @ persistence**apart @ contrasts)
    return roots, series @ (contrasts @ vectors)


def spread_between(means: Array, variance: Array) -> float:
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

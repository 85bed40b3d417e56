"""Scoring rules on bare arrays: no names, no loops, one value per forecast and outcome."""

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]


def inside(observed: Array, lower: Array, upper: Array) -> Array:
    """1 where the outcome lies within the interval, ends included, else 0.

    Parameters
    ----------
    observed, lower, upper : np.ndarray
        Of one shape.

    Returns
    -------
    np.ndarray
        The same shape.
    """
    return ((observed >= lower) & (observed <= upper)).astype(float)


def interval_score(observed: Array, lower: Array, upper: Array, level: float) -> Array:
    """Width of a central interval, and a penalty for each outcome outside it.

    Parameters
    ----------
    observed, lower, upper : np.ndarray
        Of one shape and unit.
    level : float
        Nominal coverage, for example 0.8.

    Returns
    -------
    np.ndarray
        In the unit of `observed`; lower is better.

    References
    ----------
    .. [1] Gneiting & Raftery (2007), Strictly proper scoring rules, JASA 102, equation 43.
    """
    outside = np.maximum(lower - observed, 0.0) + np.maximum(observed - upper, 0.0)
    return upper - lower + 2.0 / (1.0 - level) * outside


def pinball(observed: Array, quantiles: Array, levels: Array) -> Array:
    """Quantile loss of each quantile.

    Parameters
    ----------
    observed : np.ndarray
        Outcomes, ``(...)``.
    quantiles : np.ndarray
        ``(..., quantile)``.
    levels : np.ndarray
        Probabilities of the quantiles, ``(quantile,)``.

    Returns
    -------
    np.ndarray
        ``(..., quantile)``.
    """
    over = quantiles - observed[..., None]
    return np.where(over > 0, (1.0 - levels) * over, -levels * over)


def crps_of_quantiles(observed: Array, quantiles: Array, levels: Array) -> Array:
    """Continuous ranked probability score of a forecast that is given by quantiles.

    Twice the integral of the quantile loss over its level, by trapezoids; the loss at levels 0 and 1 counts as zero.

    Parameters
    ----------
    observed : np.ndarray
        Outcomes, ``(...)``.
    quantiles : np.ndarray
        ``(..., quantile)``.
    levels : np.ndarray
        Probabilities of the quantiles, ascending, ``(quantile,)``.

    Returns
    -------
    np.ndarray
        In the unit of `observed`; lower is better.

    References
    ----------
    .. [1] Laio & Tamea (2007), Verification tools for probabilistic forecasts, Hydrol. Earth Syst. Sci. 11.
    """
    losses = pinball(observed, quantiles, levels)
    ends = np.zeros((*losses.shape[:-1], 1))
    return np.asarray(
        2.0
        * scipy.integrate.trapezoid(np.concatenate([ends, losses, ends], -1), np.concatenate([[0.0], levels, [1.0]]))
    )


def crps_of_draws(observed: Array, draws: Array) -> Array:
    """Continuous ranked probability score of the distribution of the draws.

    Parameters
    ----------
    observed : np.ndarray
        Outcomes, ``(...)``.
    draws : np.ndarray
        ``(..., draw)``.

    Returns
    -------
    np.ndarray
        In the unit of `observed`; lower is better. With one draw it is the absolute error.

    References
    ----------
    .. [1] Gneiting & Raftery (2007), Strictly proper scoring rules, JASA 102, equation 21.
    """
    count = draws.shape[-1]
    ranks = 2.0 * np.arange(1, count + 1) - count - 1.0
    spread = np.sort(draws, axis=-1) @ ranks / count**2
    return np.asarray(np.abs(draws - observed[..., None]).mean(-1) - spread)


def resampling_weights(areas: int, resamples: int, seed: int) -> Array:
    """How often each area is drawn in each resample with replacement.

    Parameters
    ----------
    areas, resamples : int
        Counts.
    seed : int
        The same seed gives the same weights.

    Returns
    -------
    np.ndarray
        ``(resamples, areas)``; each row sums to `areas`.
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(areas, np.full(areas, 1.0 / areas), size=resamples).astype(float)

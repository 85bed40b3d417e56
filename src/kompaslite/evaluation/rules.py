"""Scoring rules on bare arrays: no names, no loops, one value per forecast and outcome."""

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]


def inside(observed: Array, lower: Array, upper: Array) -> Array:
    """1 where the outcome lies within the interval, ends included, else 0."""
    return ((observed >= lower) & (observed <= upper)).astype(float)


def interval_score(observed: Array, lower: Array, upper: Array, level: float) -> Array:
    """Width of a central interval, and a penalty for each outcome outside it."""
    outside = np.maximum(lower - observed, 0.0) + np.maximum(observed - upper, 0.0)
    return upper - lower + 2.0 / (1.0 - level) * outside


def pinball(observed: Array, quantiles: Array, levels: Array) -> Array:
    """Quantile loss of each quantile."""
    over = quantiles - observed[..., None]
    return np.where(over > 0, (1.0 - levels) * over, -levels * over)


def crps_of_quantiles(observed: Array, quantiles: Array, levels: Array) -> Array:
    """Continuous ranked probability score of a forecast that is given by quantiles."""
    losses = pinball(observed, quantiles, levels)
    ends = np.zeros((*losses.shape[:-1], 1))
    return np.asarray(
        2.0
        * scipy.integrate.trapezoid(np.concatenate([ends, losses, ends], -1), np.concatenate([[0.0], levels, [1.0]]))
    )


def crps_of_draws(observed: Array, draws: Array) -> Array:
    """Continuous ranked probability score of the distribution of the draws."""
    count = draws.shape[-1]
    ranks = 2.0 * np.arange(1, count + 1) - count - 1.0
    spread = np.sort(draws, axis=-1) @ ranks / count**2
    return np.asarray(np.abs(draws - observed[..., None]).mean(-1) - spread)


def resampling_weights(areas: int, resamples: int, seed: int) -> Array:
    """How often each area is drawn in each resample with replacement."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(areas, np.full(areas, 1.0 / areas), size=resamples).astype(float)

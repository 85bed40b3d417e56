"""Closing on bare arrays: the factor that brings people to a target by moving, in times r and out by 1/r."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def closing_root(arriving: Array, rest: Array, leaving: Array) -> Array:
    """Positive root of ``A r + B - C / r = 0``."""
    root = np.sqrt(rest * rest + 4.0 * arriving * leaving)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.where(rest > 0.0, 2.0 * leaving / (rest + root), (root - rest) / (2.0 * arriving))
    return np.where((value > 0.0) & np.isfinite(value), value, np.nan)


def leave_hazard(probability: Array, factor: Array) -> Array:
    """Probability of leaving when the hazard is divided by a factor: ``1 - (1 - o)^(1/r)``."""
    return -np.expm1(np.log1p(-probability) / factor)


def scaled_rate(rate: Array, factor: Array, highest: float = 2.0) -> Array:
    """Central rate of leaving when the hazard is divided by a factor."""
    if np.isinf(highest):  # w = O / (S - O): stays are 1 / (1 + w)
        return np.expm1(np.log1p(rate) / factor)
    if highest == 1.0:
        return leave_hazard(rate, factor)
    # the hyperbolic tangent by way of expm1, exact near 0 too and several times as quick
    lost: Array = np.arctanh(rate / highest) * -2.0 / factor
    np.expm1(lost, out=lost)
    rest = lost + 2.0
    lost *= -highest
    lost /= rest
    return lost


def rate_response(rate: Array, highest: float = 2.0) -> Array:
    """How much of its rate a cell loses, relative to it, where the logarithm of the factor rises by one from r = 1."""
    moving = rate > 0.0
    safe = np.where(moving, rate, 1e-9)
    if np.isinf(highest):
        lost = np.log1p(safe) * (1.0 + safe)
    elif highest == 1.0:
        lost = -np.log1p(-safe) * (1.0 - safe)
    else:
        share = safe / highest
        lost = highest * np.arctanh(share) * (1.0 - share * share)
    return np.where(moving, lost / safe, 1.0)


def hazard_root(
    weights: Array,
    staying: Array,
    arriving: Array,
    probability: Array,
    *,
    target: Array,
    steps: int = 60,
    tolerance: float = 1e-13,
) -> Array:
    """Factor r at which the weighted people equal a target, out-moves as a hazard."""
    people = (weights * staying).sum(axis=-1)
    gain = (weights * arriving).sum(axis=-1)
    loss = (weights * staying * probability).sum(axis=-1)
    floor = np.where(probability > 0.0, 0.0, weights * staying).sum(axis=-1)
    possible = (target > floor) & ((gain > 0.0) | (target < people))
    log_stay = np.log1p(-probability)
    start = closing_root(gain, people - target, loss)
    log_r = np.log(np.where(np.isfinite(start), np.clip(start, 1e-6, 1e6), 1.0))
    for _ in range(steps):
        r = np.exp(log_r)
        stay = np.exp(log_stay / r[..., None])
        error = gain * r + (weights * staying * stay).sum(axis=-1) - target
        slope = gain * r - (weights * staying * stay * log_stay).sum(axis=-1) / r
        step = np.where(possible & (slope > 0.0), error / np.where(slope > 0.0, slope, 1.0), 0.0)
        log_r = log_r - np.clip(step, -1.0, 1.0)
        if np.all(np.abs(step) <= tolerance):
            break
    return np.where(possible, np.exp(log_r), np.nan)

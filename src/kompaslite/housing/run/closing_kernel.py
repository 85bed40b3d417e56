"""Closing on bare arrays: the factor that brings people to a target by moving, in times r and out by 1/r."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def closing_root(arriving: Array, rest: Array, leaving: Array) -> Array:
    """Positive root of ``A r + B - C / r = 0``.

    Parameters
    ----------
    arriving, leaving : np.ndarray
        A and C: households (or persons) of the arrivals and of the leavers at r = 1, at least 0.
    rest : np.ndarray
        B: households without either, less the target.

    Returns
    -------
    np.ndarray
        ``(-B + sqrt(B^2 + 4AC)) / 2A``, written so that neither sign of B loses digits; NaN where there is no
        positive root.

    References
    ----------
    .. [1] Press et al. (2007), Numerical Recipes, 3rd ed., section 5.6.

    Examples
    --------
    >>> closing_root(np.array([10.0]), np.array([-5.0]), np.array([5.0]))
    array([1.])
    """
    root = np.sqrt(rest * rest + 4.0 * arriving * leaving)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.where(rest > 0.0, 2.0 * leaving / (rest + root), (root - rest) / (2.0 * arriving))
    return np.where((value > 0.0) & np.isfinite(value), value, np.nan)


def leave_hazard(probability: Array, factor: Array) -> Array:
    """Probability of leaving when the hazard is divided by a factor: ``1 - (1 - o)^(1/r)``.

    Parameters
    ----------
    probability : np.ndarray
        Of leaving in the year at r = 1, from 0 to less than 1.
    factor : np.ndarray
        r, positive.

    Returns
    -------
    np.ndarray
        From 0 to less than 1, so that no cell can be emptied.
    """
    return -np.expm1(np.log1p(-probability) / factor)


def scaled_rate(rate: Array, factor: Array, highest: float = 2.0) -> Array:
    """Central rate of leaving when the hazard is divided by a factor.

    Parameters
    ----------
    rate : np.ndarray
        Exits over exposure at r = 1.
    factor : np.ndarray
        r, positive.
    highest : float
        Rate at which exits empty a cohort: 2 on the mean exposure, 1 on the start population, infinite where the rate
        is on those who are left.

    Returns
    -------
    np.ndarray
        The rate whose survival is the survival of `rate` to the power 1/r, always below `highest`.
    """
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
    """How much of its rate a cell loses, relative to it, where the logarithm of the factor rises by one from r = 1.

    Parameters
    ----------
    rate : np.ndarray
        Exits over exposure.
    highest : float
        As for `scaled_rate`.

    Returns
    -------
    np.ndarray
        Near 1; less where the rate is high.
    """
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
    """Factor r at which the weighted people equal a target, out-moves as a hazard.

    Parameters
    ----------
    weights : np.ndarray
        Households (or 1) per person, ``[cell]`` or ``[..., cell]``.
    staying : np.ndarray
        Persons before any move, ``[..., cell]``.
    arriving : np.ndarray
        In-movers at r = 1, ``[..., cell]``.
    probability : np.ndarray
        Of leaving at r = 1, ``[..., cell]``.
    target : np.ndarray
        ``[...]``.
    steps : int
        Newton steps at most.
    tolerance : float
        Relative change of r at which it stops.

    Returns
    -------
    np.ndarray
        ``[...]``; NaN where no r reaches the target.
    """
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

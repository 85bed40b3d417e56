"""Smoothing by age that keeps totals, and the peaks that are real.

Whittaker's smoother on single years of age: rates above 0 by their Poisson likelihood on the log scale, signed rates by
least squares with the exposure as weight.  The penalty, on second differences, does not touch a constant, so events
(exposure times rate) keep their total exactly.  Within the ages named sharp the penalty is a ten-thousandth, so that
the peak at 19-24 stays where and as high as it is.
"""

from collections.abc import Sequence

import numpy as np
import scipy
import xarray as xr

from kompaslite.schema import SchemaError, conform, require_dims, require_labels, require_values

#: Ages where schedules turn sharply: the newborns, and the years around the end of school.
SHARP: tuple[tuple[int, int], ...] = ((0, 1), (17, 26))
_SOFT = 1e-4
_STRENGTHS = np.exp(np.arange(-4.0, 21.0, 1.0))
#: Expected events below which a cell says nothing.
_LEAST = 1e-12


def smooth_rates(
    rates: xr.DataArray,
    exposure: xr.DataArray,
    *,
    sharp: Sequence[tuple[int, int]] = SHARP,
    strength: float | None = None,
    signed: bool = False,
) -> xr.DataArray:
    """Rates smoothed over single years of age, with the events they stand for kept in total.

    Parameters
    ----------
    rates : xr.DataArray
        Per person-year, ``(..., age)``, single years; each outer cell is smoothed by itself.
    exposure : xr.DataArray
        Person-years, broadcasting with `rates`: what each rate weighs.
    sharp : sequence of (int, int)
        First and last age of ranges where the schedule may turn sharply.
    strength : float, optional
        Weight of the penalty, above 0. None: of each outer cell, what its data support (AIC of the Poisson
        likelihood; generalised cross-validation where signed).
    signed : bool
        Whether rates may be negative, as those of net migration.

    Returns
    -------
    xr.DataArray
        Of the labels of `rates`; ``(rates * exposure).sum("age")`` is unchanged. The coordinate ``smoothing`` has the
        strength that was used.

    Raises
    ------
    SchemaError
        If ages have gaps, a rate is negative and not `signed`, or the strength is not above 0.

    References
    ----------
    .. [1] Eilers & Marx (1996), Flexible smoothing with B-splines and penalties, Statistical Science 11, 89-121.
    .. [2] Camarda (2012), MortalitySmooth, Journal of Statistical Software 50 (1).

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> ages = np.arange(30, 60)
    >>> lived = xr.DataArray(np.full(30, 500.0), coords={"age": ages})
    >>> noisy = xr.DataArray(np.random.default_rng(1).poisson(500 * 0.02, 30) / 500, coords={"age": ages})
    >>> smooth = smooth_rates(noisy, lived)
    >>> bool(smooth.std() < 0.5 * noisy.std()), bool(abs(((smooth - noisy) * lived).sum()) < 1e-9)
    (True, True)
    """
    rates, exposure = _checked(rates, exposure, strength, signed=signed)
    penalty = _penalty(rates["age"].values, sharp)
    ordered = rates.transpose(..., "age")
    values, weights = ordered.values.astype(float), exposure.transpose(*ordered.dims).values.astype(float)
    rows = values.reshape(-1, values.shape[-1]), weights.reshape(-1, values.shape[-1])
    smoother = _least_squares if signed else _poisson
    found = [smoother(row, weight, penalty, strength) for row, weight in zip(*rows, strict=True)]
    smooth = ordered.copy(data=np.stack([one[0] for one in found]).reshape(values.shape))
    used = ordered.isel(age=0, drop=True).copy(data=np.array([one[1] for one in found]).reshape(values.shape[:-1]))
    return smooth.transpose(*rates.dims).assign_coords(smoothing=used.drop_attrs())


def _checked(
    rates: xr.DataArray, exposure: xr.DataArray, strength: float | None, *, signed: bool
) -> tuple[xr.DataArray, xr.DataArray]:
    require_dims(rates, "rates", needed=("age",))
    rates = conform(rates, "rates")
    ages = rates["age"].values
    if ages.size < 4 or np.any(np.diff(ages) != 1):
        raise SchemaError("smooth_rates: at least four single years of age without a gap are needed. Graduate first.")
    if strength is not None and strength <= 0.0:
        raise SchemaError(
            f"smooth_rates: a strength of {strength:g} is not above 0. Leave it out to let the data choose."
        )
    low = float("-inf") if signed else 0.0
    require_values(
        rates, "rates", low=low, words="are not rates of at least 0", mend="Net migration needs signed=True."
    )
    require_dims(exposure, "exposure", allowed=[str(dim) for dim in rates.dims])
    exposure = conform(exposure, "exposure")
    for dim in exposure.dims:
        exposure = require_labels(exposure, dim, rates[dim].values, "exposure", against="rates")
    require_values(exposure, "exposure", low=0.0, words="are not person-years of at least 0")
    exposure = exposure.broadcast_like(rates)
    return rates, exposure


def _penalty(ages: np.ndarray, sharp: Sequence[tuple[int, int]]) -> np.ndarray:
    """Upper bands of the penalty on second differences; those that touch a sharp range count a ten-thousandth."""
    counted = np.ones(ages.size - 2)
    for first, last in sharp:
        counted[(ages[2:] >= first) & (ages[:-2] <= last)] = _SOFT
    bands = np.zeros((3, ages.size))
    for offset, factors in ((0, (1.0, 4.0, 1.0)), (1, (-2.0, -2.0)), (2, (1.0,))):
        for shift, factor in enumerate(factors):
            bands[2 - offset, offset + shift : offset + shift + counted.size] += factor * counted
    return bands


def _least_squares(
    values: np.ndarray, weights: np.ndarray, penalty: np.ndarray, strength: float | None
) -> tuple[np.ndarray, float]:
    if not weights.any():
        return values, np.nan
    best = (np.inf, values, np.nan)
    for tried in _STRENGTHS * weights.mean() if strength is None else [strength]:
        smooth = _solved(values, weights, penalty * tried)
        used = _freedom(weights, penalty * tried)
        spread = float((weights * (values - smooth) ** 2).sum()) / max(1.0 - used / values.size, 1e-9) ** 2
        if spread < best[0]:
            best = (spread, smooth, float(tried))
    return best[1], best[2]


def _poisson(
    values: np.ndarray, weights: np.ndarray, penalty: np.ndarray, strength: float | None
) -> tuple[np.ndarray, float]:
    events = values * weights
    if not events.any():
        return values, np.nan
    best = (np.inf, values, np.nan)
    logs = np.full(events.size, np.log(events.sum() / weights.sum()))
    for tried in _STRENGTHS[::-1] if strength is None else [strength]:
        logs = _poisson_fit(events, weights, penalty * tried, logs)
        expected = weights * np.exp(logs)
        used = _freedom(np.maximum(expected, _LEAST), penalty * tried)
        criterion = _deviance(events, expected) + 2.0 * used
        if criterion < best[0]:
            best = (criterion, np.exp(logs), float(tried))
    return best[1] * events.sum() / (best[1] * weights).sum(), best[2]


def _poisson_fit(events: np.ndarray, weights: np.ndarray, penalty: np.ndarray, logs: np.ndarray) -> np.ndarray:
    for _ in range(60):
        expected = weights * np.exp(logs)
        known = np.maximum(expected, _LEAST)
        new = _solved(logs + np.clip((events - expected) / known, -2.0, 2.0), known, penalty)
        change, logs = float(np.abs(new - logs).max()), new
        if change < 1e-7:
            break
    return logs


def _deviance(events: np.ndarray, expected: np.ndarray) -> float:
    known = events > 0.0
    terms = np.where(known, events * np.log(np.where(known, events, 1.0) / np.where(known, expected, 1.0)), 0.0)
    return 2.0 * float((terms - events + expected).sum())


def _solved(values: np.ndarray, weights: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    bands = penalty.copy()
    bands[-1] += weights
    result: np.ndarray = scipy.linalg.solveh_banded(bands, weights * values)
    return result


def _freedom(weights: np.ndarray, penalty: np.ndarray) -> float:
    """Degrees of freedom that a penalised fit uses: the trace of its hat matrix."""
    bands = penalty.copy()
    bands[-1] += weights
    return float(np.trace(scipy.linalg.solveh_banded(bands, np.diag(weights))))

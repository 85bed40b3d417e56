"""Smoothing by age that keeps totals and the peaks that are real, and the highest ages on a logistic curve.

Whittaker's smoother on single years of age: rates above 0 by their Poisson likelihood on the log scale, signed rates by
least squares with the exposure as weight.  The penalty, on second differences, does not touch a constant, so events
(exposure times rate) keep their total exactly.  Within the ages named sharp the penalty is a ten-thousandth, so that
the peak at 19-24 stays where and as high as it is.
"""

from collections.abc import Sequence

import numpy as np
import scipy
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    in_order,
    require_alike,
    require_dims,
    require_values,
)

#: First age of the logistic fit, as in the Methods Protocol of the Human Mortality Database.
FIT_FROM = 80
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
    exposure = require_alike(exposure, rates, "exposure", against="rates")
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
    exposure = require_alike(exposure, mortality, "exposure", against="mortality")
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

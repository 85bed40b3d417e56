"""Measures of error: each is one sum over another, so that weights, classes and resamples work on all alike."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy
import xarray as xr

from kompaslite.evaluation.groups import in_groups
from kompaslite.evaluation.hindcasts import sum_over_sex_age
from kompaslite.schema import SchemaError, reject, short_list
from kompaslite.schema.age_groups import AgeGroups

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


#: Measures of a forecast that is one number.
POINT_MEASURES: tuple[str, ...] = ("mape", "wape", "bias", "rmse")
#: Measures for which 1 - measure / reference is a skill; a bias and a coverage have none.
SKILLED: tuple[str, ...] = ("mape", "wape", "rmse", "group_error", "crps", "interval_score")
#: Unit of each measure.
UNITS: dict[str, str] = {
    "mape": "per cent",
    "wape": "per cent",
    "bias": "per cent",
    "rmse": "persons",
    "group_error": "per cent",
    "crps": "per cent",
    "coverage": "per cent",
    "interval_score": "per cent",
}
_WITH_LEVEL = re.compile(r"(coverage|interval_score)_(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is summed for one measure.

    Parameters
    ----------
    above, below : xr.DataArray
        ``(origin, lead, area, ...)``; missing where there is no pair of forecast and outcome.
    finish : callable
        From the quotient of the two sums to the measure.
    """

    above: xr.DataArray
    below: xr.DataArray
    finish: Callable[[xr.DataArray], xr.DataArray]


def point(hindcasts: xr.Dataset) -> xr.DataArray:
    """The one number of each forecast: itself, its median quantile or the median of its draws."""
    forecast = hindcasts["forecast"]
    if "quantile" in forecast.dims:
        return at_quantile(forecast, 0.5)
    return forecast.median("draw", skipna=False) if "draw" in forecast.dims else forecast


def at_quantile(forecast: xr.DataArray, level: float) -> xr.DataArray:
    """One quantile of a forecast."""
    if "draw" in forecast.dims:
        return forecast.quantile(level, dim="draw", skipna=False).drop_vars("quantile")
    if "quantile" not in forecast.dims:
        raise SchemaError(
            "hindcasts: the forecast has no dimension quantile or draw, so it has no interval. "
            "Give it one with empirical_intervals, or forecast with draws."
        )
    levels = forecast["quantile"].values
    nearest = int(np.argmin(np.abs(levels - level)))
    if abs(levels[nearest] - level) > 1e-9:
        raise SchemaError(f"hindcasts: quantile {level:g} is missing; there are {short_list(levels.tolist())}. Add it.")
    return forecast.isel(quantile=nearest, drop=True)


def terms_of(measure: str, hindcasts: xr.Dataset, keep: tuple[str, ...], groups: AgeGroups | None) -> Terms:
    """The terms of a measure, by the dimensions that are kept."""
    if measure == "group_error":
        return _group_error(hindcasts, keep, groups)
    target = sum_over_sex_age(hindcasts, keep)
    if measure in POINT_MEASURES:
        return _POINT[measure](target)
    if measure == "crps":
        return _crps(target)
    found = _WITH_LEVEL.fullmatch(str(measure))
    if not found:
        known = (*POINT_MEASURES, "group_error", "crps", "coverage_80", "interval_score_80")
        raise SchemaError(f"measures: {measure!r} is not known; the measures are {short_list(known, most=9)}.")
    return _interval(target, found[1], float(found[2]) / 100)


def unit_of(measure: str) -> str:
    """Unit of a measure."""
    return UNITS[base_of(measure)]


def base_of(measure: str) -> str:
    """Name of a measure without its level."""
    found = _WITH_LEVEL.fullmatch(measure)
    return found[1] if found else measure


def _same(quotient: xr.DataArray) -> xr.DataArray:
    return quotient


def _ones(valid: xr.DataArray) -> xr.DataArray:
    return xr.ones_like(valid, dtype=float).where(valid.notnull())


def _pairs(target: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Error and outcome, both missing where either is."""
    error = point(target) - target["observed"]
    return error, target["observed"].where(error.notnull())


def _mape(target: xr.Dataset) -> Terms:
    error, observed = _pairs(target)
    share = 100.0 * abs(error) / _no_zeros(observed, "mape")
    return Terms(share, _ones(share), _same)


def _wape(target: xr.Dataset) -> Terms:
    error, observed = _pairs(target)
    return Terms(100.0 * abs(error), observed, _same)


def _bias(target: xr.Dataset) -> Terms:
    error, observed = _pairs(target)
    return Terms(100.0 * error, observed, _same)


def _rmse(target: xr.Dataset) -> Terms:
    error, _ = _pairs(target)
    return Terms(error**2, _ones(error), lambda mean: mean**0.5)


_POINT: dict[str, Callable[[xr.Dataset], Terms]] = {"mape": _mape, "wape": _wape, "bias": _bias, "rmse": _rmse}


def _group_error(hindcasts: xr.Dataset, keep: tuple[str, ...], groups: AgeGroups | None) -> Terms:
    if "age" in keep or "age_group" in keep:
        raise SchemaError("measures: group_error is the sum over age groups, so it has no value by age or age group.")
    if not {"age", "age_group"} & set(hindcasts["forecast"].dims):
        raise SchemaError("measures: group_error needs forecasts by age; these are of totals only.")
    by_age = sum_over_sex_age(hindcasts, (*keep, "age", "age_group"))
    grouped = by_age.map(in_groups, groups=groups, complete=True) if "age" in by_age.dims else by_age
    error, observed = _pairs(grouped)
    people = observed.sum("age_group", skipna=False)
    share = 100.0 * abs(error).sum("age_group", skipna=False) / _no_zeros(people, "group_error")
    return Terms(share, _ones(share), _same)


def _crps(target: xr.Dataset) -> Terms:
    forecast, observed = target["forecast"], target["observed"]
    if "quantile" in forecast.dims:
        levels = forecast["quantile"].values
        score = xr.apply_ufunc(
            lambda seen, quantiles: crps_of_quantiles(seen, quantiles, levels),
            observed,
            forecast,
            input_core_dims=[[], ["quantile"]],
        )
    elif "draw" in forecast.dims:
        score = xr.apply_ufunc(crps_of_draws, observed, forecast, input_core_dims=[[], ["draw"]])
    else:
        at_quantile(forecast, 0.5)  # raises: there is no distribution to score
    share = 100.0 * score / _no_zeros(observed, "crps")
    return Terms(share, _ones(share), _same)


def _interval(target: xr.Dataset, kind: str, level: float) -> Terms:
    lower, upper = (at_quantile(target["forecast"], 0.5 + side * level / 2) for side in (-1, 1))
    observed = target["observed"].where(lower.notnull() & upper.notnull())
    if kind == "coverage":
        covered = xr.apply_ufunc(inside, observed, lower, upper).where(observed.notnull())
        return Terms(100.0 * covered, _ones(covered), _same)
    score = xr.apply_ufunc(interval_score, observed, lower, upper, kwargs={"level": level})
    share = 100.0 * score / _no_zeros(observed, kind)
    return Terms(share, _ones(share), _same)


def _no_zeros(observed: xr.DataArray, measure: str) -> xr.DataArray:
    words = f"{measure}: {{bad}} of {{all}} outcomes are 0, and a share of 0 is not defined; the first is at {{cell}}."
    reject(observed == 0, None, words, "Use wape, bias or rmse, or larger groups.")
    return observed

"""Empirical intervals: how far a method was off before tells how far it may be off now."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real

import numpy as np
import numpy.typing as npt
import xarray as xr

from kompaslite.evaluation.hindcasts import check_hindcasts
from kompaslite.schema import (
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    require_array,
    require_labels,
    require_values,
    require_whole,
    short_list,
)

Array = npt.NDArray[np.float64]

#: Quantiles that carry the 80 and 95 % interval and, by their even spacing, the whole distribution.
QUANTILES: tuple[float, ...] = tuple(sorted([0.025, 0.975, *(step / 100 for step in range(1, 100))]))
_SIZES = 13
_LEAVE_OUT = "Leave them out."


@dataclass(frozen=True, slots=True)
class ErrorPool:
    """Which past errors speak for a forecast, and how much.

    The defaults were chosen on Norwegian municipalities; coverage is flat over the ranges given.

    Parameters
    ----------
    growth : float
        Errors grow with lead to this power: 0.5 is a random walk (0.5-0.6).
    near_lead : float
        Standard deviation, in log lead, of the leads that speak for a lead (0.4-1).
    near_size : float
        Standard deviation, in log population, of the areas that speak for an area (0.25-0.7).
    fewest : int
        Errors that must be known at an origin, at least 1.
    """

    growth: float = 0.5
    near_lead: float = 0.7
    near_size: float = 0.4
    fewest: int = 20

    def __post_init__(self) -> None:
        require_whole(self.fewest, "ErrorPool: fewest", low=1)
        numbers = (self.growth, self.near_lead, self.near_size)
        if any(isinstance(one, bool) or not isinstance(one, Real) for one in numbers) or not (
            0.0 <= self.growth < np.inf and 0.0 < self.near_lead < np.inf and 0.0 < self.near_size < np.inf
        ):
            raise SchemaError(f"ErrorPool: growth is a number of at least 0, the others are above 0; they are {self}.")


def empirical_intervals(
    hindcasts: xr.Dataset, *, quantiles: Sequence[float] = QUANTILES, pool: ErrorPool | None = None
) -> xr.Dataset:
    """Hindcasts with the interval that each would have carried, from errors that were known at its origin.

    An error of lead l from origin o is known from o + l on. Errors are relative to the forecast and taken without
    their sign, because those of few origins share one shock. They are divided by a power of their lead, so that
    errors of all leads that are known speak for leads not yet seen, near leads and areas of like size most.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `backtest` and summed to what the interval is for (`sum_over_sex_age`, or by ``age_group``). Give
        origins as early as the method allows: they teach the later ones.
    quantiles : sequence of float
        Probabilities, between 0 and 1, ascending.
    pool : ErrorPool, optional
        Which errors speak.

    Returns
    -------
    xr.Dataset
        The same, ``forecast`` with dimension ``quantile``, and the coordinate ``known_errors`` over ``origin``. Where
        fewer errors were known than are needed, the forecast is missing and the origin is listed in
        ``attrs["without_interval"]``. A quantile below 0 is 0.

    Raises
    ------
    SchemaError
        If the hindcasts have draws or quantiles already, lack ``jump_off``, a forecast is 0, or too few errors are
        known at every origin.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(5, years=range(2012, 2027)), no_change, origins=range(2014, 2024), horizon=2)
    >>> carried = empirical_intervals(sum_over_sex_age(made), quantiles=[0.1, 0.5, 0.9])
    >>> carried["forecast"].dims
    ('quantile', 'origin', 'lead', 'area')
    """
    made, rule = _checked(hindcasts, quantiles), _rule(pool)
    bare = made["forecast"].reset_coords(drop=True)
    levels = np.asarray(quantiles, dtype=float)
    parts, origins = [], bare["origin"].values.tolist()
    known = [_known_errors(made, origin) for origin in origins]
    if max(known) < rule.fewest:
        raise SchemaError(
            f"hindcasts: {rule.fewest} errors must be known, and at no origin are there more than {max(known)}. Start "
            "at earlier origins, or give more areas."
        )
    for origin in origins:
        size = made["jump_off"].sel(origin=origin)
        parts.append(
            bare.sel(origin=origin) * _factors(made, origin, size, leads=bare["lead"].values, levels=levels, rule=rule)
        )
    forecast = xr.concat(parts, dim=xr.Variable("origin", bare["origin"].values)).clip(min=0.0)
    enough = xr.DataArray(known, coords={"origin": origins}) >= rule.fewest
    without = [origin for origin, errors in zip(origins, known, strict=True) if errors < rule.fewest]
    result = made.assign(forecast=forecast.where(enough).transpose("quantile", *bare.dims))
    result = result.assign_coords(known_errors=("origin", known))
    return result.assign_attrs({"without_interval": without} if without else {})


def interval_around(
    forecast: xr.DataArray,
    hindcasts: xr.Dataset,
    *,
    quantiles: Sequence[float] = QUANTILES,
    pool: ErrorPool | None = None,
) -> xr.DataArray:
    """Empirical interval around a forecast of the future, from all errors known at its jump-off.

    Parameters
    ----------
    forecast : xr.DataArray
        Persons, ``(area, ..., year)``, the jump-off year first; no sexes or ages beyond those of `hindcasts`.
    hindcasts : xr.Dataset
        Of the same method and the same areas, or others of like size, as in `empirical_intervals`.
    quantiles : sequence of float
        Probabilities, between 0 and 1, ascending.
    pool : ErrorPool, optional
        Which errors speak.

    Returns
    -------
    xr.DataArray
        Persons, ``(quantile, area, ..., year)`` of the years after the jump-off. Leads beyond those ever
        seen follow from the growth of `pool`.

    Raises
    ------
    SchemaError
        If too few errors are known at the jump-off, dimensions do not match, or a value is no count of persons.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import forecast_by, no_change
    >>> observed = made_up(5, years=range(2012, 2027))
    >>> made = backtest(observed, no_change, origins=range(2014, 2024), horizon=2)
    >>> coming = forecast_by(no_change, observed, [2026, 2027]).population.sum(["sex", "age"])
    >>> around = interval_around(coming, sum_over_sex_age(made), quantiles=[0.1, 0.9])
    >>> around.sizes["quantile"], bool((around.sel(quantile=0.1) <= around.sel(quantile=0.9)).all())
    (2, True)
    """
    made, rule = _checked(hindcasts, quantiles), _rule(pool)
    require_array(forecast, "forecast")
    ordered = conform(forecast.reset_coords(drop=True), "forecast")
    years = ordered["year"].values if "year" in ordered.dims else np.array([], dtype=int)
    detail = [dim for dim in made["forecast"].dims if dim not in ("origin", "lead", "area")]
    surplus = [str(dim) for dim in ordered.dims if dim not in ("area", "year", *detail)]
    lacking = [dim for dim in detail if dim not in ordered.dims]
    if surplus or lacking or "area" not in ordered.dims or years.size < 2:
        raise SchemaError(
            f"forecast: dimensions are area, {short_list([*detail, 'year'])} with the jump-off and the years after it; "
            f"it has {short_list([str(dim) for dim in ordered.dims], most=9) or 'none'} and {years.size or 1} years. "
            "Sum it, or score hindcasts by the same; keep the years that were forecast."
        )
    for dim in detail:
        ordered = require_labels(ordered, dim, made[dim].values, "forecast", against="the hindcasts")
    require_values(ordered, "forecast", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    start = ordered.isel(year=0, drop=True)
    size = start.sum([dim for dim in start.dims if dim != "area"])
    require_values(size, "forecast at its jump-off", low=1e-9, words="are not populations above 0", mend=_LEAVE_OUT)
    levels, known = np.asarray(quantiles, dtype=float), _known_errors(made, int(years[0]))
    if known < rule.fewest:
        raise SchemaError(
            f"hindcasts: {known} errors are known on 1 January {years[0]}, which are too few. Add earlier origins."
        )
    factors = _factors(made, int(years[0]), size, leads=years[1:] - years[0], levels=levels, rule=rule)
    around = ordered.isel(year=slice(1, None)) * factors.rename(lead="year").assign_coords(year=years[1:])
    return around.clip(min=0.0).transpose("quantile", *ordered.dims).assign_attrs(forecast.attrs)


def _rule(pool: ErrorPool | None) -> ErrorPool:
    if pool is not None and not isinstance(pool, ErrorPool):
        raise SchemaError(f"pool: ErrorPool(...) is needed, not {type(pool).__name__}.")
    return pool or ErrorPool()


def _checked(hindcasts: xr.Dataset, quantiles: Sequence[float]) -> xr.Dataset:
    made = check_hindcasts(hindcasts)
    _check_levels(quantiles)
    spread = [dim for dim in ("draw", "quantile") if dim in made["forecast"].dims]
    if spread:
        raise SchemaError(f"hindcasts: the forecasts have an interval already, by {short_list(spread)}.")
    if "jump_off" not in made.coords:
        raise SchemaError("hindcasts: the coordinate jump_off, the population at the origin, is needed; add it.")
    require_values(made["jump_off"], "jump_off", low=1e-9, words="are not populations above 0", mend=_LEAVE_OUT)
    nothing = made["forecast"] <= 0.0
    if bool(nothing.any()):
        raise SchemaError(
            f"hindcasts: {int(nothing.sum()):,} forecasts are 0, and have no relative error; the first is at "
            f"{describe_cell(first_cell(nothing))}. Make larger age groups, or leave the area out."
        )
    return made


def _check_levels(quantiles: Sequence[float]) -> None:
    listed = isinstance(quantiles, Sequence | np.ndarray) and not isinstance(quantiles, str)
    inside = listed and all(isinstance(one, Real) and 0.0 < one < 1.0 for one in quantiles)
    if not inside or not len(quantiles) or any(later <= one for one, later in pairwise(quantiles)):
        given = short_list(list(quantiles)) if listed else repr(quantiles)
        raise SchemaError(f"quantiles: they are numbers that ascend between 0 and 1; they are {given}.")


def _known_errors(made: xr.Dataset, origin: int) -> int:
    """Errors whose outcome was known on 1 January of a year, for the age group that has fewest."""
    error = (made["observed"] - made["forecast"]).where(made["year"] <= origin)
    return int(error.notnull().sum(["origin", "lead", "area"]).min())


def _factors(
    made: xr.Dataset, origin: int, size: xr.DataArray, *, leads: Array, levels: Array, rule: ErrorPool
) -> xr.DataArray:
    """What to multiply forecasts from an origin by, ``(quantile, lead, area, ...)``."""
    detail = [str(dim) for dim in made["forecast"].dims if dim not in ("origin", "lead", "area")]
    error = abs(made["observed"] / made["forecast"] - 1.0).where(made["year"] <= origin)
    scaled = (error / made["lead"] ** rule.growth).transpose(*detail, "origin", "lead", "area")
    flat = scaled.values.reshape(-1, *scaled.shape[-3:])
    sizes = np.broadcast_to(made["jump_off"].transpose("origin", "area").values[:, None, :], flat.shape[1:])
    past = np.broadcast_to(made["lead"].values[None, :, None].astype(float), flat.shape[1:])
    targets = {"leads": leads, "size": size.values, "levels": levels}
    widths = np.stack([_widths(one, past, sizes, rule=rule, **targets) for one in flat])
    shape = (*scaled.shape[:-3], *widths.shape[1:])
    coords = {dim: made[dim].values for dim in detail}
    coords |= {"lead": leads, "area": size["area"].values, "quantile": levels}
    return 1.0 + xr.DataArray(widths.reshape(shape), coords=coords, dims=[*detail, "lead", "area", "quantile"])


def _widths(
    scaled: Array, past: Array, sizes: Array, *, leads: Array, size: Array, levels: Array, rule: ErrorPool
) -> Array:
    """Signed distance from the forecast, as a share of it, ``[lead, area, quantile]``."""
    known = np.isfinite(scaled)
    out = np.full((len(leads), len(size), len(levels)), np.nan)
    if not known.any():
        return out
    order = np.argsort(scaled[known])
    values, at_lead, at_size = (one[known][order] for one in (scaled, np.log(past), np.log(sizes)))
    # quantiles vary smoothly with size, so that a few sizes suffice, and areas lie between
    grid = np.quantile(np.log(size), np.linspace(0.0, 1.0, min(_SIZES, len(size))))
    near_size = np.exp(-0.5 * ((grid[:, None] - at_size) / rule.near_size) ** 2) + 1e-9
    for i, lead in enumerate(leads):
        near = near_size * (np.exp(-0.5 * ((np.log(lead) - at_lead) / rule.near_lead) ** 2) + 1e-6)
        on_grid = weighted_quantiles(values, near, np.abs(2.0 * levels - 1.0))
        by_area = [np.interp(np.log(size), grid, column) for column in on_grid.T]
        out[i] = np.stack(by_area, -1) * np.sign(levels - 0.5) * lead**rule.growth
    return out


def weighted_quantiles(values: Array, weights: Array, levels: Array) -> Array:
    """Quantiles of values that count with different weights, each value in the middle of its weight."""
    reached = np.cumsum(weights, axis=1)
    middle = (reached - weights / 2.0) / reached[:, -1:]
    return np.stack([np.interp(levels, row, values) for row in middle])

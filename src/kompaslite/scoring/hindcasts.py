"""The contract of hindcasts: forecasts of the past, each beside its outcome."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    require_array,
    require_dataset,
    require_dims,
    require_values,
    short_list,
)

#: Dimensions that hindcasts may have, in order; the first two make a forecast probabilistic.
HINDCAST_DIMS: tuple[str, ...] = ("draw", "quantile", "origin", "lead", "area", "sex", "age", "age_group")
#: Dimensions that are summed unless a score is asked for by them.
DETAIL: tuple[str, ...] = ("sex", "age", "age_group")


def make_hindcasts(forecast: xr.DataArray, observed: xr.DataArray, jump_off: xr.DataArray) -> xr.Dataset:
    """Put forecasts and outcomes side by side.

    Parameters
    ----------
    forecast : xr.DataArray
        Persons, ``(origin, lead, area, ...)``; NaN where nothing was forecast.
    observed : xr.DataArray
        Persons, the same dimensions but ``draw`` and ``quantile``; NaN where there is no outcome.
    jump_off : xr.DataArray
        Persons of all ages on 1 January of the origin, ``(origin, area)``; decides the size class.

    Returns
    -------
    xr.Dataset
        ``forecast`` and ``observed``, with the coordinates ``year = origin + lead`` and ``jump_off``.

    Raises
    ------
    SchemaError
        As `check_hindcasts`.
    """
    for name, part in {"forecast": forecast, "observed": observed, "jump_off": jump_off}.items():
        require_array(part, name)
        require_dims(
            part, name, needed=("origin", "area") if part is jump_off else ("origin", "lead", "area"), allowed=None
        )
    joined = xr.Dataset({"forecast": forecast, "observed": observed})
    coords = {"year": joined["origin"] + joined["lead"], "jump_off": jump_off.rename(None)}
    return check_hindcasts(joined.assign_coords(coords))


def check_hindcasts(hindcasts: xr.Dataset, name: str = "hindcasts") -> xr.Dataset:
    """Return the hindcasts with dimensions and labels in order, if they keep the contract.

    Parameters
    ----------
    hindcasts : xr.Dataset
        ``forecast`` and ``observed``, ``(origin, lead, area, ...)``.
    name : str
        What to call them in an error.

    Returns
    -------
    xr.Dataset
        The same values, ordered as `HINDCAST_DIMS`.

    Raises
    ------
    SchemaError
        If this is no Dataset, a variable, dimension or label is missing, a value is infinite or no number, or no
        forecast has an outcome.
    """
    require_dataset(hindcasts, name)
    missing = [part for part in ("forecast", "observed") if part not in hindcasts.data_vars]
    if missing:
        raise SchemaError(
            f"{name}: variable {short_list(missing)} is missing. Hindcasts hold the forecasts as `forecast` and the "
            "outcomes as `observed`; backtest and official_hindcasts make them."
        )
    ordered = hindcasts.assign({part: _ordered(hindcasts[part], f"{name}.{part}") for part in ("forecast", "observed")})
    require_values(ordered["lead"], f"{name}: lead", low=1, words="are no years after the origin")
    surplus = [dim for dim in ordered["observed"].dims if dim in ("draw", "quantile")]
    if surplus:
        raise SchemaError(f"{name}.observed: an outcome has no dimension {short_list(surplus)}. Select one of it.")
    both = ordered["forecast"].notnull() & ordered["observed"].notnull()
    if not bool(both.any()):
        raise SchemaError(
            f"{name}: no forecast has an outcome. Choose origins before the last observed year, "
            "or areas and years that both the forecast and the outcome have."
        )
    return ordered


def _ordered(array: xr.DataArray, name: str) -> xr.DataArray:
    missing = [dim for dim in ("origin", "lead", "area") if dim not in array.dims]
    unknown = [str(dim) for dim in array.dims if dim not in HINDCAST_DIMS]
    if missing or unknown:
        raise SchemaError(
            f"{name}: dimension {short_list(missing or unknown)} is {'missing' if missing else 'not known here'}; "
            f"it has {short_list(array.dims, most=9)}. Hindcasts have {short_list(HINDCAST_DIMS, most=9)}."
        )
    if array.dtype.kind not in "iuf":
        raise SchemaError(f"{name}: values are of type {array.dtype}, not numbers. Convert them with .astype(float).")
    infinite = array.copy(data=np.isinf(array.values))
    if bool(infinite.any()):
        cell = describe_cell(first_cell(infinite))
        raise SchemaError(f"{name}: {int(infinite.sum())} values are infinite; the first is at {cell}. Correct them.")
    array = conform(array, name)
    return array.transpose(*[dim for dim in HINDCAST_DIMS if dim in array.dims])


def summed(hindcasts: xr.Dataset, keep: str | Sequence[str] = ()) -> xr.Dataset:
    """Hindcasts of the sum over sexes and ages.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `make_hindcasts`.
    keep : str or sequence of str
        Dimensions that are not summed, any of ``sex, age, age_group``.

    Returns
    -------
    xr.Dataset
        Without ``sex``, ``age`` and ``age_group``, but those kept. A missing value makes its sum missing.

    Raises
    ------
    SchemaError
        If these are no hindcasts, `keep` is not known, or quantiles would be summed: those of parts do not add to
        those of the whole.
    """
    require_dataset(hindcasts, "hindcasts")
    unknown = [dim for dim in as_tuple(keep) if dim not in DETAIL]
    if unknown or "forecast" not in hindcasts.data_vars:
        raise SchemaError(
            f"summed: keep any of {short_list(DETAIL)}, of hindcasts with a forecast, not {short_list(as_tuple(keep))}."
        )
    dims = [dim for dim in DETAIL if dim in hindcasts["forecast"].dims and dim not in keep]
    if not dims:
        return hindcasts
    if "quantile" in hindcasts["forecast"].dims:
        raise SchemaError(
            f"hindcasts: quantiles by {short_list(dims)} do not add to quantiles of their sum. "
            f"Score by {short_list(dims)}, or make the quantiles from hindcasts that are summed already."
        )
    return hindcasts.sum(dims, skipna=False, keep_attrs=True)


def as_tuple(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)


def point(hindcasts: xr.Dataset) -> xr.DataArray:
    """The one number of each forecast: itself, its median quantile or the median of its draws.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    xr.DataArray
        Persons, without ``draw`` and ``quantile``.

    Raises
    ------
    SchemaError
        If there are quantiles, but not the median.
    """
    forecast = hindcasts["forecast"]
    if "quantile" in forecast.dims:
        return at_quantile(forecast, 0.5)
    return forecast.median("draw", skipna=False) if "draw" in forecast.dims else forecast


def at_quantile(forecast: xr.DataArray, level: float) -> xr.DataArray:
    """One quantile of a forecast.

    Parameters
    ----------
    forecast : xr.DataArray
        With dimension ``quantile`` or ``draw``.
    level : float
        Between 0 and 1.

    Returns
    -------
    xr.DataArray
        Without ``quantile`` and ``draw``.

    Raises
    ------
    SchemaError
        If the forecast has neither dimension, or not this quantile.
    """
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


def common(*hindcasts: xr.Dataset) -> tuple[xr.Dataset, ...]:
    """Restrict several hindcasts to the forecasts that all of them have, so that they can be compared.

    Parameters
    ----------
    *hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    tuple of xr.Dataset
        The labels that all share; an outcome that one of them lacks, or did not forecast, is missing in all.

    Raises
    ------
    SchemaError
        If there are none, or they share nothing.
    """
    if not hindcasts:
        raise SchemaError("common: there are no hindcasts. Give those that are to be compared.")
    aligned = xr.align(*[check_hindcasts(one) for one in hindcasts], join="inner")
    there = [has_pair(one) for one in aligned]
    everywhere = there[0]
    for mask in there[1:]:
        everywhere = everywhere & mask
    return tuple(check_hindcasts(one.assign(observed=one["observed"].where(everywhere))) for one in aligned)


def has_pair(hindcasts: xr.Dataset) -> xr.DataArray:
    """Whether both a forecast and its outcome are there, in all their ages.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    xr.DataArray
        Booleans, ``(origin, lead, area)``.
    """
    both = hindcasts["forecast"].notnull() & hindcasts["observed"].notnull()
    whole = both.all([dim for dim in both.dims if dim not in ("origin", "lead", "area")])
    return whole.transpose("origin", "lead", "area")

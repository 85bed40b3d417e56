"""The contract of hindcasts: forecasts of the past, each beside its outcome."""

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
#: Dimensions that make a forecast a distribution.
SPREAD: tuple[str, ...] = ("draw", "quantile")
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
        The same values, ordered as `HINDCAST_DIMS`, with the coordinate ``year = origin + lead``.

    Raises
    ------
    SchemaError
        If this is no Dataset, a variable, dimension or label is missing, origins or leads are no whole years, a value
        is infinite, below 0 or no number, quantiles fall or are no probabilities, or no forecast has an outcome.
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
    surplus = [dim for dim in ordered["observed"].dims if dim not in ordered["forecast"].dims or dim in SPREAD]
    if surplus:
        raise SchemaError(
            f"{name}.observed: an outcome has no dimension {short_list(surplus)} that its forecast lacks, nor any of "
            f"{short_list(SPREAD)}. Sum it, or select one of it."
        )
    _check_spread(ordered["forecast"], f"{name}.forecast")
    if "quantile" in ordered["forecast"].dims:
        ordered = ordered.sortby("quantile")
    ordered = ordered.assign_coords(year=ordered["origin"] + ordered["lead"])
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
    array = conform(array, name)
    for dim in ("origin", "lead"):
        if array[dim].dtype.kind not in "iu":
            raise SchemaError(
                f"{name}: labels of dimension {dim} are not whole years but of type {array[dim].dtype}. Use whole "
                f"numbers, .assign_coords({dim}=...astype(int))."
            )
    _check_counts(array, name)
    return array.transpose(*[dim for dim in HINDCAST_DIMS if dim in array.dims])


def _check_counts(array: xr.DataArray, name: str) -> None:
    """NaN says that there is none; everything else is a count of people."""
    bad = array.copy(data=(array.values < 0.0) | np.isinf(array.values))
    if bool(bad.any()):
        cell = first_cell(bad)
        raise SchemaError(
            f"{name}: {int(bad.sum()):,} of {bad.size:,} values are infinite or below 0; the first is "
            f"{float(array.sel(cell)):g} at {describe_cell(cell)}. Correct them; what is not known is NaN."
        )


def _check_spread(forecast: xr.DataArray, name: str) -> None:
    """A distribution is given once, by draws that are all there or by quantiles that ascend."""
    spread = [dim for dim in SPREAD if dim in forecast.dims]
    if not spread:
        return
    if len(spread) > 1:
        raise SchemaError(f"{name}: it has both {short_list(spread)}, two distributions. Select or sum up one of them.")
    if spread == ["quantile"]:
        _check_levels(forecast["quantile"].values, name)
    there = forecast.notnull()
    partly = there.any(spread) & ~there.all(spread)
    if bool(partly.any()):
        raise SchemaError(
            f"{name}: {int(partly.sum()):,} forecasts lack some labels of dimension {spread[0]}; the first is at "
            f"{describe_cell(first_cell(partly))}. Give every forecast the same ones."
        )
    if spread == ["quantile"]:
        _check_ascent(forecast, name)


def _check_levels(levels: np.ndarray, name: str) -> None:
    if levels.dtype.kind not in "iuf" or not np.all((levels > 0.0) & (levels < 1.0)):
        raise SchemaError(
            f"{name}: labels of dimension quantile are probabilities between 0 and 1; they are "
            f"{short_list(levels.tolist())}. Divide per cents by 100."
        )


def _check_ascent(forecast: xr.DataArray, name: str) -> None:
    falls = forecast.sortby("quantile").diff("quantile") < -1e-9 * abs(forecast).max()
    if bool(falls.any()):
        raise SchemaError(
            f"{name}: {int(falls.sum()):,} quantiles are below the one before; the first is at "
            f"{describe_cell(first_cell(falls))}. Are the labels those of the values? Quantiles ascend."
        )

"""Hindcasts summed, reduced to one number or one quantile, and restricted to what several share."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from kompaslite.evaluation.hindcasts import DETAIL, SPREAD, check_hindcasts
from kompaslite.evaluation.listed import exclusions_as_attrs, exclusions_of
from kompaslite.schema import SchemaError, require_dataset, require_labels, short_list


def sum_over_sex_age(hindcasts: xr.Dataset, keep: str | Sequence[str] = ()) -> xr.Dataset:
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
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, Iterable):
        raise SchemaError(f'{names!r} is no name, nor a list of names. Write "lead" or ["origin", "lead"].')
    return tuple(names)


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


def common_cases(*hindcasts: xr.Dataset) -> tuple[xr.Dataset, ...]:
    """Restrict several hindcasts to the forecasts that all of them have, so that they can be compared.

    Origins, leads and areas are those that all share. Sexes and ages are never left out: where two hindcasts have the
    same dimension of them, its labels must be the same.

    Parameters
    ----------
    *hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    tuple of xr.Dataset
        In the order given; an outcome that one of them lacks, or did not forecast, is missing in all. `excluded_areas`
        lists the areas that were left out.

    Raises
    ------
    SchemaError
        If there are none, they share nothing, or their sexes, ages or age groups differ.
    """
    if not hindcasts:
        raise SchemaError("common: there are no hindcasts. Give those that are to be compared.")
    checked = _of_like_detail([check_hindcasts(one, _nth(i)) for i, one in enumerate(hindcasts, 1)])
    aligned = xr.align(*checked, join="inner", exclude=(*SPREAD, *DETAIL))
    if not all(aligned[0].sizes[dim] for dim in ("origin", "lead", "area")):
        raise SchemaError("common: the hindcasts share no origin, lead or area. Are the area codes of one division?")
    there = [has_pair(one) for one in aligned]
    everywhere = there[0]
    for mask in there[1:]:
        everywhere = everywhere & mask
    every = {code for one in checked for code in one["area"].values.tolist()}
    left_out = dict.fromkeys(every - set(aligned[0]["area"].values.tolist()), "not in all of the hindcasts compared")
    return tuple(
        check_hindcasts(one.assign(observed=one["observed"].where(everywhere))).assign_attrs(
            exclusions_as_attrs(left_out | exclusions_of(one))
        )
        for one in aligned
    )


def _nth(position: int) -> str:
    return "hindcasts" if position == 1 else f"hindcasts, number {position}"


def _of_like_detail(checked: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """The same, with sexes and ages in one order, if those that have them have the same ones."""
    labels: dict[str, np.ndarray] = {}
    made = []
    for i, one in enumerate(checked, 1):
        wanted = {dim: labels.setdefault(dim, one[dim].values) for dim in DETAIL if dim in one["forecast"].dims}
        for dim, want in wanted.items():
            require_labels(one["forecast"], dim, want, _nth(i), against="another of them")
        made.append(one.sel(wanted))
    return made


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

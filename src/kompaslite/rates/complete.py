"""Tables made complete: over the years that are wanted by a rule for those ahead, over areas by a fallback."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    in_order,
    require_alike,
    require_array,
    require_dims,
    require_unit,
    require_values,
    short_list,
)

Extrapolation = Literal["hold", "trend", "damped"]
#: Share of last year's change that is left each year under the rule "damped".
DAMPING = 0.9


def over_years(
    table: xr.DataArray, years: Sequence[int] | np.ndarray, *, name: str, extrapolate: Extrapolation | None = None
) -> xr.DataArray:
    """A table placed on given years, year-major in memory.

    Parameters
    ----------
    table : xr.DataArray
        ``(...)``, which is constant, or ``(..., year)``.
    years : sequence of int
        Years that are wanted, ascending.
    name : str
        What to call the table in an error.
    extrapolate : {"hold", "trend", "damped"}, optional
        How a table that ends early goes on; None: not at all.

    Returns
    -------
    xr.DataArray
        ``(..., year)``, of the same attributes.

    Raises
    ------
    SchemaError
        If the table ends early and no rule is named, starts late, or has a gap.

    Examples
    --------
    >>> import xarray as xr
    >>> table = xr.DataArray([0.010, 0.009], coords={"year": [2025, 2026]}, attrs={"units": "1/year"})
    >>> over_years(table, [2025, 2026, 2027], name="mortality", extrapolate="hold").values.tolist()
    [0.01, 0.009, 0.009]
    """
    if extrapolate is not None and extrapolate not in get_args(Extrapolation):
        raise SchemaError(
            f"{name}: extrapolate is {extrapolate!r}. Choose one of {short_list(get_args(Extrapolation))}."
        )
    years = np.asarray(years)
    if "year" not in table.dims:
        return _year_major(table.expand_dims(year=years), name, table.attrs)
    known = table["year"].values
    beyond = years[years > known[-1]]
    missing = [year for year in years.tolist() if year <= known[-1] and year not in known]
    if missing:
        raise SchemaError(
            f"{name}: {len(missing)} of the years that are wanted are missing, the first is {missing[0]}; the table "
            f"has {known[0]} to {known[-1]}. Add the missing years."
        )
    if beyond.size and extrapolate is None:
        raise SchemaError(
            f"{name}: the table ends in {known[-1]}, but {beyond.size} years after it are wanted, to {beyond[-1]}. "
            'Give a longer table, or name a rule: extrapolate="hold", "trend" or "damped".'
        )
    if not beyond.size:
        return _year_major(table.sel(year=years), name, table.attrs)
    ahead = damped_trend(table, beyond.tolist(), damping={"hold": 0.0, "trend": 1.0}.get(str(extrapolate), DAMPING))
    whole = xr.concat([table, ahead], dim="year").sel(year=years)
    return _year_major(whole, name, table.attrs | {"extrapolated": f"{extrapolate} after {known[-1]}"})


def damped_trend(table: xr.DataArray, years: Sequence[int], *, damping: float = DAMPING) -> xr.DataArray:
    """Years after the end of a table, by its mean annual change, damped.

    Parameters
    ----------
    table : xr.DataArray
        ``(..., year)``; the change is relative where all values of a cell are above zero, else absolute.
    years : sequence of int
        Years after the last of the table, ascending.
    damping : float
        Share of a year's change that is left in the next: 0 holds the last year, 1 is the undamped trend.

    Returns
    -------
    xr.DataArray
        ``(..., year)`` of these years.

    Raises
    ------
    SchemaError
        If the damping is not between 0 and 1, a year is not after the table, or the table has one year only.

    Examples
    --------
    >>> import xarray as xr
    >>> level = xr.DataArray([-1.0, 0.0], coords={"year": [2024, 2025]})
    >>> damped_trend(level, [2026, 2027, 2028], damping=0.5).values
    array([0.5  , 0.75 , 0.875])
    """
    beyond, known = np.asarray(list(years)), table["year"].values
    if not 0.0 <= damping <= 1.0:
        raise SchemaError(f"damped_trend: damping is {damping:g}. Give a share between 0 and 1.")
    if np.any(beyond <= known[-1]):
        raise SchemaError(f"damped_trend: the table has years up to {known[-1]}; the years must come after.")
    if damping and known.size < 2:
        raise SchemaError(f"trend: the table has the year {known[0]} only, and a trend needs two. Hold it instead.")
    ordered = table.transpose("year", ...)
    ahead = _damped(ordered.values.astype(float), known, beyond, damping)
    rest = ordered.isel(year=-1, drop=True).expand_dims(year=beyond).copy(data=ahead)
    return rest.transpose(*table.dims)


def _damped(values: np.ndarray, known: np.ndarray, beyond: np.ndarray, damping: float) -> np.ndarray:
    first, last = values[0], values[-1]
    span = max(int(known[-1] - known[0]), 1)
    leads = (beyond - known[-1]).astype(float)
    steps = leads if damping == 1.0 else damping * (1.0 - damping**leads) / (1.0 - damping)
    steps = steps.reshape(-1, *(1,) * last.ndim)
    positive = (values > 0.0).all(axis=0)
    ratio = np.divide(last, first, out=np.ones_like(last), where=positive)
    relative = last * np.exp(steps * np.log(ratio) / span)
    result: np.ndarray = np.where(positive, relative, last + steps * (last - first) / span)
    return result


def _year_major(table: xr.DataArray, name: str, attrs: dict[str, object]) -> xr.DataArray:
    table = table.transpose("year", ...)
    packed = table.copy(data=np.array(table.values, dtype=float, order="C"))
    return packed.transpose(*in_order(packed.dims)).rename(name).assign_attrs(attrs)


def fill_missing_areas(
    local: xr.DataArray,
    fallback: xr.DataArray,
    *,
    areas: Sequence[str],
    name: str = "national",
) -> xr.DataArray:
    """Local schedules, and the fallback for areas that have none.

    Parameters
    ----------
    local : xr.DataArray
        Rates or counts, ``(area, ...)``; an area counts as missing if it is not there or all its values are NaN.
    fallback : xr.DataArray
        Of the same dimensions but ``area``, and of the same unit.
    areas : sequence of str
        Areas that are wanted.
    name : str
        What to call the fallback in the result.

    Returns
    -------
    xr.DataArray
        ``(area, ...)`` of all areas; the coordinate ``<name of local>_source`` says for each area whether it is
        "local" or the fallback, and ``attrs["source"]`` counts them.

    Raises
    ------
    SchemaError
        If dimensions or units differ, an area is partly missing or named twice, or the fallback lacks a label or a
        value.

    Examples
    --------
    >>> import xarray as xr
    >>> per_year = {"units": "1/year"}
    >>> local = xr.DataArray([[0.1]], coords={"area": ["3201"], "age": [30]}, attrs=per_year, name="fertility")
    >>> nation = xr.DataArray([0.12], coords={"age": [30]}, attrs=per_year)
    >>> filled = fill_missing_areas(local, nation, areas=["3201", "3203"])
    >>> filled.sel(age=30).values, filled.fertility_source.values.tolist()
    (array([0.1 , 0.12]), ['local', 'national'])
    """
    require_array(local, "local")
    require_array(fallback, name)
    label = str(local.name or "values")
    require_dims(local, label, needed=("area",), allowed=None)
    _check_areas(areas)
    if local.dtype.kind not in "iuf":
        raise SchemaError(f"{label}: values are of type {local.dtype}, not numbers. Convert them with .astype(float).")
    local = conform(local, label)
    require_values(fallback, name, mend="The fallback must be whole.")
    require_unit(fallback, name, local.attrs.get("units", ""))
    inner = [dim for dim in local.dims if dim != "area"]
    if set(fallback.dims) != set(inner):
        raise SchemaError(
            f"{name}: its dimensions are {short_list(fallback.dims)}, but those of {label} are {short_list(inner)} "
            "beside area. Select or add what differs."
        )
    fallback = require_alike(fallback, local, name, against=label)
    blank = xr.apply_ufunc(np.isnan, local)
    partly = local["area"].values[(blank.any(inner) & ~blank.all(inner)).values]
    if partly.size:
        raise SchemaError(
            f"{label}: {partly.size} areas have some values missing, the first is {partly[0]}. Give whole schedules, "
            "or none."
        )
    have = local["area"].values[~blank.all(inner).values].tolist()
    surplus = [area for area in have if area not in areas]
    if surplus:
        raise SchemaError(f"{label}: {len(surplus)} areas are not among those wanted: {short_list(surplus)}.")
    aligned = fallback.expand_dims(area=[area for area in areas if area not in have])
    parts = [part for part in (local.sel(area=have), aligned.transpose(*local.dims)) if part.sizes["area"]]
    whole = xr.concat(parts, dim="area", join="exact").sel(area=list(areas))
    origin = np.array(["local" if area in have else name for area in areas])
    counted = f"local: {len(have)} areas; {name}: {len(areas) - len(have)} areas"
    result = whole.transpose(*in_order(whole.dims)).assign_coords({f"{label}_source": ("area", origin)})
    return result.rename(local.name).assign_attrs(local.attrs | {"source": counted})


def _check_areas(areas: Sequence[str]) -> None:
    wanted = [areas] if isinstance(areas, str) else list(areas)
    strange = [area for i, area in enumerate(wanted) if not isinstance(area, str) or area in wanted[:i]]
    if strange or isinstance(areas, str):
        raise SchemaError(
            f"areas: {(strange or wanted)[0]!r} is not text, occurs twice, or stands outside a list. Give each area "
            'once, as text, in a list: ["0301", "3201"].'
        )

"""Tables over time: constant, held, continued by a trend, or by a damped trend."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError, in_order, short_list

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

"""How the forecast for a given year changed from vintage to vintage."""

import numpy as np
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    require_array,
    require_dims,
    require_labels,
    require_values,
    short_list,
)


def revisions(forecasts: xr.DataArray | xr.Dataset, *, actual: xr.DataArray | None = None) -> xr.Dataset:
    """Each vintage against the one before it that covers the same year.

    Parameters
    ----------
    forecasts : xr.DataArray or xr.Dataset
        Persons on 1 January, ``(origin, ..., year)``, at least two vintages, NaN where a vintage says nothing; or
        hindcasts, of which the forecasts are taken.
    actual : xr.DataArray, optional
        Outcomes, ``(..., year)``, the same other dimensions.

    Returns
    -------
    xr.Dataset
        Over ``(origin, ..., year)``: ``forecast``; ``revision``, persons by which it is above the last vintage
        that covers the year, missing for the first; ``percent``, the same in per cent of that vintage;
        ``from_first``, persons above the first vintage that covers the year; with `actual` also ``error``, persons
        above the outcome.

    Raises
    ------
    SchemaError
        If there are fewer than two vintages, or labels of `actual` do not match.

    Examples
    --------
    >>> import xarray as xr
    >>> vintages = xr.DataArray([[50.0], [float("nan")], [46.0]], coords={"origin": [2018, 2020, 2022], "year": [2030]})
    >>> revisions(vintages).revision.values.ravel()
    array([nan, nan, -4.])
    """
    table = by_year(forecasts) if isinstance(forecasts, xr.Dataset) else conform(forecasts, "forecasts")
    if "origin" in table.dims and table["origin"].dtype.kind not in "iu":
        raise SchemaError("forecasts: the origins are not whole years. Say from which 1 January each vintage projects.")
    missing = [dim for dim in ("origin", "year") if dim not in table.dims]
    if missing or table.sizes["origin"] < 2:
        raise SchemaError(
            f"forecasts: at least two vintages over origin and year are needed; the dimensions are "
            f"{short_list([f'{dim} {size}' for dim, size in table.sizes.items()], most=9)}."
        )
    require_values(table.fillna(0.0), "forecasts", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    table = table.sortby("origin")
    before, first = _before(table), _first(table)
    revision = table - before
    parts = {
        "forecast": table,
        "revision": revision,
        "percent": 100.0 * revision / before.where(before > 0.0),
        "from_first": table - first,
    }
    if actual is not None:
        parts["error"] = table - _matched(actual, table)
    result = xr.Dataset({name: part.transpose(*table.dims) for name, part in parts.items()})
    for name, part in result.data_vars.items():
        part.attrs["units"] = "per cent" if name == "percent" else "persons"
    return result


def by_year(hindcasts: xr.Dataset) -> xr.DataArray:
    """Forecasts of hindcasts by calendar year instead of lead.

    Parameters
    ----------
    hindcasts : xr.Dataset
        ``forecast`` over ``(origin, lead, ...)``.

    Returns
    -------
    xr.DataArray
        Persons, ``(origin, ..., year)``; missing where a forecast does not reach.

    Raises
    ------
    SchemaError
        If there is no forecast over ``origin`` and ``lead``.
    """
    if "forecast" not in hindcasts.data_vars:
        raise SchemaError("forecasts: this Dataset has no variable forecast. Give hindcasts, or a labelled array.")
    forecast = hindcasts["forecast"].reset_coords(drop=True)
    require_dims(forecast, "forecasts", needed=("origin", "lead"), allowed=None)
    origins, leads = forecast["origin"].values, forecast["lead"].values
    years = np.arange(origins.min() + leads.min(), origins.max() + leads.max() + 1)
    rows = [
        forecast.sel(origin=origin).rename(lead="year").assign_coords(year=origin + leads).reindex(year=years)
        for origin in origins
    ]
    return xr.concat(rows, dim=xr.Variable("origin", origins)).transpose("origin", ..., "year")


def _before(table: xr.DataArray) -> xr.DataArray:
    """The last vintage before each that says something about the year, if there is one."""
    found = [table.isel(origin=0, drop=True) * np.nan]
    for i in range(table.sizes["origin"] - 1):
        one = table.isel(origin=i, drop=True)
        found.append(one.where(one.notnull(), found[-1]))
    return xr.concat(found, dim=xr.Variable("origin", table["origin"].values)).transpose(*table.dims)


def _first(table: xr.DataArray) -> xr.DataArray:
    """The first vintage that says something about the year."""
    found = table.isel(origin=0, drop=True)
    for i in range(1, table.sizes["origin"]):
        found = found.where(found.notnull(), table.isel(origin=i, drop=True))
    return found


def _matched(actual: xr.DataArray, table: xr.DataArray) -> xr.DataArray:
    require_array(actual, "actual")
    require_dims(actual, "actual", allowed=[str(dim) for dim in table.dims if dim != "origin"])
    matched = conform(actual.reset_coords(drop=True), "actual").reindex(year=table["year"].values)
    for dim in table.dims:
        if dim not in ("origin", "year"):
            if dim not in matched.dims:
                raise SchemaError(f"actual: dimension {dim} of the forecasts is missing. Select one of it, or add it.")
            matched = require_labels(matched, dim, table[dim].values, "actual", against="the forecasts")
    return matched

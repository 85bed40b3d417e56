"""Published forecasts, read from a table: as hindcasts, and how they changed from vintage to vintage."""

import numpy as np
import xarray as xr

from kompaslite.evaluation.exclusions import exclusions_as_attrs, exclusions_of
from kompaslite.evaluation.hindcasts import DETAIL, make_hindcasts
from kompaslite.schema import (
    SchemaError,
    conform,
    require_array,
    require_dims,
    require_labels,
    require_values,
    require_whole,
    short_list,
)


def official_hindcasts(projections: xr.DataArray, observed: xr.DataArray, *, leads: int | None = None) -> xr.Dataset:
    """Published forecasts beside their outcomes.

    Parameters
    ----------
    projections : xr.DataArray
        Persons on 1 January, ``(origin, area, ..., year)``, the origin being the year from whose 1 January was
        projected; ``...`` is any of ``sex, age, age_group``. NaN where nothing was published.
    observed : xr.DataArray
        The same without ``origin``; sexes and ages that `projections` do not have are summed.
    leads : int, optional
        How many years to take of each; as many as have an outcome unless given.

    Returns
    -------
    xr.Dataset
        As of `backtest`, for the areas that both have; `excluded_areas` lists the others.

    Raises
    ------
    SchemaError
        If a dimension is missing or surplus, there is no common area, ages or age groups differ, or nothing has an
        outcome.

    Examples
    --------
    >>> import xarray as xr
    >>> published = xr.DataArray(
    ...     [[[100.0, 102.0, 105.0]]], coords={"origin": [2024], "area": ["A"], "year": [2024, 2025, 2026]}
    ... )
    >>> came = xr.DataArray([[100.0, 101.0, 103.0]], coords={"area": ["A"], "year": [2024, 2025, 2026]})
    >>> made = official_hindcasts(published, came)
    >>> (made.forecast - made.observed).values.ravel()
    array([1., 2.])
    """
    if leads is not None:
        require_whole(leads, "leads", low=1, mend="Give years, or leave it out.")
    table = _checked(projections, "projections", ("origin", "area", "year"))
    outcome = _like(_checked(observed, "observed", ("area", "year")), table)
    shared = [code for code in table["area"].values.tolist() if code in outcome["area"].values]
    if not shared:
        raise SchemaError(
            f"projections: no area is in the outcomes, which have {short_list(outcome['area'].values.tolist())}; "
            f"the projections have {short_list(table['area'].values.tolist())}. Are the codes of one division?"
        )
    reasons = _reasons(table, outcome, shared) | exclusions_of(observed)
    table, outcome = table.sel(area=shared), outcome.sel(area=shared)
    last = int(outcome["year"].values[-1])
    count = leads or last - int(table["origin"].values.min())
    if count < 1:
        raise SchemaError(f"projections: no outcome after the first origin is known; the last outcome is of {last}.")
    made = make_hindcasts(_by_lead(table, count), _outcome_by_lead(outcome, table, count), _jump_off(outcome, table))
    return made.assign_attrs(exclusions_as_attrs(reasons))


def _checked(array: xr.DataArray, name: str, needed: tuple[str, ...]) -> xr.DataArray:
    require_array(array, name)
    ordered = conform(array.reset_coords(drop=True), name)
    require_dims(ordered, name, needed=needed, allowed=DETAIL)
    if "origin" in ordered.dims and ordered["origin"].dtype.kind not in "iu":
        raise SchemaError(f"{name}: the origins are not whole years. Say from which 1 January each projects.")
    require_values(ordered.fillna(0.0), name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    return ordered


def _like(observed: xr.DataArray, table: xr.DataArray) -> xr.DataArray:
    surplus = [dim for dim in observed.dims if dim not in table.dims]
    lacking = [dim for dim in table.dims if dim not in (*observed.dims, "origin")]
    if lacking:
        raise SchemaError(
            f"observed: dimension {short_list(lacking)} of the projections is missing. Sum the projections over it, or "
            "give outcomes by it (sum_groups makes age groups)."
        )
    summed = observed.sum(surplus, skipna=False)
    for dim in ("sex", "age", "age_group"):
        if dim in table.dims:
            summed = require_labels(summed, dim, table[dim].values, "observed", against="the projections")
    return summed


def _reasons(table: xr.DataArray, outcome: xr.DataArray, shared: list[str]) -> dict[str, str]:
    without_outcome = {code: "no outcome" for code in table["area"].values.tolist() if code not in shared}
    without_forecast = {code: "no projection" for code in outcome["area"].values.tolist() if code not in shared}
    return without_outcome | without_forecast


def _target_years(table: xr.DataArray, count: int) -> xr.DataArray:
    leads = xr.DataArray(np.arange(1, count + 1), coords={"lead": np.arange(1, count + 1)})
    return table["origin"].reset_coords(drop=True) + leads


def _by_lead(table: xr.DataArray, count: int) -> xr.DataArray:
    target = _target_years(table, count)
    whole = table.reindex(year=np.arange(int(target.min()), int(target.max()) + 1))
    return whole.sel(origin=table["origin"], year=target).drop_vars("year")


def _outcome_by_lead(outcome: xr.DataArray, table: xr.DataArray, count: int) -> xr.DataArray:
    target = _target_years(table, count)
    return outcome.reindex(year=np.arange(int(target.min()), int(target.max()) + 1)).sel(year=target).drop_vars("year")


def _jump_off(outcome: xr.DataArray, table: xr.DataArray) -> xr.DataArray:
    origins = table["origin"].values
    absent = [year for year in origins.tolist() if year not in outcome["year"].values]
    if absent:
        raise SchemaError(
            f"observed: {len(absent)} origins have no observed population: {short_list(absent)}. Leave these "
            "projections out, or give the populations."
        )
    inner = [dim for dim in outcome.dims if dim not in ("area", "year")]
    return outcome.sel(year=origins).sum(inner, skipna=False).rename(year="origin").transpose("origin", "area")


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
        if name == "error":
            part.attrs["sign"] = "forecast less actual"
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

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(2, years=range(2019, 2027)), no_change, origins=[2022, 2023], horizon=2)
    >>> by_year(sum_over_sex_age(made))["year"].values.tolist()
    [2023, 2024, 2025]
    """
    if "forecast" not in hindcasts.data_vars:
        raise SchemaError("forecasts: this Dataset has no variable forecast. Give hindcasts, or a labelled array.")
    forecast = hindcasts["forecast"].reset_coords(drop=True)
    require_dims(forecast, "forecasts", needed=("origin", "lead"), allowed=None)
    origins, leads = forecast["origin"].values, forecast["lead"].values
    years = np.unique(np.add.outer(origins, leads))
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

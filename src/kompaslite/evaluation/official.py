"""Published forecasts, read from a table, as hindcasts."""

import numpy as np
import xarray as xr

from kompaslite.evaluation.hindcasts import DETAIL, make_hindcasts
from kompaslite.evaluation.listed import exclusions_as_attrs, exclusions_of
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

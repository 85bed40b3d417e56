"""One identity holds in every cell of the accounts: ageing, the check of it, and what was known at a date."""

from typing import cast

import numpy as np
import xarray as xr

from kompaslite.accounts.accounts import Accounts, require_accounts
from kompaslite.schema import (
    FLOWS,
    PERSONS,
    SIGNS,
    BalanceError,
    SchemaError,
    in_order,
    reject,
    require_dims,
    require_whole,
    short_list,
)


def age_up(population: xr.DataArray) -> xr.DataArray:
    """Everyone one age up: the open age group keeps its own, and age 0 is empty.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(..., age, ...)``.

    Returns
    -------
    xr.DataArray
        The same dimensions and the same total, by age reached during the year.

    Raises
    ------
    SchemaError
        If there are no ages, or they do not ascend.

    Examples
    --------
    >>> import xarray as xr
    >>> age_up(xr.DataArray([5.0, 4.0, 3.0], coords={"age": [0, 1, 2]})).values
    array([0., 5., 7.])
    """
    _require_ascending(population)
    axis = population.get_axis_num("age")
    values = np.moveaxis(population.values, axis, -1)
    aged = np.zeros(values.shape, dtype=np.result_type(values.dtype, np.float32))
    aged[..., 1:] = values[..., :-1]
    aged[..., -1] += values[..., -1]
    return population.copy(data=np.moveaxis(aged, -1, axis))


def _require_ascending(population: xr.DataArray) -> None:
    require_dims(population, "age_up", needed=("age",), allowed=None)
    ages = population["age"].values
    if not ages.size or np.any(ages[1:] <= ages[:-1]):
        raise SchemaError(
            f"age_up: the ages must ascend; they are {short_list(ages.tolist()) or 'none'}. "
            "Sort them with .sortby('age')."
        )


def newborns(births: xr.DataArray) -> xr.DataArray:
    """Births of all mothers' ages together.

    Parameters
    ----------
    births : xr.DataArray
        Persons per year, with or without the mother's ``age``.

    Returns
    -------
    xr.DataArray
        Without ``age``.

    Examples
    --------
    >>> import xarray as xr
    >>> int(newborns(xr.DataArray([1, 2, 1], coords={"age": [29, 30, 31]})))
    4
    """
    return births.sum("age") if "age" in births.dims else births


def imbalance(accounts: Accounts) -> xr.DataArray:
    """What each cell of the population has beyond its components of change.

    Parameters
    ----------
    accounts : Accounts
        At least two years of population.

    Returns
    -------
    xr.DataArray
        Persons, ``(..., sex, age, year)`` of the flows; zero where the accounts balance. Where a component is
        known only in total, without sex or age, the cells are summed to what all components share.

    Raises
    ------
    SchemaError
        If these are no accounts.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> bool(abs(imbalance(made_up(2, years=[2024, 2025, 2026]))).max() < 1e-6)
    True
    """
    require_accounts(accounts, "imbalance")
    population, flows = accounts.population, accounts.flows
    years = population["year"].values[:-1]
    known = flows["year"].values if "year" in flows.coords else years
    end = population.isel(year=slice(1, None)).assign_coords(year=years).sel(year=known)
    start = age_up(population.isel(year=slice(None, -1))).sel(year=known)
    parts = [end, -1 * start]
    if "births" in flows:
        parts.append(-1 * _at_age_zero(newborns(flows["births"]), population))
    parts += [-SIGNS[name] * flows[name] for name in SIGNS if name in flows]
    shared = [dim for dim in ("sex", "age") if all(dim in part.dims for part in parts)]
    total = sum(part.sum([dim for dim in ("sex", "age") if dim in part.dims and dim not in shared]) for part in parts)
    result = cast("xr.DataArray", total)
    return result.transpose(*in_order(result.dims)).rename("imbalance").assign_attrs(units=PERSONS)


def _at_age_zero(children: xr.DataArray, population: xr.DataArray) -> xr.DataArray:
    ages = population["age"].values
    return children.expand_dims(age=ages[:1]).reindex(age=ages, fill_value=0.0)


def check_balance(accounts: Accounts, *, tolerance: float = 1e-6) -> Accounts:
    """Return the accounts unchanged, if people balance in every cell of the years whose flows are known.

    Parameters
    ----------
    accounts : Accounts
        Of the past or of a forecast.
    tolerance : float
        Persons that a cell may be off by, and as much again for each million persons in the largest cell.

    Returns
    -------
    Accounts
        `accounts` itself, so that the check can stand around an expression.

    Raises
    ------
    BalanceError
        Naming the first cell that does not balance, by how much, and how many there are.
    SchemaError
        If these are no accounts.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> check_balance(made_up(2, years=[2024, 2025, 2026])).years
    (2024, 2025, 2026)
    """
    require_accounts(accounts, "check_balance")
    gap = imbalance(accounts)
    room = tolerance * (1.0 + float(np.abs(accounts.population.values).max(initial=0.0)) * 1e-6)
    off = gap.copy(data=~(np.abs(gap.values) <= room))
    absent = [name for name in FLOWS if name not in accounts.flows]
    reject(
        off,
        gap,
        "population: {bad} of {all} cells do not balance; the first is off by {first:.6g} persons at {cell}. "
        f"Components that are absent count as nothing: {short_list(absent, most=9)}.",
        "Add the missing component, or name the rest adjustment.",
        error=BalanceError,
    )
    return accounts


def known_at(accounts: Accounts, year: int, *, lag: int = 0) -> Accounts:
    """What was known on 1 January of a year.

    Parameters
    ----------
    accounts : Accounts
        The whole history.
    year : int
        The origin of a forecast.
    lag : int
        Years by which flows are published later than the population they lead to, at least 0.

    Returns
    -------
    Accounts
        Population up to and including 1 January of `year`; flows of the years before it, less the lag.

    Raises
    ------
    SchemaError
        If these are no accounts, `year` is not among the years of the population, or the lag is negative.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> known = known_at(made_up(2, years=[2024, 2025, 2026]), 2025)
    >>> known.years, known.flows["year"].values.tolist()
    ((2024, 2025), [2024])
    """
    require_accounts(accounts, "known_at")
    years = accounts.population["year"].values
    if year not in years:
        raise SchemaError(
            f"known_at: year {year} is not among the years of the population, {years[0]} to {years[-1]}. "
            "Choose one of these."
        )
    require_whole(lag, "known_at: lag", mend="Give the years by which flows come later.")
    population = accounts.population.sel(year=years[years <= year])
    flows = accounts.flows
    if "year" in flows.dims:
        flow_years = flows["year"].values
        flows = flows.sel(year=flow_years[flow_years + accounts.step * (1 + lag) <= year])
    return Accounts(population, flows)

"""Demographic accounts: people on 1 January, and what happened between.

History and forecast are the same type. A stock lives on the bounds of the years, a flow between them; the
age of a flow is the age reached during the year, so that one identity holds in every cell::

    population[year + 1, age] = start[year, age] - deaths - out + in + adjustment

where ``start`` is the population moved one age up, the open age group keeping its own, with births at age 0.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.schema import (
    FLOWS,
    PERSONS,
    SIGNS,
    BalanceError,
    SchemaError,
    conform,
    count_unit,
    describe_cell,
    first_cell,
    in_order,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """Population and components of change, of the past or of a forecast.

    Parameters
    ----------
    population : xr.DataArray
        Persons on 1 January of ``year``, ``(..., sex, age, year)``; ``...`` is any of
        ``scenario, draw, origin, area``. The last age is open.
    flows : xr.Dataset, optional
        Persons per step of ``year``, by age reached; any of ``births, deaths, in_migration, out_migration,
        immigration, emigration, moves_in, moves_out, net_migration, adjustment``. A component that is unknown
        is absent, not zero. ``births`` are by sex of the child and by age of the mother where these are known.

    Raises
    ------
    SchemaError
        If a label, unit or value breaks the contract.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray(
    ...     [[[10.0, 9.0], [12.0, 21.0]]],
    ...     coords={"sex": ["female"], "age": [0, 1], "year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> Accounts(people).years
    (2025, 2026)
    """

    population: xr.DataArray
    flows: xr.Dataset

    def __init__(self, population: xr.DataArray, flows: xr.Dataset | None = None) -> None:
        flows = xr.Dataset() if flows is None else flows
        population = _checked_population(population)
        object.__setattr__(self, "population", population)
        object.__setattr__(self, "flows", _checked_flows(flows, population))

    @classmethod
    def trusted(cls, population: xr.DataArray, flows: xr.Dataset) -> "Accounts":
        """Accounts of arrays that keep the contract because of how they were made: nothing is checked again.

        Parameters
        ----------
        population : xr.DataArray
            As for `Accounts`.
        flows : xr.Dataset
            As for `Accounts`.

        Returns
        -------
        Accounts
        """
        accounts = object.__new__(cls)
        object.__setattr__(accounts, "population", population)
        object.__setattr__(accounts, "flows", flows)
        return accounts

    @property
    def years(self) -> tuple[int, ...]:
        """Years on whose 1 January the population is known."""
        return tuple(self.population["year"].values.tolist())

    @property
    def step(self) -> int:
        """Years between two populations: 1 unless the accounts are in longer periods."""
        return step_of(self.population)


def step_of(population: xr.DataArray) -> int:
    """Years between two stocks, or between two ages where there is one stock only.

    Parameters
    ----------
    population : xr.DataArray
        ``(..., age, year)``.

    Returns
    -------
    int
        1 for annual accounts.

    Raises
    ------
    SchemaError
        If the years or ages are not evenly spaced.
    """
    step = 1
    for dim in ("age", "year"):
        if population.sizes.get(dim, 0) < 2:
            continue
        gaps = np.diff(population[dim].values)
        step = int(gaps[0])
        if np.any(gaps != step):
            after = population[dim].values[:-1][gaps != step][0]
            raise SchemaError(
                f"population: labels of dimension {dim} are not evenly spaced; the first uneven gap is after "
                f"{dim} {after}. Add the labels that are missing."
            )
    return step


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

    Examples
    --------
    >>> import xarray as xr
    >>> age_up(xr.DataArray([5.0, 4.0, 3.0], coords={"age": [0, 1, 2]})).values
    array([0., 5., 7.])
    """
    axis = population.get_axis_num("age")
    values = np.moveaxis(population.values, axis, -1)
    aged = np.zeros(values.shape, dtype=np.result_type(values.dtype, np.float32))
    aged[..., 1:] = values[..., :-1]
    aged[..., -1] += values[..., -1]
    return population.copy(data=np.moveaxis(aged, -1, axis))


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
    """
    population, flows = accounts.population, accounts.flows
    years = population["year"].values
    end = population.isel(year=slice(1, None)).assign_coords(year=years[:-1])
    start = age_up(population.isel(year=slice(None, -1)))
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
    """Return the accounts unchanged, if people balance in every cell.

    Parameters
    ----------
    accounts : Accounts
        Of the past or of a forecast.
    tolerance : float
        Persons that a cell may be off by, plus the same share of its population.

    Returns
    -------
    Accounts
        `accounts` itself, so that the check can stand around an expression.

    Raises
    ------
    BalanceError
        Naming the first cell that does not balance, by how much, and how many there are.
    """
    gap = imbalance(accounts)
    room = tolerance * (1.0 + float(np.abs(accounts.population.values).max(initial=0.0)) * 1e-6)
    off = gap.copy(data=~(np.abs(gap.values) <= room))
    if bool(off.any()):
        cell = first_cell(off)
        absent = [name for name in FLOWS if name not in accounts.flows]
        raise BalanceError(
            f"population: {int(off.sum()):,} of {off.size:,} cells do not balance; the first is off by "
            f"{float(gap.sel(cell)):.6g} persons at {describe_cell(cell)}. Components that are absent count as "
            f"nothing: {short_list(absent, most=9)}. Add the missing component, or name the rest adjustment."
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
        If `year` is not among the years of the population, or the lag is negative.
    """
    years = accounts.population["year"].values
    if year not in years:
        raise SchemaError(
            f"known_at: year {year} is not among the years of the population, {years[0]} to {years[-1]}. "
            "Choose one of these."
        )
    if lag < 0:
        raise SchemaError(f"known_at: lag {lag} is negative. Give the years by which flows come later, 0 or more.")
    population = accounts.population.sel(year=years[years <= year])
    flows = accounts.flows
    if "year" in flows.dims:
        flow_years = flows["year"].values
        flows = flows.sel(year=flow_years[flow_years + accounts.step * (1 + lag) <= year])
    return Accounts(population, flows)


def _checked_population(population: xr.DataArray) -> xr.DataArray:
    name = "population"
    if not isinstance(population, xr.DataArray):
        raise SchemaError(f"{name}: a labelled array (xarray.DataArray) is needed, not {type(population).__name__}.")
    require_dims(population, name, needed=("sex", "age", "year"))
    population = conform(population, name)
    require_unit(population, name, PERSONS)
    require_values(population, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    step_of(population)
    return population


def _checked_flows(flows: xr.Dataset, population: xr.DataArray) -> xr.Dataset:
    if not isinstance(flows, xr.Dataset):
        raise SchemaError(f"flows: a Dataset of components is needed, not {type(flows).__name__}.")
    unknown = [str(name) for name in flows.data_vars if name not in FLOWS]
    if unknown:
        raise SchemaError(
            f"flows: unknown component {short_list(unknown)}; the components are {short_list(FLOWS, most=12)}."
        )
    checked = {str(name): _checked_flow(flow, str(name), population) for name, flow in flows.data_vars.items()}
    return xr.Dataset(checked, attrs=flows.attrs)


def _checked_flow(flow: xr.DataArray, name: str, population: xr.DataArray) -> xr.DataArray:
    require_dims(flow, name, needed=("year",))
    flow = conform(flow, name)
    require_unit(flow, name, count_unit(step_of(population)))
    require_values(flow, name, low=0.0 if name not in ("net_migration", "adjustment") else float("-inf"))
    for dim in flow.dims:
        if dim == "year":
            _check_flow_years(flow, name, population)
        elif dim in population.dims:
            flow = require_labels(flow, dim, population[dim].values, name)
    return flow


def _check_flow_years(flow: xr.DataArray, name: str, population: xr.DataArray) -> None:
    bounds = population["year"].values
    strange = [year for year in flow["year"].values.tolist() if year not in bounds[:-1]]
    if strange:
        raise SchemaError(
            f"{name}: {len(strange)} years have no population on both sides; the first is {strange[0]}. A flow of "
            f"year {strange[0]} stands between the populations on 1 January {strange[0]} and of the next year."
        )

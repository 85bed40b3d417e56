"""The type of accounts, and the contract that its labels, units and values keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.schema import (
    FLOWS,
    OUTER,
    PERSONS,
    SchemaError,
    conform,
    count_unit,
    require_dataset,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)

#: One label, or several.
Labels = str | int | Sequence[str] | Sequence[int] | np.ndarray

_ABSENT = "Count persons per step; a component that is not known is left out, not given as missing."


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

    def sel(
        self,
        *,
        scenario: Labels | None = None,
        draw: Labels | None = None,
        origin: Labels | None = None,
        area: Labels | None = None,
        year: Labels | None = None,
    ) -> "Accounts":
        """Accounts of some labels: one, which then stays as a label without a dimension, or several in a list.

        Parameters
        ----------
        scenario, draw, origin, area : label or sequence of labels, optional
            What to keep; all of it unless given.
        year : int or sequence of int, optional
            Years of the population to keep, one after the other; the flows between them are kept. One year still
            is a dimension, since a stock alone is a history of one year.

        Returns
        -------
        Accounts

        Raises
        ------
        SchemaError
            Naming the labels that are not there.

        Examples
        --------
        >>> import xarray as xr
        >>> people = xr.DataArray(
        ...     [[[[10.0]]], [[[12.0]]]],
        ...     coords={"area": ["0301", "3201"], "sex": ["female"], "age": [0], "year": [2026]},
        ...     attrs={"units": "persons"},
        ... )
        >>> Accounts(people).sel(area="3201").population.area.item()
        '3201'
        """
        wanted = {"scenario": scenario, "draw": draw, "origin": origin, "area": area}
        chosen = {dim: labels for dim, labels in wanted.items() if labels is not None}
        for dim, labels in chosen.items():
            _require_there(self.population, dim, labels)
        picked = self.map(lambda array: array.sel({dim: labels for dim, labels in chosen.items() if dim in array.dims}))
        return picked if year is None else picked._of_years(year)

    def isel(self, *, draw: int | slice | None = None, area: int | slice | None = None) -> "Accounts":
        """Accounts of some positions, where labels are not known.

        Parameters
        ----------
        draw, area : int or slice, optional
            Positions to keep; all of them unless given.

        Returns
        -------
        Accounts
        """
        chosen = {dim: places for dim, places in {"draw": draw, "area": area}.items() if places is not None}
        return self.map(lambda array: array.isel({dim: at for dim, at in chosen.items() if dim in array.dims}))

    def map(self, change: Callable[[xr.DataArray], xr.DataArray]) -> "Accounts":
        """Accounts of changed arrays, with their units.

        Parameters
        ----------
        change : callable
            Is given the population and each component of change in turn; what it returns must keep the contract.

        Returns
        -------
        Accounts

        Raises
        ------
        SchemaError
            If what comes back breaks the contract.
        """
        flows = {name: change(flow).assign_attrs(flow.attrs) for name, flow in self.flows.data_vars.items()}
        people = change(self.population).assign_attrs(self.population.attrs)
        return Accounts(people, xr.Dataset(flows, attrs=self.flows.attrs))

    def sum(self, dim: str) -> "Accounts":
        """Accounts of all areas together, say: population and components summed over a dimension.

        Parameters
        ----------
        dim : str
            One of ``scenario, draw, origin, area``.

        Returns
        -------
        Accounts

        Raises
        ------
        SchemaError
            If the population has no such dimension, or a component is not known along it: its total would then be
            counted once for each label.
        """
        if dim not in OUTER or dim not in self.population.dims:
            have = [name for name in OUTER if name in self.population.dims]
            raise SchemaError(f"sum: {dim} is no dimension to sum over; there are {short_list(have) or 'none'}.")
        lacking = [str(name) for name, flow in self.flows.data_vars.items() if dim not in flow.dims]
        if lacking:
            raise SchemaError(
                f"sum: {short_list(lacking)} is not known by {dim}. Leave the component out, or give it by {dim}."
            )
        return self.map(lambda array: array.sum(dim, skipna=False))

    def _of_years(self, year: Labels) -> "Accounts":
        _require_there(self.population, "year", year)
        years = np.atleast_1d(np.asarray(year))
        bounds = self.flows["year"].values if "year" in self.flows.dims else np.array([], dtype=int)
        kept = [start for start in bounds if start in years and start + self.step in years]
        people = self.population.sel(year=years)
        return Accounts(people, self.flows.sel(year=kept) if kept else xr.Dataset(attrs=self.flows.attrs))

    @property
    def years(self) -> tuple[int, ...]:
        """Years on whose 1 January the population is known."""
        return tuple(self.population["year"].values.tolist())

    @property
    def step(self) -> int:
        """Years between two populations: 1 unless the accounts are in longer periods."""
        return step_of(self.population)


def _require_there(population: xr.DataArray, dim: str, labels: "Labels") -> None:
    if dim not in population.dims:
        raise SchemaError(f"sel: the population has no dimension {dim}. Leave {dim} out of the selection.")
    have = set(population[dim].values.tolist())
    missing = [label for label in np.atleast_1d(np.asarray(labels)).tolist() if label not in have]
    if missing:
        raise SchemaError(
            f"sel: {len(missing)} labels of dimension {dim} are not there: {short_list(missing)}; it has "
            f"{short_list(population[dim].values.tolist())}. Choose among these."
        )


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
        If the years or ages are not evenly spaced, or not alike.
    """
    steps: dict[str, int] = {}
    for dim in ("age", "year"):
        if population.sizes.get(dim, 0) < 2:
            continue
        gaps = np.diff(population[dim].values)
        step = steps[dim] = int(gaps[0])
        if np.any(gaps != step):
            after = population[dim].values[:-1][gaps != step][0]
            raise SchemaError(
                f"population: labels of dimension {dim} are not evenly spaced; the first uneven gap is after "
                f"{dim} {after}. Add the labels that are missing."
            )
    if len(set(steps.values())) > 1:
        raise SchemaError(
            f"population: its ages are {steps['age']} years wide, but its populations {steps['year']} years apart, so "
            "nobody can be moved one age up. Add the years that are missing, or give ages and years of the same width."
        )
    return next(iter(steps.values()), 1)


def require_accounts(accounts: object, name: str) -> None:
    """Raise unless these are accounts.

    Parameters
    ----------
    accounts : object
        What was given.
    name : str
        Who asks for them, in an error.

    Raises
    ------
    SchemaError
        Naming the type that was given instead.
    """
    if not isinstance(accounts, Accounts):
        raise SchemaError(
            f"{name}: accounts are needed, not {type(accounts).__name__}. Make them with Accounts(population, flows)."
        )


def _checked_population(population: xr.DataArray) -> xr.DataArray:
    name = "population"
    require_dims(population, name, needed=("sex", "age", "year"))
    empty = [str(dim) for dim in population.dims if not population.sizes[dim]]
    if empty:
        raise SchemaError(f"{name}: dimension {short_list(empty)} has no labels at all. Check what was selected.")
    population = conform(population, name)
    _require_birth(population, name)
    require_unit(population, name, PERSONS)
    require_values(population, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    step_of(population)
    return population


def _require_birth(population: xr.DataArray, name: str) -> None:
    first = int(population["age"].values[0])
    if first != 0:
        raise SchemaError(
            f"{name}: the first age is {first}, but newborns join at age 0. Add the ages that are missing; labels that "
            f"are numbers of rows are mended with .assign_coords(age=...)."
        )


def _checked_flows(flows: xr.Dataset, population: xr.DataArray) -> xr.Dataset:
    require_dataset(flows, "flows")
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
    if name in ("net_migration", "adjustment"):
        require_values(flow, name)
    else:
        require_values(flow, name, low=0.0, words="are not counts of at least 0", mend=_ABSENT)
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

"""The type of accounts: people on 1 January, and what happened between; selected, changed and summed as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import xarray as xr

from kompaslite.accounts.contract import checked_flows, checked_population, step_of
from kompaslite.schema import OUTER, SchemaError, short_list
from kompaslite.schema.display import html_form

#: One label, or several.
Labels = str | int | Sequence[str] | Sequence[int] | np.ndarray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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
        population = checked_population(population)
        object.__setattr__(self, "population", population)
        object.__setattr__(self, "flows", checked_flows(flows, population))

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

        Examples
        --------
        >>> from kompaslite.datasets import made_up
        >>> made_up(2, years=[2025, 2026]).isel(area=0).population["area"].item()
        '9901'
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

        Examples
        --------
        >>> from kompaslite.datasets import made_up
        >>> doubled = made_up(1, years=[2025, 2026]).map(lambda array: 2.0 * array)
        >>> round(float(doubled.population.sel(year=2025).sum()))
        6000
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

        Examples
        --------
        >>> from kompaslite.datasets import made_up
        >>> made_up(2, years=[2025, 2026]).sum("area").population.dims
        ('sex', 'age', 'year')
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

    def __repr__(self) -> str:
        """What these are accounts of, in a few lines."""
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        """The same, and how many persons there are each year."""
        first, *rest = self._lines()
        dims = [dim for dim in self.population.dims if dim not in ("draw", "year")]
        people = self.population.sum(dims)
        if "draw" in people.dims:
            people = people.mean("draw")
        persons = {str(year): f"{count:,.0f}" for year, count in zip(self.years, people.values, strict=True)}
        return f"{html_form(first, persons)}<p>{escape(' '.join(rest))}</p>"

    def _lines(self) -> list[str]:
        people, years = self.population, self.years
        single = [f"{dim} {people[dim].item()}" for dim in OUTER if dim in people.coords and not people[dim].ndim]
        several = [f"{people.sizes[dim]:,} {dim}s" for dim in OUTER if dim in people.dims]
        flows = f"Components of change: {', '.join(map(str, self.flows.data_vars)) or 'none'}."
        return [
            f"Accounts of {', '.join((*single, *several)) or 'one population'}",
            f"1 January {years[0]} to {years[-1]}, by sex and {people.sizes['age']} ages, the last from "
            f"{people['age'].values[-1]} up.",
            flows,
        ]

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


def _require_there(population: xr.DataArray, dim: str, labels: Labels) -> None:
    if dim not in population.dims:
        raise SchemaError(f"sel: the population has no dimension {dim}. Leave {dim} out of the selection.")
    have = set(population[dim].values.tolist())
    missing = [label for label in np.atleast_1d(np.asarray(labels)).tolist() if label not in have]
    if missing:
        raise SchemaError(
            f"sel: {len(missing)} labels of dimension {dim} are not there: {short_list(missing)}; it has "
            f"{short_list(population[dim].values.tolist())}. Choose among these."
        )


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

    Examples
    --------
    >>> require_accounts({"population": 3}, "forecast")
    Traceback (most recent call last):
        ...
    kompaslite.schema.errors.SchemaError: forecast: accounts are needed, not dict. Make them with ...
    """
    if not isinstance(accounts, Accounts):
        raise SchemaError(
            f"{name}: accounts are needed, not {type(accounts).__name__}. Make them with Accounts(population, flows)."
        )

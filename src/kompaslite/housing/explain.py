"""Why a scenario has more or fewer people than its baseline: parts that sum to the whole."""

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, newborns
from kompaslite.engine import Layout
from kompaslite.housing.run.arrivals_kernel import external_persons, households
from kompaslite.housing.run.drive import HousingDriver
from kompaslite.housing.run.inputs import prepare_housing
from kompaslite.housing.run.spread import at, labelled
from kompaslite.rates.exposure import exposure
from kompaslite.schema import OUTER, PERSONS, SIGNS, SchemaError, in_order

_CELL = ("sex", "age")
_LEAVING = ("out_migration", "emigration")
_ARRIVING = ("in_migration", "immigration", "net_migration")


def first_in_movers(drive: HousingDriver, accounts: Accounts) -> xr.DataArray:
    """Persons from outside who move into the new dwellings themselves, beyond the reference path.

    Parameters
    ----------
    drive : HousingDriver
        That drove the scenario.
    accounts : Accounts
        The scenario; its labels are read.

    Returns
    -------
    xr.DataArray
        Persons per year, ``(..., area, sex, age, year)``; negative where fewer dwellings are built than in the
        reference.
    """
    people = accounts.population
    outer = {dim: people[dim].values for dim in OUTER if dim in people.dims}
    layout = Layout(outer=outer, ages=people["age"].values, years=people["year"].values[:-1])
    inputs = prepare_housing(drive, layout)
    parts = []
    for position, fillers in enumerate(inputs.fillers):
        new = at(inputs.first, position)
        moved = households(new, new, np.zeros(1), fillers.chain)
        moved[..., 1:] = 0.0  # the new dwellings only, not those that their movers free
        persons = external_persons(moved, fillers)
        parts.append(persons.reshape(*persons.shape[:-1], 2, layout.ages.size))
    inner = tuple((dim, people[dim].values) for dim in _CELL)
    return labelled(parts, layout, inner=inner).assign_attrs(units="persons/year")


def explain_housing(
    scenario: Accounts, baseline: Accounts, *, drive: HousingDriver | None = None, by: str | None = None
) -> xr.Dataset:
    """Change in population against a baseline, split by how it came about.

    Parameters
    ----------
    scenario, baseline : Accounts
        Projections with the same labels; outer dimensions that only one has are broadcast.
    drive : HousingDriver, optional
        That drove the scenario. Without it all additional in-movers count as chain in-movers.
    by : {"sex", "age"}, optional
        Keep this dimension of the flows: the age at which somebody came, was born, died or left.

    Returns
    -------
    xr.Dataset
        Persons on 1 January, added up since the start, ``(..., area, year)``: ``first_in_movers`` (from outside into
        the new dwellings), ``chain_in_movers`` (from outside, all others), ``stayed`` (would have left at the rates of
        the baseline), ``births``, ``deaths`` and ``left_later`` (of the people who are there in addition, with a sign),
        ``moved_between_zones`` (nothing in sum) and ``other`` (adjustments). Their sum is ``change``, exactly.

    Raises
    ------
    SchemaError
        If years differ, or a flow is missing that moved people.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Lia"], "sex": ["female"], "age": [0, 1]}
    >>> def people(last):
    ...     values = [[[[9.0, 9.0], [40.0, last]]]]
    ...     return xr.DataArray(values, coords=key | {"year": [2025, 2026]}, attrs={"units": "persons"})
    >>> def come(number):
    ...     values = xr.DataArray([[[[9.0], [number]]]], coords=key | {"year": [2025]})
    ...     return xr.Dataset({"in_migration": values.assign_attrs(units="persons/year")})
    >>> parts = explain_housing(Accounts(people(54.0), come(5.0)), Accounts(people(50.0), come(1.0)))
    >>> float(parts.chain_in_movers.sel(year=2026).sum()), float(parts.change.sel(year=2026).sum())
    (4.0, 4.0)
    """
    _check_alike(scenario, baseline)
    if by not in (None, *_CELL):
        raise SchemaError(f"explain_housing: by {by!r} is not sex, age or None.")
    extra = {name: _difference(scenario, baseline, name) for name in _names(scenario, baseline)}
    parts: dict[str, xr.DataArray] = {}
    arrivals = _total(extra, _ARRIVING)
    parts["first_in_movers"] = 0.0 * arrivals if drive is None else first_in_movers(drive, scenario)
    parts["chain_in_movers"] = arrivals - parts["first_in_movers"]
    stayed, left = _leavers(scenario, baseline, extra)
    parts |= {"stayed": stayed, "births": _births(scenario, baseline), "deaths": -_total(extra, ("deaths",))}
    parts |= {"left_later": left, "moved_between_zones": _total(extra, ("moves_in",)) - _total(extra, ("moves_out",))}
    parts["other"] = _total(extra, ("adjustment",))
    kept = [dim for dim in _CELL if dim != by]
    result = {name: _added_up(part, kept, scenario) for name, part in parts.items()}
    total = sum(result.values(), start=xr.DataArray(0.0))
    ordered = {name: part.transpose(*in_order(part.dims)) for name, part in result.items()}
    change = total.transpose(*in_order(total.dims))
    _check_whole(change, scenario, baseline)
    return xr.Dataset({name: part.assign_attrs(units=PERSONS) for name, part in (ordered | {"change": change}).items()})


def _names(scenario: Accounts, baseline: Accounts) -> list[str]:
    return [name for name in SIGNS if name in scenario.flows or name in baseline.flows]


def _check_alike(scenario: Accounts, baseline: Accounts) -> None:
    for dim in ("year", "age", "area"):
        if dim not in scenario.population.dims or dim not in baseline.population.dims:
            raise SchemaError(f"explain_housing: dimension {dim} is missing. Project both with the same dimensions.")
        own, other = (accounts.population[dim].values.tolist() for accounts in (scenario, baseline))
        if own != other:
            raise SchemaError(
                f"explain_housing: labels of {dim} differ, {own[0]} to {own[-1]} and {other[0]} to {other[-1]}. "
                "Project both with the same labels."
            )


def _flow(accounts: Accounts, name: str) -> xr.DataArray:
    people = accounts.population.isel(year=slice(None, -1))
    return accounts.flows[name] if name in accounts.flows else xr.zeros_like(people)


def _difference(scenario: Accounts, baseline: Accounts, name: str) -> xr.DataArray:
    return _flow(scenario, name) - _flow(baseline, name)


def _total(extra: dict[str, xr.DataArray], names: tuple[str, ...]) -> xr.DataArray:
    found = [extra[name] for name in names if name in extra]
    nothing = 0.0 * next(iter(extra.values()))
    return sum(found, start=nothing)


def _births(scenario: Accounts, baseline: Accounts) -> xr.DataArray:
    if "births" not in scenario.flows:
        return 0.0 * _flow(scenario, "deaths")
    extra = newborns(scenario.flows["births"]) - newborns(baseline.flows["births"])
    ages = scenario.population["age"].values
    return extra.expand_dims(age=ages[:1]).reindex(age=ages, fill_value=0.0)


def _leavers(
    scenario: Accounts, baseline: Accounts, extra: dict[str, xr.DataArray]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Those who stayed although they would have left, and those who left because more people are there."""
    whole = -_total(extra, _LEAVING)
    if "out_migration" not in extra or "births" not in scenario.flows:
        return 0.0 * whole, whole
    years = scenario.population["year"].values[:-1]
    own, usual = exposure(scenario, years), exposure(baseline, years)
    rate = (_flow(baseline, "out_migration") / usual.where(usual > 0.0)).fillna(0.0)
    known = usual > 0.0
    at_usual_rates = (rate * own).where(known, _flow(scenario, "out_migration"))
    stayed = at_usual_rates - _flow(scenario, "out_migration")
    return stayed, whole - stayed


def _added_up(part: xr.DataArray, over: list[str], scenario: Accounts) -> xr.DataArray:
    total = part.sum([dim for dim in over if dim in part.dims], skipna=False)
    years = scenario.population["year"].values
    since = total.cumsum("year").assign_coords(year=years[1:])
    return since.reindex(year=years, fill_value=0.0)


def _check_whole(change: xr.DataArray, scenario: Accounts, baseline: Accounts) -> None:
    """The parts are flows; that they make up the populations is what balanced accounts are for."""
    difference = (scenario.population - baseline.population).sum(_CELL, skipna=False)
    gap = np.abs(change.sum([dim for dim in _CELL if dim in change.dims], skipna=False) - difference)
    if float(gap.max()) > 1e-6 * (1.0 + float(np.abs(difference).max())):
        raise SchemaError(
            f"explain_housing: the flows leave {float(gap.max()):.6g} persons of the change without a reason. Keep all "
            "flows of both projections, and start them from the same population."
        )

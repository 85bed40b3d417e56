"""Why a forecast has more or fewer people than another: by housing's parts, and by a plan that did not come about."""

from collections.abc import Mapping
from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, newborns, require_accounts
from kompaslite.housing.labels import at, labelled
from kompaslite.housing.market.additionality import mean_and_interval
from kompaslite.housing.market.chains import external_persons, households
from kompaslite.housing.market.market import multiplier
from kompaslite.housing.run.record import HousingRecord
from kompaslite.housing.run.setup import HousingModel
from kompaslite.rates import exposure
from kompaslite.schema import PERSONS, SEXES, SIGNS, SchemaError, in_order, reject, short_list, with_total
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, age_groups

_CELL = ("sex", "age")
_LEAVING = ("out_migration", "emigration")
_ARRIVING = ("in_migration", "immigration", "net_migration")


def first_in_movers(record: HousingRecord) -> xr.DataArray:
    """Persons from outside who move into the new dwellings themselves, beyond the reference path.

    Parameters
    ----------
    record : HousingRecord
        Of the forecast.

    Returns
    -------
    xr.DataArray
        Persons per year, ``(..., area, sex, age, year)``; negative where fewer dwellings are built than in the
        reference.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.datasets import load_example
    >>> from kompaslite.housing import (
    ...     Housing, HousingModel, build, default_headship, even_market, households_of, project_with_housing
    ... )
    >>> baerum = load_example("baerum")
    >>> start, rates = baerum.observed.population.sel(year=2026), baerum.method(baerum.observed, [2026])
    >>> homes = households_of(start, default_headship()).drop_vars("year").expand_dims(dwelling_type=["row"])
    >>> stock = homes.transpose("area", "dwelling_type").assign_attrs(units="dwellings")
    >>> key = {"area": ["3201"], "dwelling_type": ["row"], "year": [2026]}
    >>> built = xr.DataArray([[[200.0]]], coords=key, attrs={"units": "dwellings/year"})
    >>> model = HousingModel.with_defaults(even_market(stock, external=0.45, new=0.2))
    >>> record = project_with_housing(start, rates, Housing(model, build(stock, built)))[1]
    >>> first_in_movers(record).dims
    ('area', 'sex', 'age', 'year')
    """
    layout, inputs = record.layout, record.inputs
    parts = []
    for position, arrivals in enumerate(inputs.arrivals):
        new = at(inputs.first, position)
        moved = households(new, new, np.zeros(1), arrivals.chain)
        moved[..., 1:] = 0.0  # the new dwellings only, not those that their movers free
        persons = external_persons(moved, arrivals)
        parts.append(persons.reshape(*persons.shape[:-1], 2, layout.ages.size))
    inner = (("sex", np.array(SEXES)), ("age", layout.ages))
    return labelled(parts, layout, inner=inner).assign_attrs(units="persons/year")


def explain_housing(
    scenario: Accounts, baseline: Accounts, *, record: HousingRecord | None = None, keep: str | None = None
) -> xr.Dataset:
    """Change in population against a baseline, split by how it came about.

    Parameters
    ----------
    scenario, baseline : Accounts
        Projections with the same labels; outer dimensions that only one has are broadcast.
    record : HousingRecord, optional
        Of the scenario. Without it all additional in-movers count as chain in-movers.
    keep : {"sex", "age"}, optional
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
        If labels differ, the record is of another forecast, or a flow is missing that moved people.

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
    if record is not None:
        _check_record(record, scenario)
    if keep not in (None, *_CELL):
        raise SchemaError(f"explain_housing: keep {keep!r} is not sex, age or None.")
    names = [name for name in SIGNS if name in scenario.flows or name in baseline.flows]
    extra = {name: _flow(scenario, name) - _flow(baseline, name) for name in names}
    parts: dict[str, xr.DataArray] = {}
    arrivals = _total(extra, _ARRIVING)
    parts["first_in_movers"] = 0.0 * arrivals if record is None else first_in_movers(record)
    parts["chain_in_movers"] = arrivals - parts["first_in_movers"]
    stayed, left = _leavers(scenario, baseline, extra)
    parts |= {"stayed": stayed, "births": _births(scenario, baseline), "deaths": -_total(extra, ("deaths",))}
    parts |= {"left_later": left, "moved_between_zones": _total(extra, ("moves_in",)) - _total(extra, ("moves_out",))}
    parts["other"] = _total(extra, ("adjustment",))
    over = [dim for dim in _CELL if dim != keep]
    result = {name: _added_up(part, over, scenario) for name, part in parts.items()}
    total = sum(result.values(), start=xr.DataArray(0.0))
    ordered = {name: part.transpose(*in_order(part.dims)) for name, part in result.items()}
    change = total.transpose(*in_order(total.dims))
    _check_whole(change, scenario, baseline)
    return xr.Dataset({name: part.assign_attrs(units=PERSONS) for name, part in (ordered | {"change": change}).items()})


def _check_alike(scenario: Accounts, baseline: Accounts) -> None:
    people = (scenario.population, baseline.population)
    for dim in ("year", "sex", "age", "area"):
        if any(dim not in part.dims for part in people):
            raise SchemaError(f"explain_housing: dimension {dim} is missing. Project both with the same dimensions.")
    for shared in (dim for dim in people[0].dims if dim in people[1].dims):
        own, other = (part[shared].values.tolist() for part in people)
        if own != other:
            raise SchemaError(
                f"explain_housing: labels of {shared} differ, {own[0]} to {own[-1]} and {other[0]} to {other[-1]}. "
                "Project both with the same labels."
            )


def _check_record(record: HousingRecord, scenario: Accounts) -> None:
    """Whether the record is that of the scenario: it knows how many people were in each zone after each year."""
    people = scenario.population.sum(_CELL, skipna=False).isel(year=slice(1, None))
    known = record.people
    for dim in dict.fromkeys((*people.dims, *known.dims)):
        own, other = (part[dim].values.tolist() if dim in part.dims else None for part in (people, known))
        if own != other:
            raise SchemaError(
                f"explain_housing: the record is of another forecast: labels of {dim} differ. Give the record that "
                "project_with_housing returned with this scenario."
            )
    words = "explain_housing: the record is of another forecast: {bad} of {all} populations differ; the first is "
    off = abs(people - known) > 1e-6 * (1.0 + known)
    mend = "Give the record that project_with_housing returned with this scenario."
    reject(off, people, words + "{first:,.1f} in the scenario at {cell}.", mend)


def _flow(accounts: Accounts, name: str) -> xr.DataArray:
    people = accounts.population.isel(year=slice(None, -1))
    return accounts.flows[name] if name in accounts.flows else xr.zeros_like(people)


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


#: Columns of the table. The plan's part comes out of a model and carries an interval; it is not observed.
COLUMNS = ("deviation", "plan (modelled)", "plan low", "plan high", "not explained")


def plan_deviation(
    planned: Accounts,
    completed: Accounts,
    deviation: Mapping[str, float],
    *,
    year: int,
    level: float = 0.9,
) -> pd.DataFrame:
    """Split a forecast's deviation into what the plan explains and what it does not.

    Parameters
    ----------
    planned : Accounts
        The forecast with the dwellings that were planned.
    completed : Accounts
        The same forecast with the dwellings that were completed; with ``draw``, the interval comes out of the draws.
    deviation : mapping
        Actual less forecast, persons, by age group and ``total``.
    year : int
        1 January at which the forecast is judged.
    level : float
        Share of the draws within the interval.

    Returns
    -------
    pd.DataFrame
        A row for each age group and the total, persons: ``deviation``, ``plan (modelled)`` (mean of the draws),
        ``plan low``, ``plan high`` and ``not explained``. The plan's column sums to its total; ends of intervals do
        not sum.

    Raises
    ------
    SchemaError
        If the deviation lacks a group or the total, there are no draws, or the two forecasts are not of the same areas.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np, xarray as xr
    >>> built = made_up(1, years=[2025, 2026])
    >>> luck = xr.DataArray(np.linspace(0.98, 1.0, 11), coords={"draw": np.arange(11)})
    >>> fewer = built.map(lambda array: (array * luck).transpose("draw", ...))
    >>> split = plan_deviation(built, fewer, {"0-66": -50.0, "67+": -9.0, "total": -59.0}, year=2026)
    >>> split.loc["total"].round().tolist()
    [-59.0, -30.0, -57.0, -3.0, -29.0]
    """
    _check_sides(planned, completed)
    _check_deviation(deviation)
    groups = [name for name in deviation if name != "total"]
    missing = [name for name in NOTE_AGE_GROUPS if name not in groups] if set(groups) <= set(NOTE_AGE_GROUPS) else []
    if missing or "total" not in deviation:
        raise SchemaError(f"plan_deviation: {short_list([*missing, 'total'][:1])} is missing in the deviation. Add it.")
    effect = _sum(completed, year) - _sum(planned, year)
    by_group = age_groups(effect.assign_attrs(units="persons"), groups, complete=True)
    stats = mean_and_interval(with_total(by_group, "age_group"), level=level).to_dataframe()
    table = pd.DataFrame(index=pd.Index([*groups, "total"], name="age_group"), columns=list(COLUMNS), dtype=float)
    table["deviation"] = [float(deviation[name]) for name in table.index]
    for column, name in (("plan (modelled)", "mean"), ("plan low", "low"), ("plan high", "high")):
        table[column] = stats.loc[table.index, name]
    table["not explained"] = table["deviation"] - table["plan (modelled)"]
    return table


def _check_sides(planned: Accounts, completed: Accounts) -> None:
    for name, one in {"planned": planned, "completed": completed}.items():
        require_accounts(one, f"plan_deviation: {name}")
        surplus = [dim for dim in ("scenario", "origin") if dim in one.population.dims]
        if surplus:
            raise SchemaError(f"plan_deviation: {name} has the dimension {short_list(surplus)}. Select one of it.")
    for dim in ("area", "sex", "age"):
        have, want = (_labels(one, dim) for one in (completed, planned))
        if have != want:
            raise SchemaError(
                f"plan_deviation: planned and completed do not have the same labels of dimension {dim}. Make both from "
                "one forecast, with other dwellings only."
            )


def _labels(accounts: Accounts, dim: str) -> set[object] | None:
    return set(accounts.population[dim].values.tolist()) if dim in accounts.population.dims else None


def _check_deviation(deviation: Mapping[str, float]) -> None:
    if not isinstance(deviation, Mapping):
        raise SchemaError('plan_deviation: deviation is a mapping by age group, {"0": -6, ..., "total": -217}.')
    numbers = {name: isinstance(value, Real) and isfinite(value) for name, value in deviation.items()}
    wrong = [f"{name}: {deviation[name]!r}" for name, number in numbers.items() if not number]
    if wrong:
        raise SchemaError(f"plan_deviation: {len(wrong)} deviations are not numbers of persons: {short_list(wrong)}.")


def _sum(accounts: Accounts, year: int) -> xr.DataArray:
    people = accounts.population
    if year not in people["year"].values:
        raise SchemaError(f"plan_deviation: the forecast has no population of {year}. Choose one of its years.")
    return people.sel(year=year, drop=True).sum([dim for dim in ("area", "sex") if dim in people.dims])


def housing_yield(model: HousingModel) -> xr.Dataset:
    """Persons that one more dwelling brings, by zone and type: what the accounts say, and what is added.

    Parameters
    ----------
    model : HousingModel
        Any part of it may carry draws.

    Returns
    -------
    xr.Dataset
        ``structural``: households from outside along the chain times their persons; ``effective``: times
        additionality. Persons per dwelling, ``(..., area, dwelling_type)``.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import HousingModel, even_market
    >>> homes = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> model = HousingModel.with_defaults(even_market(homes, external=0.49, new=0.21))
    >>> yields = housing_yield(model)
    >>> yields.structural.values.round(3), yields.effective.values.round(3)
    (array([[1.547]]), array([[0.541]]))
    """
    structural = multiplier(model.market, model.occupancy).persons
    effective = (model.additionality * structural).assign_attrs(units="persons/dwelling")
    return xr.Dataset({"structural": structural.assign_attrs(units="persons/dwelling"), "effective": effective})

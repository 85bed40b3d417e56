"""The default method: accounts of the past in, assumptions of a cohort-component projection out."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.methods.contract import Sources, flow_years
from kompaslite.methods.default_method.housing import AdaptedByHousing
from kompaslite.methods.default_method.inputs import Nation, read_known
from kompaslite.methods.default_method.outlook import Outlook, outlook_of
from kompaslite.methods.default_method.parameters import DefaultParameters
from kompaslite.methods.default_method.vital import central_rates
from kompaslite.rates import cohort_end, cohort_start, exposure, residual_accounts
from kompaslite.rates.migration import ARRIVALS, LEAVERS
from kompaslite.schema import count_unit, rate_unit, reject, short_list

#: The parameters that the evidence speaks for.
DEFAULTS = DefaultParameters()
#: Years of moves that give the turnover; no person of the forecast depends on it.
TURNOVER_YEARS = 5


def default(
    observed: Accounts,
    years: Sequence[int],
    *,
    sources: Sources | None = None,
    parameters: DefaultParameters = DEFAULTS,
    area_groups: Mapping[str, str] | None = None,
    housing: AdaptedByHousing | None = None,
) -> xr.Dataset:
    """What the default method assumes for the years to come.

    Net migration of each area is the nation's plus a local profile by age on a local level; the profile is drawn to
    that of areas of like size, the level to that of the area's group, and neither is taken for lasting whole. The
    nation's migration returns to its long mean, its mortality falls by bands of age, its fertility follows a damped
    trend. Net gains go on as counts, net losses as rates. The page "The default method" of the documentation has the
    equations, and `DefaultParameters` every choice with its evidence.

    Parameters
    ----------
    observed : Accounts
        Population ``(area, sex, age, year)`` of at least three years, single years of age from 0; or of one place,
        without ``area``. Births and deaths are used where they are known, and where gross moves are known by sex and
        age, the assumptions have gross moves with the same net migration.
    years : sequence of int
        Flow years of the forecast, the last observed year first.
    sources : Sources, optional
        Of the nation: population, mortality by age reached, fertility. What is absent is stood in for: the population
        by the sum of the areas (the level of migration then lacks its long mean, and errors at lead 10 grow),
        mortality by a curve through the old cohorts, fertility by a standard schedule.
    parameters : DefaultParameters
        Every choice of the method.
    area_groups : mapping of str to str, optional
        Group of each area, whose level of migration the areas share; the first two letters of the area code unless
        given, which is the county in Norwegian codes. An area that it does not name stands by itself.
    housing : callable, optional
        ``(assumptions, observed, sources) -> assumptions``, called last: see `with_housing`.

    Returns
    -------
    xr.Dataset
        ``fertility`` (births per woman and year), ``sex_ratio_at_birth``, ``mortality`` (1/year), ``in_migration``
        (persons per year), ``out_migration`` (1/year), over ``(area, sex, age, year)``, ages as reached during the
        year; with gross moves also ``immigration`` and ``emigration`` where they are known. ``attrs["sources"]`` says
        what stood in for what, ``attrs["moves"]`` whether moves are net or gross, and ``attrs["without_group"]`` lists
        areas that stand by themselves.

    Raises
    ------
    SchemaError
        If there are fewer than three years (the message says how many are needed), areas are empty at the origin (they
        are listed), labels do not fit together, or an area would lose more people of an age than it has.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from kompaslite.engine import project
    >>> alive = np.exp(-((np.arange(101) / 85.0) ** 8))
    >>> people = xr.DataArray(
    ...     np.ones((2, 2, 1, 1)) * 500.0 * alive[:, None] * 1.01 ** np.arange(4),
    ...     coords={"area": ["3201", "3203"], "sex": ["female", "male"], "age": range(101), "year": range(2023, 2027)},
    ...     attrs={"units": "persons"},
    ... )
    >>> assumed = default(Accounts(people), range(2026, 2031))
    >>> forecast = project(people.sel(year=2026), assumed).population.sum(["sex", "age"])
    >>> bool((forecast.sel(year=2031) > forecast.sel(year=2026)).all())
    True
    """
    context = Sources() if sources is None else sources
    wanted = flow_years(observed, years, "default")
    accounts, alone = _by_area(observed)
    known = read_known(accounts, context, area_groups, parameters)
    outlook = outlook_of(known, np.array(wanted), parameters)
    assumed = assumptions_of(outlook, accounts.population, wanted)
    assumed = with_gross_moves(assumed, accounts, moves=split_totals(accounts, known.nation))
    assumed = _with_sources(assumed, known.nation.words)
    attrs = {
        "method": "default",
        "sources": "; ".join(f"{name}: {words}" for name, words in known.nation.words.items()),
    }
    if known.alone:
        attrs["without_group"] = ", ".join(known.alone)
    assumed = (assumed.isel(area=0, drop=alone == "") if alone is not None else assumed).assign_attrs(attrs)
    return assumed if housing is None else housing(assumed, observed, context)


def _with_sources(assumed: xr.Dataset, words: Mapping[str, str]) -> xr.Dataset:
    """Every component with where it comes from, as `component_sources` reads it."""
    moves = f"local, above the nation; nation: {words['nation']}"
    sources = {
        "fertility": f"local level; by age: {words['fertility']}",
        "sex_ratio_at_birth": f"children of age 0; nation: {words['nation']}",
        "mortality": words["mortality"],
    }
    return assumed.assign(
        {name: part.assign_attrs(source=sources.get(str(name), moves)) for name, part in assumed.data_vars.items()}
    )


def _by_area(observed: Accounts) -> tuple[Accounts, str | None]:
    """Accounts with areas, and the label of the one place that they were of, empty if it has none."""
    if "area" in observed.population.dims:
        return observed, None
    label = str(observed.population.coords["area"].item()) if "area" in observed.population.coords else ""
    return observed.map(lambda array: array.expand_dims(area=[label])), label


def assumptions_of(outlook: Outlook, population: xr.DataArray, years: Sequence[int]) -> xr.Dataset:
    """Net gains as counts, net losses as rates, in terms of the mean-exposure step."""
    coords = {dim: population[dim].values for dim in ("area", "sex", "age")} | {"year": list(years)}
    cells = xr.DataArray(outlook.kept, coords=coords, dims=("area", "sex", "age", "year"))
    rates = central_rates(outlook.kept)
    left = outlook.kept + np.minimum(outlook.net, 0.0)
    _check_left(cells.copy(data=left))
    gone = np.where(outlook.net < 0.0, central_rates(left) - rates, 0.0)
    come = np.maximum(outlook.net, 0.0) * outlook.usual[..., None] * (1.0 + rates / 2.0)
    girls = 1.0 - outlook.male_share
    return xr.Dataset(
        {
            "fertility": cells.isel(sex=0, drop=True).copy(data=outlook.fertility).assign_attrs(units=rate_unit()),
            "sex_ratio_at_birth": xr.DataArray(outlook.male_share / girls, attrs={"units": "1"}),
            "mortality": cells.copy(data=rates).assign_attrs(units=rate_unit()),
            "in_migration": cells.copy(data=come).assign_attrs(units=count_unit()),
            "out_migration": cells.copy(data=gone).assign_attrs(units=rate_unit()),
        }
    )


def _check_left(left: xr.DataArray) -> None:
    emptied = left.copy(data=left.values <= 0.0)
    areas = left["area"].values[emptied.any(["sex", "age", "year"]).values].tolist()
    words = (
        f"default: {{bad}} cells of {len(areas)} areas would lose more people than they have: "
        f"{short_list(areas, most=20)}; the first is {{cell}}."
    )
    mend = (
        "Their history breaks off: leave the areas out, or draw them closer to the others with shape.age_shrink and "
        "level.own_shrink."
    )
    reject(emptied, None, words, mend)


def split_totals(observed: Accounts, nation: Nation) -> Accounts:
    """Moves of the last years by sex and age, where they are known as totals in both directions; else as they are."""
    flows = observed.flows
    totals = [name for name in ("in_migration", "immigration", "out_migration", "emigration") if name in flows]
    totals = [name for name in totals if not {"sex", "age"} <= {*flows[name].dims}]
    if not set(totals) & set(ARRIVALS) or not set(totals) & set(LEAVERS):
        return observed
    known = [{*flows[name]["year"].values.tolist()} for name in totals]
    years = sorted(year for year in set.intersection(*known) if year >= nation.table_years[0])[-TURNOVER_YEARS:]
    if not years or years != list(range(years[0], years[-1] + 1)):
        return observed
    people = observed.population.sel(year=[*years, years[-1] + 1])
    inner = {dim: people[dim].values for dim in ("sex", "age")}
    mortality = xr.DataArray(nation.mortality(np.array(years)), coords=inner | {"year": years})
    fertility = xr.DataArray(nation.schedule, coords={"age": inner["age"]})
    whole = {name: _total(flows[name].sel(year=years)) for name in totals}
    for name, part in (
        residual_accounts(people, mortality=mortality, fertility=fertility).flows[["births", "deaths"]].items()
    ):
        seen = name in flows and set(years) <= {*flows[name]["year"].values.tolist()}
        whole[str(name)] = _total(flows[name].sel(year=years) if seen else part)
    return residual_accounts(Accounts(people, xr.Dataset(whole)), mortality=mortality, fertility=fertility)


def _total(flow: xr.DataArray) -> xr.DataArray:
    return flow.sum([dim for dim in ("sex", "age") if dim in flow.dims]).assign_attrs(units=count_unit())


def with_gross_moves(
    assumptions: xr.Dataset, observed: Accounts, *, moves: Accounts, years: int = TURNOVER_YEARS
) -> xr.Dataset:
    """Add moves in both directions to net ones, at the turnover that was observed."""
    arrivals, leavers = (_by_cell(moves, tuple(names), years) for names in (ARRIVALS, LEAVERS))
    if not arrivals or not leavers:
        return assumptions.assign_attrs(moves="net")
    rate = _turnover(moves, _sum(arrivals), _sum(leavers))
    path = project(observed.population.sel(year=observed.years[-1]), assumptions)
    along = rate * exposure(path, assumptions["year"].values)
    come = _split(assumptions["in_migration"], along, _abroad(arrivals, "immigration"), "immigration")
    gone = _split(assumptions["out_migration"], rate, _abroad(leavers, "emigration"), "emigration")
    return assumptions.assign(come | gone).assign_attrs(moves="gross")


def _by_cell(observed: Accounts, names: tuple[str, ...], years: int) -> dict[str, xr.DataArray]:
    """Sums over the last years of the moves that are known by sex and age, each with the years it has."""
    cells = [dim for dim in observed.population.dims if dim != "year"]
    known = [name for name in names if name in observed.flows and {*cells} <= {*observed.flows[name].dims}]
    return {name: observed.flows[name].isel(year=slice(-years, None)) for name in known}


def _sum(parts: dict[str, xr.DataArray]) -> xr.DataArray:
    """All kinds together, in the years that all of them have."""
    total, *others = xr.align(*parts.values(), join="inner")
    for other in others:
        total = total + other
    return total


def _turnover(observed: Accounts, come: xr.DataArray, gone: xr.DataArray) -> xr.DataArray:
    come, gone = xr.align(come, gone, join="inner")
    years = come["year"].values
    start, end = cohort_start(observed, years), cohort_end(observed, years)
    start = start.where(start["age"] > 0, end)  # births may be unknown by sex; the infants who are left stand in
    lived = (start + end).sum("year") / 2.0
    come, gone = come.sum("year"), gone.sum("year")
    both = come.where(come < gone, gone)
    return (both / lived.where(lived > 0.0)).fillna(0.0)


def _abroad(parts: dict[str, xr.DataArray], name: str) -> xr.DataArray | None:
    """Share of the moves that cross the country's border."""
    if name not in parts or len(parts) == 1:
        return None
    whole = _sum(parts).sum("year")
    share = parts[name].sum("year") / whole.where(whole > 0.0)
    return share.fillna(0.0).clip(max=1.0)


def _split(net: xr.DataArray, more: xr.DataArray, abroad: xr.DataArray | None, name: str) -> dict[str, xr.DataArray]:
    whole = (net + more).transpose(*net.dims).assign_attrs(net.attrs)
    if abroad is None:
        return {str(net.name): whole}
    outside = (whole * abroad).transpose(*net.dims).assign_attrs(net.attrs)
    return {str(net.name): (whole - outside).assign_attrs(net.attrs), name: outside}

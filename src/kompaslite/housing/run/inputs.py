"""What the loop needs of housing, year by year, on bare arrays ``[year, lead, zone, ...]``."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.housing.data.dwellings import Dwellings
from kompaslite.housing.data.headship import households_of
from kompaslite.housing.labels import HousingError, at, to_array
from kompaslite.housing.market.chains import (
    ArrivalsPerDwelling,
    between_zones,
    households,
    net_households,
    per_household,
)
from kompaslite.housing.market.market import Array, fundamental, zone_transfer
from kompaslite.housing.run.setup import HousingSetup, given_numbers, reject_years
from kompaslite.schema import (
    PERSONS,
    SchemaError,
    reject,
    require_labels,
)

_HOMES = ("dwelling_type",)
_CELL = ("sex", "age")
#: Flows of leavers that set dwellings free; those who come from other zones by rates fill some.
RELEASING = {"out_migration": 1, "emigration": 1, "moves_out": 1, "moves_in": -1}


#: Occupied dwellings and households at the start may differ by this factor; beyond it one of them has another unit.
UNLIKE = 20.0
_ByYear = list[ArrivalsPerDwelling]


@dataclass(frozen=True, slots=True, eq=False)
class HousingInputs:
    """Bare arrays of one run. The first axis is the year; any but the last axes may have length 1."""

    #: Households per person, ``[1, lead, zone, cell]``; cells are sex and age.
    weights: Array
    #: Persons kept apart, or shares of the population.
    apart: Array | None
    apart_is_share: bool
    #: Dwellings released per leaver and per death.
    release_move: Array
    release_death: Array
    #: Arrivals and rates of the trend; the other exits are abroad and to other zones.
    in_migration: Array
    out_migration: Array
    other_exits: Array
    mortality: Array
    #: Households per household that the headship rates give, so that those at the start fill the occupied dwellings.
    headship_level: Array
    #: Households to reach by the end of the year, ``[year, lead, zone]``, and those of the trend.
    target: Array
    trend_households: Array
    #: People of the trend at the end of its first year, ``[lead, zone, cell]``.
    trend_end: Array
    #: Of these, what the new dwellings bring beyond the arrivals that they are filled with: found by the factor.
    by_factor: Array
    #: Dwellings released in the trend, ``[year, lead, zone]``.
    reference_released: Array
    #: Openings by the dwellings beyond the reference path, ``[year, lead, zone, type]``, and those that are new.
    opened: Array
    first: Array
    #: Share of the dwellings beyond the reference path that is young, ``[year, lead, zone, type]``.
    young: Array
    #: Types of a zone's dwellings, shares, in the scenario and in the reference.
    own_types: Array
    reference_types: Array
    #: All dwellings at the end of the year, ``[year, lead, zone]``.
    stock: Array
    #: Given numbers, NaN where housing decides, ``[year, lead, zone]``.
    given_in: Array
    given_population: Array
    #: Control totals, NaN where there is none, ``[year, lead, zone]`` or ``[year, lead, 1]``.
    given_total: Array
    #: Rise of all occupied dwellings, ``[year, lead, zone, type]``.
    occupied_change: Array
    #: Who fills an opening on average, ``[lead, zone, type]`` and ``[lead, cell, cell]``; at the margin, by year.
    external: Array
    transfer: Array
    arrivals: tuple[ArrivalsPerDwelling, ...]


def prepare_housing(setup: HousingSetup, layout: Layout) -> HousingInputs:
    """Align housing with the projection that it runs in."""
    model, bounds = setup.model, np.append(layout.years, layout.years[-1] + 1)
    weights = _cells(model.headship, layout, "headship")
    trend_households = _trend_households(setup, layout, bounds)
    fillers, marginal = _arrivals_per_dwelling(setup, layout, trend_households)
    own, path = (_homes_of(homes, setup, layout, bounds) for homes in (setup.housing.dwellings, setup.reference))
    _check_starts(own, path, layout, setup)
    opened, first = own.opened - path.opened, own.first - path.first
    brought, by_factor = _brought(opened, first, (fillers, marginal), weights)
    built = np.cumsum(brought, axis=0)
    occupied = own.occupied.sum(axis=-1)[1:]
    follow = at(to_array(_array(model.pass_through), layout, "pass_through"), 0)
    level = _headship_level(own.occupied[0].sum(axis=-1), trend_households[0], layout)
    target = (1.0 - follow) * (trend_households[1:] + built) + follow * occupied / level
    given_in, given_population, given_total = given_numbers(setup.housing.given, layout, bounds)
    arrays = {
        name: _assumed(setup.assumptions, name, layout) for name in ("in_migration", "out_migration", "mortality")
    }
    return HousingInputs(
        weights=weights,
        apart=None if model.apart is None else _cells(model.apart, layout, "apart", years=bounds)[-layout.years.size :],
        apart_is_share=model.apart is not None and model.apart.attrs.get("units") != PERSONS,
        release_move=_cells(model.releases["moves"], layout, "releases"),
        release_death=_cells(model.releases["deaths"], layout, "releases"),
        other_exits=_other_exits(setup.assumptions, layout),
        headship_level=level,
        target=target,
        trend_households=trend_households[1:],
        trend_end=at(_cells(setup.trend.population, layout, "trend population", years=bounds), 1),
        by_factor=by_factor,
        reference_released=_trend_released(setup, layout),
        opened=opened,
        first=first,
        young=_young(own, path, model.young_years),
        own_types=_shares_of_types(own, setup, layout, bounds),
        reference_types=_shares_of_types(path, setup, layout, bounds),
        stock=own.stock.sum(axis=-1)[1:],
        given_in=given_in,
        given_population=given_population,
        given_total=given_total,
        occupied_change=own.opened,
        external=_external(setup, layout),
        transfer=_transfer(setup, layout),
        arrivals=tuple(marginal),
        **arrays,
    )


def _array(value: xr.DataArray | float) -> xr.DataArray:
    return value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))


def _cells(array: xr.DataArray, layout: Layout, name: str, *, years: Array | None = None) -> Array:
    if array["age"].values.tolist() != layout.ages.tolist():
        raise SchemaError(
            f"{name}: its ages are {array['age'].values[0]} to {array['age'].values[-1]}, those of the population "
            f"{layout.ages[0]} to {layout.ages[-1]}. Give it the ages of the population."
        )
    values = to_array(array, layout, name, inner=_CELL, years=years)
    values = np.broadcast_to(values, (*values.shape[:-2], 2, layout.ages.size))
    return values.reshape(*values.shape[:-2], -1)


def _assumed(assumptions: xr.Dataset, name: str, layout: Layout) -> Array:
    if name not in assumptions:
        raise SchemaError(
            f"housing: {name} is missing in the assumptions. Housing acts on gross moves, in and out: give "
            "in_migration (persons) and out_migration (rates) instead of net_migration."
        )
    return _cells(assumptions[name], layout, name)


def _other_exits(assumptions: xr.Dataset, layout: Layout) -> Array:
    rates = [assumptions["emigration"]] if "emigration" in assumptions else []
    rates += [assumptions["moves"].sum("destination")] if "moves" in assumptions else []
    return sum((_cells(rate, layout, "rates of leaving") for rate in rates), np.zeros((1, 1, 1, 1)))


def _trend_households(setup: HousingSetup, layout: Layout, bounds: Array) -> Array:
    households = households_of(setup.trend.population, setup.model.headship, apart=setup.model.apart)
    return to_array(households, layout, "trend population", years=bounds)


def _headship_level(occupied: Array, households: Array, layout: Layout) -> Array:
    """Occupied dwellings per household of the people at the start, ``[lead, zone]``; 1 where nobody lives yet."""
    both = (occupied > 0.0) & (households > 0.0)
    level: Array = np.where(both, occupied, 1.0) / np.where(both, households, 1.0)
    homes, formed = (float(part.sum(axis=-1).mean()) for part in (occupied, households))
    if not homes <= UNLIKE * formed <= UNLIKE**2 * homes:
        raise HousingError(
            f"dwellings: {homes:,.1f} are occupied at the start of {layout.years[0]} in all areas together (all "
            f"dwelling types), and the people form {formed:,.1f} households. Count dwellings one by one, not in "
            "thousands, and those of the same areas as the people."
        )
    return level


def _trend_released(setup: HousingSetup, layout: Layout) -> Array:
    flows, releases = setup.trend.flows, setup.model.releases
    missing = [name for name in ("out_migration", "deaths") if name not in flows]
    if missing:
        raise SchemaError(
            f"housing: the trend has no {missing[0]}. Project it with the same assumptions and keep its flows."
        )
    released = xr.dot(flows["deaths"], releases["deaths"], dim=_CELL)
    for name, sign in RELEASING.items():
        if name in flows:
            released = released + sign * xr.dot(flows[name], releases["moves"], dim=_CELL)
    return to_array(released, layout, "trend flows")


def _check_starts(own: "_Homes", path: "_Homes", layout: Layout, setup: HousingSetup) -> None:
    """Both paths begin with the same dwellings, since only what happens after it is compared."""
    difference = own.stock[0] - path.stock[0]
    bad = np.any(np.abs(difference) > 1e-6 * (1.0 + np.abs(own.stock[0])), axis=0)
    coords = {"area": layout.outer["area"], "dwelling_type": setup.model.market["dwelling_type"].values}
    full = np.broadcast_to(bad, tuple(map(len, coords.values())))
    words = "reference: {bad} zones and types do not begin with the dwellings of the scenario; the first is {cell}, "
    mend = "Give both paths the same stock; what is built after it may differ."
    where = xr.DataArray(full, coords=coords, dims=tuple(coords))
    reject(where, None, f"{words}year {layout.years[0]}.", mend, error=HousingError)


@dataclass(frozen=True, slots=True, eq=False)
class _Homes:
    """Dwellings of a path, ``[year, lead, zone, type]``: at the bounds of the years, and in the years."""

    stock: Array
    occupied: Array
    completions: Array
    first: Array

    @property
    def opened(self) -> Array:
        """Rise of the occupied stock."""
        return np.diff(self.occupied, axis=0)

    @property
    def types(self) -> tuple[Array, Array]:
        """A zone's dwellings by type, those occupied at the start of the year and those moved into in it; all types."""
        homes = self.occupied[:-1] + np.maximum(self.first, 0.0)
        return homes, homes.sum(axis=-1, keepdims=True)


def _homes_of(dwellings: Dwellings, setup: HousingSetup, layout: Layout, bounds: Array) -> _Homes:
    types = setup.model.market["dwelling_type"].values

    def bare(array: xr.DataArray, years: Array) -> Array:
        array = require_labels(array, "dwelling_type", types, "dwellings", against="the market")
        return to_array(array, layout, "dwellings", inner=_HOMES, years=years)

    return _Homes(
        stock=bare(dwellings.stock, bounds),
        occupied=bare(dwellings.occupied, bounds),
        completions=bare(dwellings.flow("completions"), layout.years),
        first=bare(dwellings.first_homes, layout.years),
    )


def _young(own: _Homes, path: _Homes, years: int) -> Array:
    built = own.completions - path.completions
    total = np.concatenate([np.zeros_like(built[:1]), np.cumsum(built, axis=0)])
    oldest = np.maximum(np.arange(len(built)) - years, 0)
    young = total[:-1] - total[oldest]
    beyond = own.stock[:-1] - path.stock[:-1]
    share: Array = np.clip(np.where(beyond != 0.0, young / np.where(beyond != 0.0, beyond, 1.0), 0.0), 0.0, 1.0)
    return share


def _shares_of_types(homes: _Homes, setup: HousingSetup, layout: Layout, bounds: Array) -> Array:
    parts, total = homes.types
    if (total <= 0.0).any():
        _check_homes(setup, layout, total[..., 0], bounds)
    shares: Array = parts / np.where(total > 0.0, total, 1.0)
    return shares


def _check_homes(setup: HousingSetup, layout: Layout, total: Array, bounds: Array) -> None:
    people = to_array(setup.trend.population.sum(_CELL, skipna=False), layout, "trend population", years=bounds)[:-1]
    words = "dwellings: {bad} zones and years have people and no dwelling; the first is {cell}."
    reject_years((total <= 0.0) & (people > 0.0), layout, f"{words} Give the zone a stock of some dwelling_type.")


def _external(setup: HousingSetup, layout: Layout) -> Array:
    return at(to_array(setup.model.market["external"], layout, "market", inner=_HOMES), 0)


def _transfer(setup: HousingSetup, layout: Layout) -> Array:
    moves = setup.model.market["moves"]
    values = at(to_array(moves, layout, "market", inner=("dwelling_type", "from_area", "from_type")), 0)
    cells = values.shape[1] * values.shape[2]
    return values.reshape(values.shape[0], cells, cells)


def _arrivals_per_dwelling(
    setup: HousingSetup, layout: Layout, households_trend: Array
) -> tuple[list[ArrivalsPerDwelling], list[ArrivalsPerDwelling]]:
    """Who fills an opening by year: for the whole effect, and for that part of it that comes by moving in."""
    model, external, transfer = setup.model, _external(setup, layout), _transfer(setup, layout)
    chain, from_zone = fundamental(transfer), zone_transfer(transfer, external.shape[-1])
    if chain.shape[0] == 1:
        chain = chain[0]
    kappa, in_share = (
        at(to_array(_array(value), layout, name), 0)[..., None]
        for value, name in ((model.additionality, "additionality"), (model.in_share, "in_share"))
    )
    arriving = kappa * external
    profiles = to_array(
        model.occupancy, layout, "occupancy", inner=("dwelling_type", "generation", *_CELL), zones=False
    )[0]
    persons = profiles.reshape(*profiles.shape[:-2], -1)
    fresh = (1.0 - arriving - from_zone.sum(axis=-1))[..., None]
    whole, marginal = [], []
    for position in range(layout.years.size):
        people = at(households_trend, position)
        origin = people / people.sum(axis=-1, keepdims=True)
        others = between_zones(from_zone + fresh * origin[:, None, None, :])
        whole.append(ArrivalsPerDwelling(chain, arriving, *others, persons))
        marginal.append(ArrivalsPerDwelling(chain, in_share * arriving, *others, persons))
    return whole, marginal


def _brought(opened: Array, first: Array, fillers: tuple[_ByYear, _ByYear], weights: Array) -> tuple[Array, Array]:
    """Households that the dwellings beyond the reference path bring in each year, and those that the factor brings."""
    whole, by_factor = [], []
    for position, (filler, marginal) in enumerate(zip(*fillers, strict=True)):
        moved = households(at(opened, position), at(first, position), np.zeros(1), filler.chain)
        formed = per_household(weights[0], filler)
        by_moving = filler.arriving - marginal.arriving
        whole.append(((moved * filler.arriving[..., None] + net_households(moved, filler)) * formed).sum(axis=(-2, -1)))
        by_factor.append((moved * by_moving[..., None] * formed).sum(axis=(-2, -1)))
    return np.stack(np.broadcast_arrays(*whole)), np.stack(np.broadcast_arrays(*by_factor))

"""Vacancy chains: openings in, everyone who moves because of them out."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.housing.data.occupancy import check_occupancy
from kompaslite.housing.labels import (
    DWELLINGS,
    DWELLINGS_PER_YEAR,
    HousingError,
    check_said_unit,
    conform_housing,
    labelled,
    to_array,
)
from kompaslite.housing.market.market import Array, check_market, fillings, fundamental, zone_transfer
from kompaslite.schema import OUTER, reject, require_labels

_CELL = ("area", "dwelling_type")
_HOMES = ("dwelling_type",)
_MOVES = ("dwelling_type", "from_area", "from_type")


def vacancy_chain(openings: xr.DataArray, market: xr.Dataset) -> xr.Dataset:
    """All fillings that follow from dwellings that open: ``a = u (1 - T)^-1``.

    Parameters
    ----------
    openings : xr.DataArray
        Dwellings that open from outside the chain, ``(..., area, dwelling_type, [year])``: completions that are moved
        into, dwellings emptied by people who leave the municipality and by deaths, less demolitions.
    market : xr.Dataset
        Who fills an opening, as `check_market` takes it.

    Returns
    -------
    xr.Dataset
        Dwellings, of the dimensions of `openings`: ``fillings``, and what they are made of, ``external`` (households
        from outside), ``new`` (formed inside) and ``moved`` (from inside); ``freed`` are the dwellings that these
        leave, so that openings and freed together are filled.

    Raises
    ------
    SchemaError, HousingError
        If labels differ, a chain never ends, or fewer than no dwellings would be filled in a zone and type.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import even_market, vacancy_chain
    >>> homes = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> chain = vacancy_chain(homes, even_market(homes, external=0.5, new=0.2))
    >>> chain.fillings.values.round(2), chain.external.values.round(2)
    (array([[142.86]]), array([[71.43]]))
    """
    market = check_market(market)
    openings = _like_market(openings, "openings", market)
    layout = _layout(market, [openings])
    external, new, moves = _shares(market, layout)
    cells = to_array(openings, layout, "openings", inner=_HOMES)
    shape = np.broadcast_shapes(cells.shape, external.shape)
    filled = fillings(np.broadcast_to(cells, shape).reshape(*shape[:2], -1), fundamental(moves))
    parts = {
        "fillings": filled,
        "external": filled * external.reshape(*external.shape[:2], -1),
        "new": filled * new.reshape(*new.shape[:2], -1),
        "moved": filled * moves.sum(axis=-1),
        "freed": np.matmul(filled[..., None, :], moves)[..., 0, :],
    }
    inner = (("dwelling_type", market["dwelling_type"].values),)
    result = {name: _named(part.reshape(shape), layout, openings, inner=inner) for name, part in parts.items()}
    _check_filled(result["fillings"])
    return xr.Dataset({name: part.assign_attrs(units=DWELLINGS_PER_YEAR) for name, part in result.items()})


def movers(
    openings: xr.DataArray,
    market: xr.Dataset,
    occupancy: xr.DataArray,
    *,
    first: xr.DataArray | None = None,
    young: xr.DataArray | None = None,
) -> xr.Dataset:
    """Persons who move because dwellings open: from outside, and between zones.

    Parameters
    ----------
    openings : xr.DataArray
        As for `vacancy_chain`.
    market : xr.Dataset
        Who fills an opening. Households that are newly formed come from the zone itself.
    occupancy : xr.DataArray
        Persons per household that moves in, ``(dwelling_type, generation, sex, age)``.
    first, young : xr.DataArray, optional
        Of the openings, those that are new dwellings (filled by the first generation) and those that were vacated in
        young dwellings (the next generation); the rest, and all that open along the chain, are of the later one.

    Returns
    -------
    xr.Dataset
        Persons per year, ``(..., area, sex, age, [year])``: ``external``, ``moves_in`` and ``moves_out`` between zones,
        whose sums over the zones are equal in every cell.

    Raises
    ------
    SchemaError, HousingError
        As for `vacancy_chain`; a dwelling type without a profile of movers is named.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import default_occupancy, even_market, movers
    >>> homes = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> market = even_market(homes, external=0.5, new=0.5)
    >>> float(movers(homes, market, default_occupancy().sel(dwelling_type=["row"])).external.sum().round(2))
    110.5
    """
    market = check_market(market)
    occupancy = check_occupancy(occupancy)
    occupancy = require_labels(
        occupancy, "dwelling_type", market["dwelling_type"].values, "occupancy", against="the market"
    )
    nothing = 0.0 * openings
    given = {"openings": openings, "first": nothing if first is None else first}
    given["young"] = nothing if young is None else young
    given = {name: _like_market(part, name, market) for name, part in given.items()}
    layout = _layout(market, list(given.values()))
    direct, new_homes, fresh = (to_array(part, layout, name, inner=_HOMES) for name, part in given.items())
    external, _, moves = _shares(market, layout)
    others = between_zones(zone_transfer(moves, external.shape[-1]))
    profiles = occupancy.values.reshape(1, *occupancy.shape[:2], -1)
    fillers = ArrivalsPerDwelling(fundamental(moves), external, *others, profiles)
    moved = households(direct, new_homes, fresh, fillers.chain)
    persons = (external_persons(moved, fillers), *split_moves(moved, fillers))
    inner = tuple((dim, occupancy[dim].values) for dim in ("sex", "age"))
    cell = occupancy.shape[2:]
    parts = {
        name: _named(part.reshape(*part.shape[:-1], *cell), layout, openings, inner=inner)
        for name, part in zip(("external", "moves_in", "moves_out"), persons, strict=True)
    }
    return xr.Dataset({name: part.assign_attrs(units="persons/year") for name, part in parts.items()})


def _like_market(array: xr.DataArray, name: str, market: xr.Dataset) -> xr.DataArray:
    array = conform_housing(array, name, needed=_CELL)
    check_said_unit(array, name, DWELLINGS_PER_YEAR, DWELLINGS)
    for dim in array.dims:
        if dim in market.dims:
            array = require_labels(array, dim, market[dim].values, name, against="the market")
    return array


def _layout(market: xr.Dataset, arrays: list[xr.DataArray]) -> Layout:
    """Labels of all arrays together; those of the market are checked against them by `to_array`."""
    found: dict[str, Array] = {}
    years = np.array([0])
    for array in [*arrays, *market.data_vars.values()]:
        for dim in array.dims:
            if dim in OUTER:
                found.setdefault(str(dim), array[dim].values)
            elif dim == "year":
                years = array["year"].values
    return Layout(outer={dim: found[dim] for dim in OUTER if dim in found}, ages=np.arange(2), years=years)


def _shares(market: xr.Dataset, layout: Layout) -> tuple[Array, Array, Array]:
    """``external`` and ``new`` ``[1, lead, zone, type]``, ``moves`` ``[1, lead, cell, cell]``."""
    external, new = (to_array(market[name], layout, "market", inner=_HOMES) for name in ("external", "new"))
    moves = to_array(market["moves"], layout, "market", inner=_MOVES)
    cells = moves.shape[2] * moves.shape[3]
    return external, new, moves.reshape(1, -1, cells, cells)


def _named(values: Array, layout: Layout, like: xr.DataArray, *, inner: tuple[tuple[str, Array], ...]) -> xr.DataArray:
    parts = np.broadcast_to(values, (layout.years.size, *values.shape[1:]))
    array = labelled(list(parts), layout, inner=inner)
    return array if "year" in like.dims else array.isel(year=0, drop=True)


def _check_filled(filled: xr.DataArray) -> None:
    words = (
        "openings: in {bad} of {all} cells fewer than no dwellings would be filled; the first is {first:g} at {cell}."
    )
    mend = (
        "More is demolished than opens there: correct the demolitions, or count the households that have to move as "
        "leavers."
    )
    reject(filled < 0.0, filled, f"openings: {words}", mend, error=HousingError)


class ArrivalsPerDwelling(NamedTuple):
    """Who fills an opening, at the margin.

    Parameters
    ----------
    chain : np.ndarray
        ``(1 - T)^-1``, ``[cell, cell]`` or ``[lead, cell, cell]``.
    arriving : np.ndarray
        Share filled by households that come in addition from outside, ``[lead, zone, type]``.
    from_others : np.ndarray
        Share filled from other zones of the municipality, by chain moves and by new households, ``[lead, zone, type]``.
    to_others : np.ndarray
        The same by zone left, ``[lead, type, zone left, zone]``.
    persons : np.ndarray
        Per household, ``[lead, type, generation, cell]``, cells being sex and age.
    """

    chain: Array
    arriving: Array
    from_others: Array
    to_others: Array
    persons: Array


def between_zones(source: Array) -> tuple[Array, Array]:
    """Shares filled from other zones, as `ArrivalsPerDwelling` has them."""
    other = source * (1.0 - np.eye(source.shape[-1]))[:, None, :]
    return other.sum(axis=-1), np.ascontiguousarray(np.moveaxis(other, -3, -1))


def households(direct: Array, first: Array, young: Array, chain: Array) -> Array:
    """Households that move, by the generation of the dwelling that they move into."""
    cells = fillings(direct.reshape(*direct.shape[:-2], -1), chain)
    filled = cells.reshape(*cells.shape[:-1], *direct.shape[-2:])
    parts = np.broadcast_arrays(first, young, filled - first - young)
    return np.stack(parts, axis=-1)


def external_persons(moved: Array, fillers: ArrivalsPerDwelling) -> Array:
    """Additional persons from outside, of either sign, ``[lead, zone, cell]``."""
    return _persons(moved * fillers.arriving[..., None], fillers.persons)


def net_moves(moved: Array, fillers: ArrivalsPerDwelling) -> Array:
    """Persons gained by moves between zones, ``[lead, zone, cell]``; over the zones they sum to nothing."""
    return _persons(net_households(moved, fillers), fillers.persons)


def net_households(moved: Array, fillers: ArrivalsPerDwelling) -> Array:
    """Households gained by moves between zones, ``[lead, zone, type, generation]``."""
    into, out = _between(moved, fillers)
    net: Array = into - out
    return net


def per_household(per_person: Array, fillers: ArrivalsPerDwelling) -> Array:
    """What a household of each type and generation counts, ``[lead, zone, type, generation]``."""
    flat = fillers.persons.reshape(*fillers.persons.shape[:-3], -1, fillers.persons.shape[-1])
    counted: Array = np.matmul(per_person, np.swapaxes(flat, -1, -2))
    return counted.reshape(*counted.shape[:-1], *fillers.persons.shape[-3:-1])


def split_moves(moved: Array, fillers: ArrivalsPerDwelling) -> tuple[Array, Array]:
    """Moves between zones as two flows that are not negative, ``[lead, zone, cell]`` each."""
    into, out = _between(np.maximum(moved, 0.0), fillers)
    if (moved < 0.0).any():
        back, forth = _between(np.maximum(-moved, 0.0), fillers)
        into, out = into + forth, out + back
    return _persons(into, fillers.persons), _persons(out, fillers.persons)


def moves_of_those_there(moved: Array, fillers: ArrivalsPerDwelling, there: Array) -> tuple[Array, Array]:
    """The same, with no more leaving a cell than are there; who does not leave does not arrive either."""
    into, out = split_moves(moved, fillers)
    left = np.minimum(out, there)
    wanted, gone = (part.sum(axis=-2, keepdims=True) for part in (out, left))
    return into * np.divide(gone, wanted, out=np.ones_like(wanted), where=wanted > 0.0), left


def _between(moved: Array, fillers: ArrivalsPerDwelling) -> tuple[Array, Array]:
    into = moved * fillers.from_others[..., None]
    pairs = fillers.to_others
    lead = np.broadcast_shapes(moved.shape[:-3], pairs.shape[:-3])
    full = np.broadcast_to(moved, (*lead, *moved.shape[-3:]))
    # [lead, type, zone left, zone] x [lead, type, zone, generation]
    out = np.matmul(np.broadcast_to(pairs, (*lead, *pairs.shape[-3:])), np.swapaxes(full, -3, -2))
    return into, np.swapaxes(out, -3, -2)


def _persons(weights: Array, persons: Array) -> Array:
    flat = weights.reshape(*weights.shape[:-2], -1)
    profiles = persons.reshape(*persons.shape[:-3], -1, persons.shape[-1])
    if profiles.ndim == 3 and profiles.shape[0] == 1:
        profiles = profiles[0]
    result: Array = np.matmul(flat, profiles)
    return result


def unit_response(shares: Array, young: Array, fillers: ArrivalsPerDwelling) -> tuple[Array, Array]:
    """Households that one more dwelling released in each zone moves."""
    lead, zones, types = shares.shape
    direct = np.zeros((lead, zones, zones, types))
    own = np.arange(zones)
    direct[:, own, own] = shares
    chain = fillers.chain if fillers.chain.ndim == 2 else fillers.chain[:, None]
    fresh = direct * young[:, None]
    moved = households(direct, np.zeros_like(direct), fresh, chain)
    each = fillers._replace(from_others=fillers.from_others[:, None], to_others=fillers.to_others[:, None])
    into, out = _between(moved, each)
    return moved * fillers.arriving[:, None, ..., None], into - out


def combine_arrivals(trend: Array, extra: Array) -> Array:
    """Arrivals of the trend and additional ones; what is missing divides instead, so that no cell turns negative."""
    blended: Array = trend + extra
    fewer = extra < 0.0
    if fewer.any():
        usual = np.broadcast_to(trend, blended.shape)[fewer]
        whole = usual - extra[fewer]
        blended[fewer] = np.divide(usual * usual, whole, out=np.zeros_like(whole), where=whole > 0.0)
    return blended

"""Vacancy chains: openings in, everyone who moves because of them out."""

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.housing.data.occupancy import check_occupancy
from kompaslite.housing.labels import DWELLINGS_PER_YEAR, HousingError, conform_housing
from kompaslite.housing.market.chain_kernel import fillings, fundamental, zone_transfer
from kompaslite.housing.market.market import check_market
from kompaslite.housing.run.arrivals_kernel import Fillers, between_zones, external_persons, households, split_moves
from kompaslite.housing.run.spread import labelled, spread
from kompaslite.schema import OUTER, describe_cell, first_cell, require_labels

Array = np.ndarray
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
    cells = spread(openings, layout, "openings", inner=_HOMES)
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
    direct, new_homes, fresh = (spread(part, layout, name, inner=_HOMES) for name, part in given.items())
    external, _, moves = _shares(market, layout)
    others = between_zones(zone_transfer(moves, external.shape[-1]))
    profiles = occupancy.values.reshape(1, *occupancy.shape[:2], -1)
    fillers = Fillers(fundamental(moves), external, *others, profiles)
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
    for dim in array.dims:
        if dim in market.dims:
            array = require_labels(array, dim, market[dim].values, name, against="the market")
    return array


def _layout(market: xr.Dataset, arrays: list[xr.DataArray]) -> Layout:
    """Labels of all arrays together; those of the market are checked against them by `spread`."""
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
    external, new = (spread(market[name], layout, "market", inner=_HOMES) for name in ("external", "new"))
    moves = spread(market["moves"], layout, "market", inner=_MOVES)
    cells = moves.shape[2] * moves.shape[3]
    return external, new, moves.reshape(1, -1, cells, cells)


def _named(values: Array, layout: Layout, like: xr.DataArray, *, inner: tuple[tuple[str, Array], ...]) -> xr.DataArray:
    parts = np.broadcast_to(values, (layout.years.size, *values.shape[1:]))
    array = labelled(list(parts), layout, inner=inner)
    return array if "year" in like.dims else array.isel(year=0, drop=True)


def _check_filled(filled: xr.DataArray) -> None:
    bad = filled < 0.0
    if bool(bad.any()):
        cell = first_cell(bad)
        raise HousingError(
            f"openings: in {int(bad.sum()):,} of {bad.size:,} cells fewer than no dwellings would be filled; the first "
            f"is {float(filled.sel(cell)):g} at {describe_cell(cell)}. More is demolished than opens there: correct "
            "the demolitions, or count the households that have to move as leavers."
        )

"""The moving market: who fills an opening, by zone and dwelling type, and what one more dwelling brings."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.housing.labels import GENERATIONS, HousingError, conform_housing
from kompaslite.schema import SchemaError, reject, require_labels, require_values

Array = NDArray[np.floating]
_CELL = ("area", "dwelling_type")
_FROM = ("from_area", "from_type")


def check_market(market: xr.Dataset, *, tolerance: float = 1e-9) -> xr.Dataset:
    """Return the shares of the market, in order, if every opening is filled once and every chain ends.

    Parameters
    ----------
    market : xr.Dataset
        ``external`` and ``new``, ``(..., area, dwelling_type)``, shares of the openings that are filled from outside
        and by households newly formed inside; ``moves``, ``(..., area, dwelling_type, from_area, from_type)``,
        shares filled by a household that frees a dwelling in ``from_area`` and of ``from_type``.
    tolerance : float
        By how much the shares of one opening may differ from 1.

    Returns
    -------
    xr.Dataset
        The same values.

    Raises
    ------
    SchemaError
        If a variable or label is missing, or the shares of a zone and type do not sum to one.
    HousingError
        If a chain never ends; zone and type are named.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Havna"], "dwelling_type": ["block"]}
    >>> moves = xr.DataArray([[[[0.3]]]], coords=key | {"from_area": ["Havna"], "from_type": ["block"]})
    >>> external = xr.DataArray([[0.5]], coords=key)
    >>> market = check_market(xr.Dataset({"external": external, "new": 0.4 * external, "moves": moves}))
    >>> round(float(multiplier(market).households.squeeze()), 3)
    0.714
    """
    missing = [name for name in ("external", "new", "moves") if name not in market]
    if missing:
        raise SchemaError(f"market: {missing[0]} is missing. Who fills an opening is external, new and moves.")
    shares = {name: conform_housing(market[name], name, needed=_CELL) for name in ("external", "new")}
    moves = conform_housing(market["moves"], "moves", needed=(*_CELL, *_FROM))
    for dim, twin in (("area", "from_area"), ("dwelling_type", "from_type")):
        labels = shares["external"][dim].values
        shares["new"] = require_labels(shares["new"], dim, labels, "new", against="external")
        moves = require_labels(moves, dim, labels, "moves", against="external")
        moves = require_labels(moves, twin, labels, "moves", against="external")
    shares["moves"] = moves
    for name, share in shares.items():
        require_values(share, name, low=0.0, high=1.0 + tolerance, words="are not shares", mend="70 % is 0.7.")
    _check_sum(shares, tolerance)
    _check_ends(shares)
    return xr.Dataset(shares, attrs=market.attrs)


def _check_sum(shares: dict[str, xr.DataArray], tolerance: float) -> None:
    total = shares["external"] + shares["new"] + shares["moves"].sum(_FROM)
    off = total.copy(data=np.abs(total.values - 1.0) > tolerance)
    when = "" if "year" in off.dims else ", every year"
    words = "market: the shares of {bad} of {all} openings do not sum to one; the first sum is {first:.6g} at {cell}"
    reject(off, total, f"{words}{when}.", "external + new + moves must be 1.")


def _check_ends(shares: dict[str, xr.DataArray]) -> None:
    external, new, moves = bare_market(xr.Dataset(shares))
    stuck = never_ends(external, new, moves)
    if stuck.any():
        zones, types = (shares["external"][dim].values for dim in _CELL)
        cell = int(np.argmax(stuck.reshape(-1, stuck.shape[-1]).any(axis=0)))
        raise HousingError(
            f"market: {int(stuck.sum()):,} chains never end (the spectral radius is 1); the first is at "
            f"area {zones[cell // types.size]}, dwelling_type {types[cell % types.size]}, every year. Let some "
            "openings there, or where their households come from, be filled from outside or by new households."
        )


def bare_market(market: xr.Dataset, outer: tuple[str, ...] | None = None) -> tuple[Array, Array, Array]:
    """Shares as bare arrays, with zone and type flattened to cells."""
    outer = tuple(str(dim) for dim in market.dims if dim not in (*_CELL, *_FROM)) if outer is None else outer
    lead = {dim: market[dim] for dim in outer if dim in market.coords}
    flat = []
    for name, dims in (("external", _CELL), ("new", _CELL), ("moves", (*_CELL, *_FROM))):
        values = market[name].expand_dims({dim: lead[dim] for dim in lead if dim not in market[name].dims})
        values = values.transpose(*lead, *dims)
        flat.append(values.values.reshape(*values.shape[: len(lead)], *_flat_shape(values, dims)))
    return flat[0], flat[1], flat[2]


def _flat_shape(values: xr.DataArray, dims: tuple[str, ...]) -> list[int]:
    sizes = [values.sizes[dim] for dim in dims]
    return [sizes[i] * sizes[i + 1] for i in range(0, len(sizes), 2)]


def even_market(
    stock: xr.DataArray,
    *,
    external: xr.DataArray | float,
    new: xr.DataArray | float,
    within_zone: float = 0.5,
) -> xr.Dataset:
    """A market where movers come from the stock in proportion, with a preference for the own zone.

    Parameters
    ----------
    stock : xr.DataArray
        Dwellings, ``(..., area, dwelling_type)``.
    external, new : xr.DataArray or float
        Shares of the openings filled from outside and by new households; what is left is filled by moves.
    within_zone : float
        Share of these moves that stay in the zone; the others come from all zones in proportion to their dwellings.

    Returns
    -------
    xr.Dataset
        As `check_market` takes it.

    Raises
    ------
    SchemaError
        If a share is not between 0 and 1, or a zone has no dwelling that a move could free.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Havna", "Lia"], "dwelling_type": ["block"]}
    >>> market = even_market(xr.DataArray([[300.0], [100.0]], coords=key), external=0.5, new=0.2)
    >>> market.moves.sel(area="Lia").values.ravel().round(4)
    array([0.1125, 0.1875])
    """
    stock = conform_housing(stock, "stock", needed=_CELL)
    require_values(stock, "stock", low=0.0, words="are not numbers of dwellings", mend="Count dwellings.")
    if not 0.0 <= within_zone <= 1.0:
        raise SchemaError(f"market: within_zone is {within_zone}. Give a share between 0 and 1.")
    shares = {"external": external * xr.ones_like(stock), "new": new * xr.ones_like(stock)}
    left = stock.rename(area="from_area", dwelling_type="from_type")
    zone_total = left.sum("from_type")
    empty = zone_total <= 0.0
    words = "market: {cell} has no dwelling that a move could free."
    reject(empty & (within_zone > 0.0), None, words, "Give the zone a stock, or set within_zone to 0.")
    same = xr.DataArray(
        np.eye(stock.sizes["area"]), coords={"area": stock["area"].values, "from_area": stock["area"].values}
    )
    own = same * (left / zone_total.where(~empty, 1.0))
    source = within_zone * own + (1.0 - within_zone) * left / left.sum(_FROM)
    shares["moves"] = (1.0 - shares["external"] - shares["new"]) * source
    return check_market(xr.Dataset(shares))


def multiplier(market: xr.Dataset, persons: xr.DataArray | None = None) -> xr.Dataset:
    """What one more dwelling brings, by the zone and type that it is built in.

    Parameters
    ----------
    market : xr.Dataset
        As `check_market` takes it.
    persons : xr.DataArray, optional
        Persons per household, ``(..., dwelling_type, generation, [sex], [age])``. The household of the new dwelling
        itself is of the first generation, those that follow in the chain are of the later one.

    Returns
    -------
    xr.Dataset
        Per dwelling, ``(..., area, dwelling_type)``: ``households`` from outside, ``fillings`` in the whole chain,
        ``households_inside`` formed anew; and ``persons`` from outside, if persons per household are given.
        This is the structural multiplier: what the accounts say about all openings, not what one more adds.

    Raises
    ------
    SchemaError, HousingError
        If the market or the persons per household are not as they must be.

    Examples
    --------
    >>> import xarray as xr
    >>> home = xr.DataArray([[1.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    >>> multiplier(even_market(home, external=0.45, new=0.15)).households.values
    array([[0.75]])
    """
    market = check_market(market)
    lead = tuple(str(dim) for dim in market.dims if dim not in (*_CELL, *_FROM))
    external, new, moves = bare_market(market, lead)
    chain = fundamental(moves)
    like = market["external"].expand_dims({dim: market[dim] for dim in lead if dim not in market["external"].dims})
    like = like.transpose(*lead, *_CELL)

    def labelled(per_cell: Array) -> xr.DataArray:
        return like.copy(data=per_cell.reshape(like.shape)).assign_attrs(units="1/dwelling")

    result = {
        "households": labelled((chain @ external[..., None])[..., 0]),
        "households_inside": labelled((chain @ new[..., None])[..., 0]),
        "fillings": labelled(chain.sum(axis=-1)),
    }
    if persons is None:
        return xr.Dataset(result)
    size = _household_size(persons, market)
    direct = market["external"] * size.sel(generation="first", drop=True)
    after = market["external"] * size.sel(generation="later", drop=True)
    links = xr.DataArray(
        (chain - np.eye(chain.shape[-1])).reshape(*chain.shape[:-2], *like.shape[-2:], *like.shape[-2:]),
        dims=(*lead, *_CELL, *_FROM),
        coords={dim: like[dim].values for dim in (*lead, *_CELL)}
        | {"from_area": like["area"].values, "from_type": like["dwelling_type"].values},
    )
    later = (links * after.rename(area="from_area", dwelling_type="from_type")).sum(_FROM)
    result["persons"] = conform_housing((direct + later).rename("persons"), "persons").assign_attrs(units="1/dwelling")
    return xr.Dataset(result)


def _household_size(persons: xr.DataArray, market: xr.Dataset) -> xr.DataArray:
    persons = conform_housing(persons, "persons per household", needed=("dwelling_type", "generation"))
    persons = require_labels(
        persons, "dwelling_type", market["dwelling_type"].values, "persons per household", against="the market"
    )
    require_labels(persons, "generation", GENERATIONS, "persons per household", against="the moving generations")
    return persons.sum([dim for dim in ("sex", "age") if dim in persons.dims])


def never_ends(external: Array, new: Array, transfer: Array, *, least: float = 1e-12) -> NDArray[np.bool_]:
    """Cells whose chains cannot end: no way leads from them to a filling that frees nothing."""
    ends = (external + new) > least
    moves = transfer > least
    for _ in range(transfer.shape[-1]):
        more = ends | np.any(moves & ends[..., None, :], axis=-1)
        if np.array_equal(more, ends):
            break
        ends = more
    return ~ends


def fundamental(transfer: Array) -> Array:
    """Fillings in every cell that follow one opening in each: ``(1 - T)^-1``."""
    inverse: Array = np.linalg.inv(np.eye(transfer.shape[-1]) - transfer)
    return inverse


def fillings(openings: Array, chain: Array) -> Array:
    """All fillings of the year: ``a = u (1 - T)^-1``."""
    if chain.ndim == 2:
        shared: Array = openings @ chain
        return shared
    each: Array = np.matmul(openings[..., None, :], chain)[..., 0, :]
    return each


def zone_transfer(transfer: Array, types: int) -> Array:
    """Shares filled from each zone, whatever type is left: ``[..., zone, type, zone left]``."""
    cells = transfer.shape[-1]
    left: Array = transfer.reshape(*transfer.shape[:-2], cells // types, types, cells // types, types).sum(axis=-1)
    return left

"""Districts: zones that make up the municipality exactly, with moves between them."""

import numpy as np
import xarray as xr

from kompaslite.schema import (
    PERSONS,
    SchemaError,
    conform,
    reject,
    require_dims,
    require_labels,
    require_unit,
    require_values,
)

_CELL = ("sex", "age")


def with_residue(districts: xr.DataArray, whole: xr.DataArray, *, residue: str = "unknown") -> xr.DataArray:
    """Districts and the people of no known district, who together are the municipality.

    Parameters
    ----------
    districts : xr.DataArray
        Persons, ``(area, sex, age, [year])``.
    whole : xr.DataArray
        Persons of the municipality, without ``area``.
    residue : str
        Label of those whose district is not known.

    Returns
    -------
    xr.DataArray
        One area more than `districts`; summed over ``area`` it is `whole` in every cell.

    Raises
    ------
    SchemaError
        If labels differ, the label is taken, or districts have more people than the municipality; the first cell is
        named.

    Examples
    --------
    >>> import xarray as xr
    >>> known = xr.DataArray([[40.0, 60.0]], coords={"area": ["030101"], "age": [0, 1]}, attrs={"units": "persons"})
    >>> all_people = xr.DataArray([41.0, 60.0], coords={"age": [0, 1]}, attrs={"units": "persons"})
    >>> with_residue(known, all_people).sel(area="unknown").values
    array([1., 0.])
    """
    districts, whole = conform(districts, "districts"), conform(whole, "municipality")
    require_dims(districts, "districts", needed=("area",))
    for array, name in ((districts, "districts"), (whole, "municipality")):
        require_unit(array, name, PERSONS)
    for dim in whole.dims:
        whole = require_labels(whole, dim, districts[dim].values, "municipality", against="the districts")
    if residue in districts["area"].values.tolist():
        raise SchemaError(f"districts: {residue!r} is a district already. Give the residue another label.")
    rest = whole - districts.sum("area")
    words = (
        "districts: in {bad} of {all} cells they have more people than the municipality; the first by {first:g} at "
        "{cell}."
    )
    reject(rest < 0.0, -rest, words, "Use tables of the same borders and date.")
    joined = xr.concat([districts, rest.expand_dims(area=[residue])], "area")
    return joined.transpose(*districts.dims).assign_attrs(districts.attrs)


def couple_zones(
    migration: xr.Dataset,
    exposure: xr.DataArray,
    *,
    inside: xr.DataArray | float,
    affinity: xr.DataArray | None = None,
) -> xr.Dataset:
    """Moves between zones out of each zone's own moves in and out.

    The moves of a zone over its border lead to and from the other zones, or out of the municipality. Of the leavers of
    every zone and age a share stays inside; they go where people arrive (and where an affinity draws them), but never
    more of them than arrive there at all. So every zone keeps its leavers and its arrivals, and what leaves one zone
    arrives in another.

    Parameters
    ----------
    migration : xr.Dataset
        ``out_migration`` (per person-year) and ``in_migration`` (persons per year) over the borders of the zones,
        ``(area, sex, age)``; other variables are handed on.
    exposure : xr.DataArray
        Person-years by age reached of a usual year, ``(area, sex, age)``.
    inside : xr.DataArray or float
        Share of the leavers that move to another zone, ``([area], [sex], [age])``; smaller at ages and zones where too
        few people arrive for that many to come from other zones. ``moves.attrs["inside"]`` is the share reached.
    affinity : xr.DataArray, optional
        Relative frequency of moves from ``area`` to ``destination``, for example falling with distance; alike for all
        pairs if not given.

    Returns
    -------
    xr.Dataset
        ``moves`` (per person-year, ``(area, destination, sex, age)``), ``out_migration`` and ``in_migration`` over the
        border of the municipality, and what else was given. At the exposure given, net migration of each cell is
        that of `migration`.

    Raises
    ------
    SchemaError
        If labels differ, or the share is not between 0 and 1.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Havna", "Lia"], "sex": ["female"], "age": [30]}
    >>> out = xr.DataArray([[[0.10]], [[0.20]]], coords=key, attrs={"units": "1/year"})
    >>> come = xr.DataArray([[[30.0]], [[30.0]]], coords=key, attrs={"units": "persons/year"})
    >>> people = xr.DataArray([[[200.0]], [[100.0]]], coords=key)
    >>> coupled = couple_zones(xr.Dataset({"out_migration": out, "in_migration": come}), people, inside=0.5)
    >>> coupled.moves.sel(area="Lia").values.ravel(), coupled.in_migration.values.ravel()
    (array([0.1, 0. ]), array([20., 20.]))
    """
    out_rate, arriving = (conform(migration[name], name) for name in ("out_migration", "in_migration"))
    require_unit(out_rate, "out_migration", "1/year")
    require_unit(arriving, "in_migration", "persons/year")
    zones = arriving["area"].values
    exposure = require_labels(conform(exposure, "exposure"), "area", zones, "exposure", against="in_migration")
    share = inside if isinstance(inside, xr.DataArray) else xr.DataArray(float(inside))
    require_values(share, "inside", low=0.0, high=1.0, words="are not shares", mend="Give the share that stays inside.")
    flows, taken = _pairs(share * out_rate * exposure, arriving, _seed(affinity, zones))
    rates = (flows / exposure.where(exposure > 0.0)).fillna(0.0).transpose("area", "destination", *_CELL)
    total = float((out_rate * exposure).sum())
    reached = float(flows.sum()) / total if total > 0.0 else 0.0
    return migration.assign(
        moves=rates.assign_attrs(units="1/year", inside=reached),
        out_migration=(out_rate - rates.sum("destination")).transpose(*out_rate.dims).assign_attrs(out_rate.attrs),
        in_migration=(arriving * (1.0 - taken)).transpose(*arriving.dims).assign_attrs(arriving.attrs),
    )


def _pairs(leaving: xr.DataArray, arriving: xr.DataArray, draw: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Persons from zone to zone, who go where people arrive; and the share of each zone's arrivals that they are."""
    pull = draw * arriving.rename(area="destination")
    whole = pull.sum("destination")
    wished = leaving * pull / whole.where(whole > 0.0, 1.0)
    come = wished.sum("area").rename(destination="area")
    taken = (come / arriving.where(arriving > 0.0, 1.0)).clip(max=1.0)
    room = (taken * arriving / come.where(come > 0.0, 1.0)).rename(area="destination")
    flows: xr.DataArray = wished * room
    return flows, taken


def _seed(affinity: xr.DataArray | None, zones: np.ndarray) -> xr.DataArray:
    others = xr.DataArray(
        1.0 - np.eye(zones.size), coords={"area": zones, "destination": zones}, dims=("area", "destination")
    )
    if affinity is None:
        return others
    for dim in ("area", "destination"):
        affinity = require_labels(affinity, dim, zones, "affinity", against="in_migration")
    require_values(affinity, "affinity", low=0.0)
    return others * affinity

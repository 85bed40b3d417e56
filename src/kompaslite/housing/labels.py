"""Labels of housing in one order, and labelled arrays as bare ones ``[year, lead, zone, ...]``.

Lead is every outer dimension but area.
"""

from collections.abc import Hashable, Sequence
from math import prod

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.schema import KompasliteError, SchemaError, common_scalars, conform, require_labels

#: Dimensions that an array of housing may have, in this order.
HOUSING_DIMS: tuple[str, ...] = (
    "scenario",
    "draw",
    "origin",
    "area",
    "dwelling_type",
    "generation",
    "from_area",
    "from_type",
    "sex",
    "age",
    "year",
)
#: Generations of movers: into a new dwelling, into one vacated while still young, into any older one.
GENERATIONS: tuple[str, str, str] = ("first", "next", "later")
#: Unit of a stock of dwellings, and of what happens to it in a year.
DWELLINGS = "dwellings"
DWELLINGS_PER_YEAR = "dwellings/year"


class HousingError(KompasliteError, ValueError):
    """Dwellings and people cannot be brought together as asked."""


def check_said_unit(array: xr.DataArray, name: str, *units: str) -> None:
    """Raise if the array says that it is counted in something else; an array without a unit says nothing."""
    unit = array.attrs.get("units")
    if unit is not None and unit not in units:
        raise SchemaError(
            f"{name}: the unit is {unit!r}, not {' or '.join(map(repr, units))}. Convert the values, and set "
            f".assign_attrs(units={units[0]!r})."
        )


def housing_order(dims: Sequence[Hashable]) -> tuple[str, ...]:
    """Dimensions in the order of this room."""
    return tuple(dim for dim in HOUSING_DIMS if dim in dims)


def conform_housing(array: xr.DataArray, name: str, *, needed: Sequence[str] = ()) -> xr.DataArray:
    """Put dimensions and labels in order, after checking them."""
    missing = [dim for dim in needed if dim not in array.dims]
    if missing:
        raise SchemaError(
            f"{name}: dimension {missing[0]} is missing; it has {', '.join(map(str, array.dims)) or 'none'}. "
            f"Add it with .expand_dims({missing[0]}=[...])."
        )
    surplus = [str(dim) for dim in array.dims if dim not in HOUSING_DIMS]
    if surplus:
        raise SchemaError(
            f"{name}: dimension {surplus[0]} is not known to housing. Select one label of it with .sel()."
        )
    array = conform(array, name)
    if "generation" in array.dims:
        array = require_labels(array, "generation", GENERATIONS, name, against="the moving generations")
    return array.transpose(*housing_order(array.dims))


Array = np.ndarray


def leads(layout: Layout) -> list[str]:
    """Outer dimensions but the area."""
    return [dim for dim in layout.outer if dim != "area"]


def lead_size(layout: Layout) -> int:
    """Number of combinations of the outer dimensions but the area."""
    return prod(len(layout.outer[dim]) for dim in leads(layout))


def check_layout(layout: Layout) -> None:
    """Raise unless zones and single years are what the projection runs on."""
    if layout.step != 1:
        raise SchemaError(f"housing: a step is {layout.step} years. Housing runs in single years.")


def to_array(
    array: xr.DataArray,
    layout: Layout,
    name: str,
    *,
    inner: Sequence[str] = (),
    years: Array | None = None,
    zones: bool = True,
) -> Array:
    """Values in the order of the kernels, as few as differ."""
    outer = leads(layout)
    common_scalars({name: array, "the projection": xr.Dataset(coords=dict(layout.outer))})
    for dim in array.dims:
        if dim in layout.outer:
            array = require_labels(array, dim, layout.outer[str(dim)], name, against="the projection")
    if "year" in array.dims:
        array = require_labels(array, "year", layout.years if years is None else years, name, against="the projection")
    wanted = ["year", *outer, *(["area"] if zones else []), *inner]
    values = array.expand_dims({dim: 1 for dim in wanted if dim not in array.dims}).transpose(*wanted).values
    lead_shape = values.shape[1 : 1 + len(outer)]
    if any(size > 1 for size in lead_shape):
        full = (values.shape[0], *[len(layout.outer[dim]) for dim in outer], *values.shape[1 + len(outer) :])
        values = np.broadcast_to(values, full)
        lead_shape = full[1 : 1 + len(outer)]
    return values.reshape(values.shape[0], prod(lead_shape), *values.shape[1 + len(outer) :]).astype(float)


def at(values: Array, position: int) -> Array:
    """Values of one year: the only ones there are, or those of the position."""
    found: Array = values[min(position, values.shape[0] - 1)]
    return found


def labelled(parts: Sequence[Array], layout: Layout, *, inner: Sequence[tuple[str, Array]] = ()) -> xr.DataArray:
    """Yearly results ``[lead, zone, *inner]`` with their labels."""
    outer = leads(layout)
    sizes = [len(layout.outer[dim]) for dim in outer]
    zones = layout.outer["area"]
    shape = (lead_size(layout), len(zones), *[len(labels) for _, labels in inner])
    values = np.stack([np.broadcast_to(part, shape) for part in parts], axis=-1)
    coords = {dim: layout.outer[dim] for dim in outer} | {"area": zones} | dict(inner) | {"year": layout.years}
    values = values.reshape(*sizes, *shape[1:], len(parts))
    return xr.DataArray(values, dims=list(coords), coords=coords)

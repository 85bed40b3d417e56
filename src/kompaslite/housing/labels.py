"""Dimensions of housing: zones, dwelling types and generations of movers, in one order."""

from collections.abc import Hashable, Sequence

import xarray as xr

from kompaslite.schema import KompasliteError, SchemaError, conform, require_labels

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

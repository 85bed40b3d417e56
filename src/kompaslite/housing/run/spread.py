"""Labelled arrays of housing as bare arrays ``[year, lead, zone, ...]``; lead is every outer dimension but area."""

from collections.abc import Sequence
from math import prod

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.schema import SchemaError, require_labels

Array = np.ndarray


def leads(layout: Layout) -> list[str]:
    """Outer dimensions but the area."""
    return [dim for dim in layout.outer if dim != "area"]


def lead_size(layout: Layout) -> int:
    """Number of combinations of the outer dimensions but the area."""
    return prod(len(layout.outer[dim]) for dim in leads(layout))


def check_layout(layout: Layout) -> None:
    """Raise unless zones and single years are what the projection runs on."""
    if "area" not in layout.outer:
        raise SchemaError("housing: the population has no dimension area. Add its zones with .expand_dims(area=[...]).")
    if layout.step != 1:
        raise SchemaError(f"housing: a step is {layout.step} years. Housing runs in single years.")


def spread(
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

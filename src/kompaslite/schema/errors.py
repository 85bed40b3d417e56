"""The errors of the library: what is wrong, where it is first seen, how often, and how to mend it."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import xarray as xr


class KompasliteError(Exception):
    """Base of every error that the library raises on purpose."""


class SchemaError(KompasliteError, ValueError):
    """An input breaks a contract: dimension, label, unit or value."""


class BalanceError(KompasliteError, ValueError):
    """People, dwellings or moves do not balance."""


def describe_cell(labels: Mapping[Hashable, object]) -> str:
    """Words for one cell."""
    return ", ".join(f"{dim} {label}" for dim, label in labels.items()) or "the only cell"


def first_cell(bad: xr.DataArray) -> dict[Hashable, object]:
    """Labels of the first cell that is true."""
    position = np.unravel_index(int(np.argmax(bad.values)), bad.shape)
    return {
        dim: bad[dim].values[i].item() if hasattr(bad[dim].values[i], "item") else bad[dim].values[i]
        for dim, i in zip(bad.dims, position, strict=True)
    }


def short_list(labels: Sequence[object], *, most: int = 5) -> str:
    """A list that stays readable however long it is."""
    named = ", ".join(str(label) for label in labels[:most])
    rest = len(labels) - most
    return f"{named} and {rest} more" if rest > 0 else named

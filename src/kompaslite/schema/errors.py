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
    """Words for one cell.

    Parameters
    ----------
    labels : mapping
        Dimension names to the labels of the cell.

    Returns
    -------
    str
        For example ``"area 3201, sex female, age 0"``.

    Examples
    --------
    >>> describe_cell({"area": "3201", "sex": "female", "age": 0})
    'area 3201, sex female, age 0'
    """
    return ", ".join(f"{dim} {label}" for dim, label in labels.items()) or "the only cell"


def first_cell(bad: xr.DataArray) -> dict[Hashable, object]:
    """Labels of the first cell that is true.

    Parameters
    ----------
    bad : xr.DataArray
        Booleans of any dimensions, at least one of them true.

    Returns
    -------
    dict
        Dimension to label; the position stands in where a dimension has no labels.
    """
    position = np.unravel_index(int(np.argmax(bad.values)), bad.shape)
    return {
        dim: bad[dim].values[i].item() if hasattr(bad[dim].values[i], "item") else bad[dim].values[i]
        for dim, i in zip(bad.dims, position, strict=True)
    }


def short_list(labels: Sequence[object], *, most: int = 5) -> str:
    """A list that stays readable however long it is.

    Parameters
    ----------
    labels : sequence
        What to name.
    most : int
        How many to name before the rest is counted.

    Returns
    -------
    str
        For example ``"0, 1, 2 and 103 more"``.

    Examples
    --------
    >>> short_list(range(106), most=3)
    '0, 1, 2 and 103 more'
    """
    named = ", ".join(str(label) for label in labels[:most])
    rest = len(labels) - most
    return f"{named} and {rest} more" if rest > 0 else named

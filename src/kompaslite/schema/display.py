"""How results show themselves: a line of text, and a small table in a notebook."""

from collections.abc import Mapping
from html import escape

import numpy as np
import xarray as xr

from kompaslite.schema.dims import in_order

#: Labels that are named one by one; more are counted.
_MOST = 4


def text_form(kind: str, facts: Mapping[str, str]) -> str:
    """A result in one line.

    Parameters
    ----------
    kind : str
        What it is.
    facts : mapping of str to str
        What is in it; see `extent`.

    Returns
    -------
    str

    Examples
    --------
    >>> text_form("Accounts", {"area": "0301", "year": "2026-2050"})
    '<Accounts: area 0301; year 2026-2050>'
    """
    return f"<{kind}: {'; '.join(f'{name} {value}' for name, value in facts.items())}>"


def html_form(kind: str, facts: Mapping[str, str]) -> str:
    """A result as a small table, for a notebook.

    Parameters
    ----------
    kind, facts
        As for `text_form`.

    Returns
    -------
    str
        HTML in which every character of the facts stands for itself.

    Examples
    --------
    >>> html_form("Accounts", {"area": "0301"})
    '<table><caption>Accounts</caption><tr><th>area</th><td>0301</td></tr></table>'
    """
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f"<table><caption>{escape(kind)}</caption>{rows}</table>"


def extent(array: xr.DataArray | xr.Dataset) -> dict[str, str]:
    """What the dimensions of an array cover, in words.

    Parameters
    ----------
    array : xr.DataArray or xr.Dataset
        With labels; a label without dimension is named too.

    Returns
    -------
    dict of str to str
        Few labels one by one, years and ages from the first to the last, many areas or draws by their number.

    Examples
    --------
    >>> people = xr.DataArray(np.zeros((2, 101)), coords={"sex": ["female", "male"], "age": range(101)})
    >>> extent(people)
    {'sex': 'female, male', 'age': '0-100'}
    """
    scalars = (name for name in array.coords if array[name].ndim == 0)
    return {name: _covered(np.atleast_1d(array[name].values)) for name in in_order([*array.dims, *scalars])}


def _covered(labels: np.ndarray) -> str:
    listed = [str(label) for label in labels.tolist()]
    if np.issubdtype(labels.dtype, np.integer) and len(listed) > 1:
        whole = len(listed) == labels[-1] - labels[0] + 1
        return f"{listed[0]}-{listed[-1]}" + ("" if whole else f" ({len(listed)})")
    if len(listed) > _MOST:
        return f"{len(listed)}, {listed[0]} to {listed[-1]}"
    return ", ".join(listed)

"""A total beside its parts, and the low and high end of draws: each in one place."""

import numpy as np
import xarray as xr

from kompaslite.schema.errors import SchemaError, short_list

#: Label of a total among areas or age groups.
TOTAL = "total"


def with_total(parts: xr.DataArray, dim: str, *, first: bool = False) -> xr.DataArray:
    """The parts and their sum, which is labelled ``total``.

    Parameters
    ----------
    parts : xr.DataArray
        Any dimensions, `dim` among them, with text as labels.
    dim : str
        What is summed over.
    first : bool
        Whether the total stands before its parts.

    Returns
    -------
    xr.DataArray
        One label more; a missing part makes its total missing.

    Examples
    --------
    >>> import xarray as xr
    >>> with_total(xr.DataArray([1.0, 2.0], coords={"age_group": ["0-19", "20+"]}), "age_group").values
    array([1., 2., 3.])
    """
    total = parts.sum(dim, skipna=False).expand_dims({dim: np.array([TOTAL], dtype=object)})
    both = parts.assign_coords({dim: parts[dim].astype(object)}), total
    joined = xr.concat(both[::-1] if first else both, dim, join="exact", coords="minimal", compat="override")
    return joined.transpose(*parts.dims).assign_attrs(parts.attrs).rename(parts.name)


def low_and_high(draws: xr.DataArray, *, level: float, dim: str = "draw") -> tuple[xr.DataArray, xr.DataArray]:
    """The ends between which a share of the draws lies, as many below as above.

    Parameters
    ----------
    draws : xr.DataArray
        With the dimension of draws.
    level : float
        Share between the ends, above 0 and below 1.
    dim : str
        The dimension of draws.

    Returns
    -------
    low, high : xr.DataArray
        Without `dim`; the same unit.

    Raises
    ------
    SchemaError
        If there are no draws, or the level is not a share.

    Examples
    --------
    >>> import xarray as xr
    >>> [round(float(end)) for end in low_and_high(xr.DataArray(range(101), dims="draw"), level=0.8)]
    [10, 90]
    """
    if dim not in draws.dims:
        raise SchemaError(f"interval: there is no dimension {dim}, only {short_list(draws.dims)}. Draw first.")
    if not 0.0 < level < 1.0:
        raise SchemaError(f"interval: level {level!r} is not a share above 0 and below 1, for example 0.8.")
    ends = draws.quantile([0.5 - level / 2, 0.5 + level / 2], dim, keep_attrs=True)
    return ends.isel(quantile=0, drop=True), ends.isel(quantile=1, drop=True)

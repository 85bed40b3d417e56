"""Draws of what is uncertain about housing, and intervals over draws."""

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.data.defaults import ADDITIONALITY
from kompaslite.schema import SchemaError


def additionality_draws(
    draws: int,
    *,
    seed: int,
    bounds: tuple[float, float, float] = ADDITIONALITY,
    evidence: tuple[float, float] | None = None,
) -> xr.DataArray:
    """Draws of additionality: a bounded hump (PERT), narrowed by evidence if there is any.

    Parameters
    ----------
    draws : int
        How many. The first ones are the same however many there are.
    seed : int
        Of the stream.
    bounds : tuple of float
        Lowest, most likely and highest value.
    evidence : tuple of float, optional
        An estimate of additionality and its standard error, by which the hump is weighted.

    Returns
    -------
    xr.DataArray
        Shares, ``(draw,)``.

    Raises
    ------
    SchemaError
        If the bounds are not in order between 0 and 1, or no draw is asked for.

    References
    ----------
    .. [1] Malcolm, Roseboom, Clark & Fazar (1959), Operations Research 7(5), 646-669.

    Examples
    --------
    >>> float(additionality_draws(4000, seed=1).mean().round(2))
    0.39
    """
    if not (bounds[0] >= 0.0 and bounds[2] <= 1.0):
        raise SchemaError(f"additionality: bounds {bounds} are not shares between 0 and 1.")
    return pert_draws(bounds, draws=draws, seed=seed, evidence=evidence).rename("additionality")


def pert_draws(
    bounds: tuple[float, float, float],
    *,
    draws: int,
    seed: int | tuple[int, ...],
    evidence: tuple[float, float] | None = None,
) -> xr.DataArray:
    """Draws of a number that has a lowest, a most likely and a highest value.

    Parameters
    ----------
    bounds : tuple of float
        Lowest, most likely and highest value.
    draws : int
        How many. The first ones are the same however many there are.
    seed : int or tuple of int
        Of the stream.
    evidence : tuple of float, optional
        An estimate and its standard error, by which the hump is weighted.

    Returns
    -------
    xr.DataArray
        ``(draw,)``: a Beta distribution between the bounds whose mean is (low + 4 likely + high) / 6.

    Raises
    ------
    SchemaError
        If the bounds are not in order, or no draw is asked for.

    Examples
    --------
    >>> draws = pert_draws((0.0, 1.0, 2.0), draws=2000, seed=3)
    >>> float(draws.mean().round(1)), bool((draws < 2.0).all())
    (1.0, True)
    """
    low, mode, high = bounds
    if not low <= mode <= high or low == high:
        raise SchemaError(f"draws: bounds {bounds} are not a lowest, a most likely and a highest value.")
    if draws < 1:
        raise SchemaError(f"draws: {draws} are asked for. Give at least 1.")
    chance = np.random.default_rng(seed).random(draws)
    a, b = 1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low)
    values = low + (high - low) * scipy.special.betaincinv(a, b, chance)
    if evidence is not None:
        grid = np.linspace(low, high, 2001)
        share = (grid - low) / (high - low)
        hump = share ** (a - 1.0) * (1.0 - share) ** (b - 1.0)
        density = hump * np.exp(-0.5 * ((grid - evidence[0]) / evidence[1]) ** 2)
        below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
        values = np.interp(chance, below / below[-1], grid)
    return xr.DataArray(values, coords={"draw": np.arange(draws)}, attrs={"units": "1"})


def interval(values: xr.DataArray, *, level: float = 0.9, dim: str = "draw") -> xr.Dataset:
    """Mean over draws, and the interval that holds a share of them.

    Parameters
    ----------
    values : xr.DataArray
        With the dimension of draws.
    level : float
        Share of the draws inside, equally many on both sides outside.
    dim : str
        The dimension of draws.

    Returns
    -------
    xr.Dataset
        ``mean``, ``low`` and ``high``, without draws.

    Raises
    ------
    SchemaError
        If there is no such dimension.

    Examples
    --------
    >>> import xarray as xr
    >>> float(interval(xr.DataArray(range(101), dims="draw")).high)
    95.0
    """
    if dim not in values.dims:
        raise SchemaError(f"interval: there is no dimension {dim}. Draw what is uncertain first.")
    ends = values.quantile([0.5 - level / 2, 0.5 + level / 2], dim)
    low, high = ends.isel(quantile=0, drop=True), ends.isel(quantile=1, drop=True)
    return xr.Dataset({"mean": values.mean(dim), "low": low, "high": high})

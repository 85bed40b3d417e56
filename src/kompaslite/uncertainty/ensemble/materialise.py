"""Futures as ordinary assumptions, for a part that fits in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.futures import Futures, ordered, unit_of
from kompaslite.uncertainty.ensemble.terms import AXES, Arrays, Block, Labelled, Recipe, inner_dims, product


def assumptions_of(futures: Futures, *, areas: Sequence[str] | None = None, draws: range | None = None) -> xr.Dataset:
    """Ordinary assumptions of some areas and draws, for `project` and for looking at.

    Parameters
    ----------
    futures : Futures
        From `sample`.
    areas : sequence of str, optional
        Codes; all unless given.
    draws : range, optional
        Numbers of draws, one after the other; all unless given.

    Returns
    -------
    xr.Dataset
        Each variable with the dimensions that it hangs on, ``draw`` among them.

    Raises
    ------
    SchemaError
        If an area or draw is unknown.

    Examples
    --------
    >>> one = xr.DataArray([0.1, 0.2], coords={"year": [2026, 2027]}, attrs={"units": "1/year"})
    >>> level = xr.DataArray([1.0, 2.0], coords={"draw": [0, 1]})
    >>> assumptions_of(Futures(baseline=xr.Dataset({"sex_ratio_at_birth": one * level})), draws=range(1, 2))[
    ...     "sex_ratio_at_birth"
    ... ].values.tolist()
    [[0.2, 0.4]]
    """
    chosen = futures if areas is None else futures.select(areas)
    codes = chosen.codes if areas is None else tuple(areas)
    count = len(chosen.labels.get("draw", "1"))
    wanted = range(count) if draws is None else draws
    if not isinstance(wanted, range) or wanted.step != 1 or not 0 <= wanted.start < wanted.stop <= count:
        raise SchemaError(f"draws: {wanted!r} is not a range of draws from 0 up to {count}, for example range(0, 10).")
    part = slice(wanted.start, wanted.stop)
    arrays = Arrays.of(Labelled.of(chosen)).cut(Block(slice(0, len(codes)), part))
    return _labelled(chosen, Recipe.of(chosen).resolve(arrays, codes, part), codes, wanted)


def _labelled(
    futures: Futures, terms: Mapping[str, list[list[np.ndarray]]], codes: Sequence[str], draws: range
) -> xr.Dataset:
    known: dict[str, Any] = futures.labels | {"area": list(codes), "year": futures.years, "draw": list(draws)}
    found = {}
    for name, parts in terms.items():
        has, inner = futures.dims(name), inner_dims(name)
        values = product(parts)
        outer = [len(known[dim]) if dim in has else 1 for dim in AXES]
        values = np.broadcast_to(values, (*outer, *values.shape[len(AXES) :]))
        coords = {dim: known[dim] for dim in AXES if dim in has} | {dim: futures.baseline[dim].values for dim in inner}
        array = xr.DataArray(values.reshape([len(label) for label in coords.values()]), coords=coords)
        unit = futures.baseline[name].attrs.get("units") if name in futures.baseline else unit_of(name)
        found[name] = ordered(array, unit)
    return xr.Dataset(found)

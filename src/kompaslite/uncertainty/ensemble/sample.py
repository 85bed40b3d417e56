"""Draws: one seed, one future per draw, the same in every scenario; a part of them as ordinary assumptions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from kompaslite.engine import Convention, project
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.bare import AXES, BareArrays, Block, LabelledArrays, Recipe, inner_dims
from kompaslite.uncertainty.ensemble.bounds import product
from kompaslite.uncertainty.ensemble.futures import Futures, ordered, unit_of
from kompaslite.uncertainty.levels.model import Levels
from kompaslite.uncertainty.streams import require_kind


def assumptions_of(
    futures: Futures,
    *,
    areas: Sequence[str] | None = None,
    draws: range | None = None,
    convention: Convention = Convention.mean_exposure,
) -> xr.Dataset:
    """Ordinary assumptions of some areas and draws, for `project` and for looking at.

    Parameters
    ----------
    futures : Futures
        From `sample`.
    areas : sequence of str, optional
        Codes; all unless given.
    draws : range, optional
        Numbers of draws, one after the other; all unless given.
    convention : Convention
        Timing of events of the projection: its highest rates bound those of the draws.

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
    require_kind(futures, Futures, "futures", "Make them with sample().")
    require_kind(convention, Convention, "convention", "Take one, for example Convention.mean_exposure.")
    chosen = futures if areas is None else futures.select(areas)
    codes = chosen.codes if areas is None else tuple(areas)
    count = len(chosen.labels.get("draw", "1"))
    wanted = range(count) if draws is None else draws
    if not isinstance(wanted, range) or wanted.step != 1 or not 0 <= wanted.start < wanted.stop <= count:
        raise SchemaError(f"draws: {wanted!r} is not a range of draws from 0 up to {count}, for example range(0, 10).")
    part = slice(wanted.start, wanted.stop)
    arrays = BareArrays.of(LabelledArrays.of(chosen)).cut(Block(slice(0, len(codes)), part))
    return _labelled(chosen, Recipe.of(chosen, convention).resolve(arrays, codes, part), codes, wanted)


def _labelled(
    futures: Futures, terms: Mapping[str, list[list[np.ndarray]]], codes: Sequence[str], draws: range
) -> xr.Dataset:
    known: dict[str, Any] = futures.labels | {"area": list(codes), "year": futures.years, "draw": list(draws)}
    found = {}
    for name, parts in terms.items():
        values, inner = product(parts), inner_dims(name)
        has = futures.dims(name) | {dim for dim, size in zip(AXES, values.shape, strict=False) if size > 1}
        outer = [len(known[dim]) if dim in has else 1 for dim in AXES]
        values = np.broadcast_to(values, (*outer, *values.shape[len(AXES) :]))
        coords = {dim: known[dim] for dim in AXES if dim in has} | {dim: futures.baseline[dim].values for dim in inner}
        array = xr.DataArray(values.reshape([len(label) for label in coords.values()]), coords=coords)
        unit = futures.baseline[name].attrs.get("units") if name in futures.baseline else unit_of(name)
        found[name] = ordered(array, unit)
    return xr.Dataset(found)


def sample(
    assumptions: xr.Dataset,
    levels: Levels | None = None,
    *,
    seed: int,
    draws: int | None = 1000,
    factors: Mapping[str, Sequence[xr.DataArray]] | None = None,
    whole_persons: bool = False,
) -> Futures:
    """Many futures around the assumptions of one.

    A draw is one future in all its components and all its areas: one path of every national level, one of every
    local level beside it, and one value of each parameter that a short history leaves open. The same seed gives the
    same draws whatever the chunks, the workers, the other areas or the scenarios, so that scenarios differ by what
    they say and not by chance. Nothing is made yet: `project_summary` makes the draws block by block.

    Draws lie around the forecast that the assumptions give without them: the median of every rate is the one given,
    and where levels act per head, a gain is as many persons of that forecast as a loss of the same size. For this it
    is projected from the people of the levels, unless these are counted along a forecast already (`Levels.along`) or
    the assumptions are backed by dask.

    Parameters
    ----------
    assumptions : xr.Dataset
        As `assume` or a method gives them, with any outer dimensions, ``scenario`` among them.
    levels : Levels, optional
        Time-series models, from `fit_levels`.
    seed : int
        A whole number of at least 0.
    draws : int, optional
        How many; None where `assumptions` or `factors` have draws of their own. The first draws are the same however
        many there are.
    factors : mapping of str to sequence of xr.DataArray, optional
        Factors of an assumption by any dimensions, for example draws of a level made elsewhere, over ``draw``.
    whole_persons : bool
        Whether single persons die, leave, arrive and are born by chance: for small zones and small age groups.

    Returns
    -------
    Futures
        For `project_summary`; some of its draws as ordinary assumptions by `assumptions_of`.

    Raises
    ------
    SchemaError
        If the seed is not a whole number, draws differ in number, an area has no model, or nothing varies.

    Examples
    --------
    >>> import xarray as xr
    >>> baseline = xr.Dataset({"sex_ratio_at_birth": xr.DataArray([1.06, 1.06], coords={"year": [2026, 2027]})})
    >>> level = xr.DataArray([0.9, 1.0, 1.1], coords={"draw": [0, 1, 2]})
    >>> sample(baseline, seed=2026, draws=None, factors={"sex_ratio_at_birth": [level]}).draws
    3
    """
    futures = _along_its_line(
        Futures(
            baseline=assumptions,
            factors=factors or {},
            levels=levels,
            draws=draws,
            seed=seed,
            whole_persons=whole_persons,
        )
    )
    varies = levels is not None or whole_persons or any("draw" in array.dims for array in futures.arrays())
    if not varies:
        raise SchemaError(
            "sample: every draw would be the same. Give levels (see fit_levels), factors with the dimension draw, or "
            "whole_persons=True."
        )
    return futures


def _along_its_line(futures: Futures) -> Futures:
    """The futures with effects per head counted along their forecast without draws, where they are not yet."""
    levels = futures.levels
    if levels is None or levels.people is None or "year" in levels.people.dims:
        return futures
    if any(array.chunks is not None for array in futures.arrays()):
        return futures
    people = levels.people
    if "area" in people.dims and "area" in futures.labels:
        people = people.sel(area=list(futures.codes))
    factors = {name: tuple(_centre(one) for one in each) for name, each in futures.factors.items()}
    still = assumptions_of(Futures(baseline=futures.baseline.map(_centre, keep_attrs=True), factors=factors))
    return replace(futures, levels=levels.along(project(people, still, flows=()).population))


def _centre(array: xr.DataArray) -> xr.DataArray:
    return array.mean("draw", keep_attrs=True) if "draw" in array.dims else array

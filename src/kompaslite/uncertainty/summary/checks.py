"""Inputs of a run against each other: labels, draws, chunks and regions; no large array is computed for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from kompaslite.engine import Convention, project
from kompaslite.schema import OUTER, SchemaError, conform, require_dims, require_labels, require_whole, short_list
from kompaslite.uncertainty.ensemble.futures import Futures, require_models
from kompaslite.uncertainty.ensemble.materialise import assumptions_of
from kompaslite.uncertainty.summary.reduce import Reduce

_COUPLING = ("moves", "birth_allotment")


def is_coupled(futures: Futures) -> bool:
    """Whether people move between the areas."""
    return any(name in futures.baseline for name in _COUPLING)


def checked_people(jump_off: xr.DataArray) -> xr.DataArray:
    """The jump-off population with its dimensions in order."""
    if not isinstance(jump_off, xr.DataArray):
        raise SchemaError(f"population: a labelled array is needed, not {type(jump_off).__name__}.")
    if "year" in jump_off.dims:
        raise SchemaError("population: a projection starts from one year. Select it with .sel(year=...).")
    require_dims(jump_off, "population", needed=("sex", "age"))
    return conform(jump_off, "population")


def run_labels(people: xr.DataArray, futures: Futures) -> dict[str, np.ndarray]:
    """Labels of the outer dimensions of all inputs together."""
    found = futures.labels
    for dim in OUTER:
        if dim in people.dims:
            if dim == "draw" and "draw" in found and people.sizes[dim] != len(found[dim]):
                raise SchemaError(
                    f"population: it has {people.sizes[dim]} draws, the assumptions have {len(found[dim])}. A draw is "
                    "one future in all its inputs: give both the same draws."
                )
            found.setdefault(dim, people[dim].values)
    return {dim: found[dim] for dim in OUTER if dim in found}


def require_draws(labels: Mapping[str, np.ndarray]) -> None:
    """Raise unless some input has draws."""
    if "draw" not in labels:
        raise SchemaError(
            "project_summary: no input has the dimension draw, so there is nothing to summarise. Make draws with "
            "sample(...), or use project(...) for one future."
        )


def check_agreement(people: xr.DataArray, futures: Futures, labels: Mapping[str, np.ndarray]) -> xr.DataArray:
    """Return the population in the order of the assumptions' labels."""
    for dim in ("scenario", "draw", "origin", "area"):
        if dim in people.dims:
            people = require_labels(people, dim, labels[dim], "population", against="the assumptions")
    for array in futures.arrays():
        for dim in ("scenario", "origin", "area"):
            if dim in array.dims:
                _require_same(array, dim, labels[dim])
    if futures.levels is not None and futures.levels.local is not None:
        if "area" not in labels:
            raise SchemaError(
                "levels: they have areas, the population and the assumptions have not. Add the dimension with "
                ".expand_dims(area=[...])."
            )
        require_models(futures.levels, labels["area"].tolist())
    if futures.whole_persons and is_coupled(futures):
        raise SchemaError(
            "whole_persons: people move between these areas, and whole persons are not divided over them. Leave out "
            "whole_persons, or the moves."
        )
    return people


def _require_same(array: xr.DataArray, dim: str, labels: np.ndarray) -> None:
    require_labels(array, dim, labels, str(array.name), against="the other inputs")
    if array[dim].values.tolist() != labels.tolist():
        raise SchemaError(
            f"{array.name}: the labels of dimension {dim} stand in another order than in the other inputs. "
            f"Put them in order with .sel({dim}=...)."
        )


def check_regions(reduce: Reduce, areas: Sequence[str]) -> None:
    """Raise unless the regions are made of these areas and have names of their own."""
    for name, members in reduce.regions.items():
        if name in areas:
            raise SchemaError(f"reduce: the region {name!r} has the name of an area. Choose another name.")
        missing = [code for code in members or () if code not in areas]
        if missing:
            raise SchemaError(f"reduce: the region {name!r} has areas that there are not: {short_list(missing)}.")


def check_chunks(chunks: Mapping[str, int] | None, *, coupled: bool, areas: int) -> dict[str, int]:
    """Return the sizes of the chunks, if they can be projected by themselves."""
    for dim, size in (chunks or {}).items():
        if dim not in ("area", "draw"):
            raise SchemaError(f"chunks: {indivisible(dim)}")
        require_whole(size, f"chunks of {dim}", low=1)
    if coupled and (chunks or {}).get("area", areas) < areas:
        raise SchemaError(
            "chunks: people move between these areas, so that they cannot be divided. Chunk over draw only."
        )
    return {dim: int(size) for dim, size in (chunks or {}).items()}


def indivisible(dim: str) -> str:
    """Why a dimension cannot be divided, and what to do instead."""
    return (
        f"{dim} cannot be divided, because a cohort needs all its ages, both sexes and all its years. "
        "Chunk over area and draw."
    )


def rehearse(people: xr.DataArray, futures: Futures, areas: Sequence[str], *, convention: Convention) -> None:
    """Project one draw of some areas with labels: what is wrong with names, labels and units is said at once."""
    some = _harmless(futures.select(areas) if "area" in futures.labels else futures)
    start = people.sel(area=list(areas)) if "area" in people.dims else people
    start = start.isel(draw=[0]) if "draw" in start.dims else start
    start = _stand_in(start, 1.0)
    draws = range(1) if "draw" in some.labels else None
    made = assumptions_of(some, areas=areas if futures.codes != ("",) else None, draws=draws)
    project(start, made, convention=convention, engine="numpy")


def _harmless(futures: Futures) -> Futures:
    baseline = {
        str(name): _stand_in(array, 1.0 if name == "sex_ratio_at_birth" else 0.0)
        for name, array in futures.baseline.data_vars.items()
    }
    factors = {name: tuple(_stand_in(one, 1.0) for one in each) for name, each in futures.factors.items()}
    return replace(futures, baseline=xr.Dataset(baseline), factors=factors)


def _stand_in(array: xr.DataArray, value: float) -> xr.DataArray:
    return array if array.chunks is None else array.copy(data=np.full(array.shape, value))

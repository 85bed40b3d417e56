"""Inputs backed by dask arrays: the same blocks, laid out as tasks for whichever scheduler is in charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, Engine
from kompaslite.engine.run import Kernel
from kompaslite.schema import PERSONS, SEXES, SchemaError
from kompaslite.uncertainty.ensemble.bare import LabelledArrays, inner_dims
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.summary.plan import Plan, indivisible, make_plan
from kompaslite.uncertainty.summary.projector import Projector
from kompaslite.uncertainty.summary.reduce import Reduce, add_to_regions, reduced

Array = NDArray[Any]
#: Dimensions of a block of sums behind those that are divided, ``(area, draw)``.
_SUMS = ("scenario", "origin", "item", "bound")


def lazy_population(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset | Futures,
    *,
    convention: Convention = Convention.mean_exposure,
    engine: Kernel | Engine = "auto",
    chunks: Mapping[str, int] | None = None,
) -> xr.DataArray:
    """Every draw of the population, not yet computed: for writing straight to zarr or netCDF.

    Parameters
    ----------
    jump_off, assumptions, convention, engine
        As in `project_summary`; backed by dask or in memory.
    chunks : mapping of str to int, optional
        How many of ``area`` and ``draw`` make a task; those of the inputs unless given.

    Returns
    -------
    xr.DataArray
        Persons, ``(scenario, draw, origin, area, sex, age, year)``, those that there are, backed by dask; from the
        jump-off to the year after the last of the assumptions.

    Raises
    ------
    SchemaError
        As `project_summary`; what is wrong with values is said when they are computed.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import plain_cohort_component
    >>> from kompaslite.uncertainty import fit_levels, sample
    >>> observed = made_up(3, years=range(2006, 2027))
    >>> futures = sample(plain_cohort_component(observed, [2026, 2027]), fit_levels(observed), draws=20, seed=1)
    >>> lazy_population(observed.population.sel(year=2026), futures).dims
    ('draw', 'area', 'sex', 'age', 'year')
    """
    plan = make_plan(jump_off, assumptions, convention=convention, engine=engine, chunks=chunks, complete=True)
    sums = _sums(plan, chunks or {})
    ages = plan.inputs.people["age"].values
    years = plan.projector.years
    cells = sums.assign_coords(item=np.arange(sums.sizes["item"])).coarsen(item=ages.size)
    people = cells.construct(item=("sex", "age")).rename(bound="year")
    labels: dict[str, Any] = {dim: values for dim, values in plan.labels.items() if dim in people.dims}
    labels |= {"sex": list(SEXES), "age": ages, "year": np.append(years, years[-1] + 1)}
    absent = {dim: 0 for dim in people.dims if dim not in labels}
    kept = people.drop_vars([str(name) for name in people.coords]).isel(absent).assign_coords(labels)
    order = [dim for dim in (*plan.labels, "sex", "age", "year") if dim in kept.dims]
    return kept.transpose(*order).rename("population").assign_attrs(units=PERSONS)


def is_lazy(jump_off: xr.DataArray, assumptions: xr.Dataset | Futures) -> bool:
    """Whether any input is backed by dask."""
    arrays = assumptions.arrays() if isinstance(assumptions, Futures) else list(assumptions.data_vars.values())
    return any(array.chunks is not None for array in (jump_off, *arrays))


def lazy_summary(plan: Plan, chunks: Mapping[str, int]) -> xr.Dataset:
    """The summary of a run as tasks."""
    sums = _sums(plan, chunks)
    parts = [_reduced(sums.chunk(draw=-1), plan)]
    if plan.reduce.regions:
        parts.append(_reduced(_regions(sums, plan).chunk(draw=-1), plan))
    arrays = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    return plan.labelled(arrays)


def _joined(parts: Sequence[xr.DataArray]) -> Any:
    """Areas, and the regions behind them, ``[..., scenario, origin, area, item, year]``, still lazy."""
    whole = xr.concat(parts, "area") if len(parts) > 1 else parts[0]
    item, bound = whole.dims[-2:]
    return whole.transpose(..., "scenario", "origin", "area", item, bound).data


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What one task does: bare arrays in, sums out."""

    projector: Projector
    inputs: LabelledArrays
    codes: tuple[str, ...]
    whole: tuple[tuple[str, ...], ...]

    def sums(self, areas: Array, draws: Array, *arrays: Array) -> Array:
        """Sums of a block, ``[area, draw, scenario, origin, item, bound]``."""
        places, numbers = areas.reshape(-1), draws.reshape(-1)
        names = [name for _, name in self.inputs.flat()]
        bare = [_with_axes(*each) for each in zip(arrays, self.whole, names, strict=True)]
        part = slice(int(numbers[0]), int(numbers[-1]) + 1)
        out = np.empty(self.projector.shape(places.size, numbers.size))
        self.projector.fill(self.inputs.gathered(bare), [self.codes[place] for place in places], part, out)
        return out.transpose(2, 5, 0, 1, 3, 4)


def _with_axes(values: Array, whole: Sequence[str], name: str) -> Array:
    """``[area, draw, ...]``, less the leading axes that xarray left out, as ``[*AXES, ...]``."""
    divided = values.shape[: values.ndim - len(whole)]
    sizes = dict(zip(whole, values.shape[len(divided) :], strict=True))
    area, draw = (1,) * (2 - len(divided)) + divided
    core = [sizes.get(dim, 1) for dim in ("year", "scenario", "origin", *inner_dims(name))]
    full = values.reshape(area, draw, *core)
    return full.transpose(2, 3, 1, 4, 0, *range(5, full.ndim))


def _sums(plan: Plan, chunks: Mapping[str, int]) -> xr.DataArray:
    """Sums of every draw, ``(area, draw, scenario, origin, item, bound)``, as tasks."""
    import dask.array as da

    sizes = _chunk_sizes(plan, chunks)
    rows = [_ready(array, name, sizes) for array, name in plan.inputs.flat()]
    index = {"area": len(plan.areas), "draw": plan.draws}
    places = [xr.DataArray(da.arange(many, chunks=sizes[dim]), dims=[dim]) for dim, many in index.items()]
    whole = [tuple(str(dim) for dim in row.dims if dim not in index) for row in rows]
    shape = plan.projector.shape(1, 1)
    result = xr.apply_ufunc(
        _Task(plan.projector, _without_arrays(plan.inputs), plan.areas, tuple(whole)).sums,
        *places,
        *rows,
        input_core_dims=[[], [], *(list(dims) for dims in whole)],
        output_core_dims=[list(_SUMS)],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": dict(zip(_SUMS, (shape[0], shape[1], shape[3], shape[4]), strict=True))},
    )
    return cast("xr.DataArray", result)


def _without_arrays(inputs: LabelledArrays) -> LabelledArrays:
    """The same places without what is in them: arrays travel as tasks, not with the function."""
    nothing = xr.DataArray(0.0)
    fixed = {name: (nothing,) * len(factors) for name, factors in inputs.fixed.items()}
    return replace(inputs, people=nothing, fixed=fixed, responses=(nothing,) * len(inputs.responses))


def _ready(array: xr.DataArray, name: str, sizes: Mapping[str, Any]) -> xr.DataArray:
    """All dimensions that a task has whole, one chunk each; those divided in the chunks of the run; no labels."""
    for dim, parts in array.chunksizes.items():
        if dim not in ("area", "draw", "scenario", "origin") and len(parts) > 1:
            raise SchemaError(f"{name}: it is divided into {len(parts)} chunks over {dim}. {indivisible(str(dim))}")
    order = [dim for dim in ("area", "draw", "year", "scenario", "origin", *inner_dims(name)) if dim in array.dims]
    bare = array.drop_vars([str(coord) for coord in array.coords]).astype(np.float64).transpose(*order)
    return bare.chunk({dim: sizes.get(dim, -1) for dim in order})


def _chunk_sizes(plan: Plan, chunks: Mapping[str, int]) -> dict[str, Any]:
    """Chunks of ``area`` and ``draw``: as asked for, else as the inputs have them, else as the plan would."""
    found: dict[str, Any] = {}
    for dim, many in (("area", len(plan.areas)), ("draw", plan.draws)):
        own = [array.chunksizes[dim] for array, _ in plan.inputs.flat() if dim in array.chunksizes]
        default = many if dim == "draw" and "draw" not in chunks else plan.chunks[dim]
        found[dim] = chunks[dim] if dim in chunks else max(own, key=len) if own else default
    if plan.projector.coupled:
        if isinstance(found["area"], tuple) and len(found["area"]) > 1:
            raise SchemaError(
                f"area: it is divided into {len(found['area'])} chunks, but people move between these areas, so that "
                "they cannot be divided. Chunk over draw only."
            )
        found["area"] = len(plan.areas)
    return found


def _reduce_block(reduce: Reduce, sums: Array) -> Any:
    """Reduce complete draws, ``[area, draw, scenario, origin, item, bound]``; areas come first in every result."""
    found = reduced(np.ascontiguousarray(sums.transpose(2, 3, 0, 4, 5, 1)), reduce)
    moved = tuple(np.moveaxis(one, -3, 0) for one in found.values())
    return moved if len(moved) > 1 else moved[0]


def _reduced(sums: xr.DataArray, plan: Plan) -> dict[str, xr.DataArray]:
    """What is kept of complete draws, as tasks."""
    trial = reduced(np.ones(plan.projector.shape(1, plan.draws)), plan.reduce)
    cores = {name: _dims_of(name, one) for name, one in trial.items()}
    sizes = {
        dim: size
        for name, one in trial.items()
        for dim, size in zip(cores[name], (*one.shape[:-3], *one.shape[-2:]), strict=True)
    }
    arrays = xr.apply_ufunc(
        partial(_reduce_block, plan.reduce),
        sums,
        input_core_dims=[["draw", *_SUMS]],
        output_core_dims=list(cores.values()),
        dask="parallelized",
        output_dtypes=[np.float64] * len(cores),
        dask_gufunc_kwargs={"output_sizes": sizes},
    )
    return dict(zip(cores, arrays if len(cores) > 1 else [arrays], strict=True))


def _dims_of(name: str, one: Array) -> list[str]:
    """Dimensions of a reduced array but the area; those that differ between arrays have names of their own."""
    front = [f"front of {name}"] if one.ndim > 5 else []
    return [*front, "scenario", "origin", f"item of {name}", "bound"]


def _add_areas(reduce: Reduce, codes: tuple[str, ...], sums: Array) -> Array:
    """Sum over areas, one after the other: ``[draw, area, scenario, origin, item, bound]`` in, regions behind."""
    ordered = sums.transpose(2, 3, 1, 4, 5, 0)
    regions = np.zeros((*ordered.shape[:2], len(reduce.regions), *ordered.shape[3:]))
    add_to_regions(regions, ordered, reduce, codes)
    return regions.transpose(5, 2, 0, 1, 3, 4)


def _regions(sums: xr.DataArray, plan: Plan) -> xr.DataArray:
    """Sums over areas of every draw, as tasks of few draws."""
    few = max(1, 2**27 // (8 * int(np.prod(plan.projector.shape(len(plan.areas), 1)))))
    found = xr.apply_ufunc(
        partial(_add_areas, plan.reduce, plan.areas),
        sums.chunk(area=-1, draw=min(few, plan.draws)),
        input_core_dims=[["area", *_SUMS]],
        output_core_dims=[["region", *_SUMS]],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": {"region": len(plan.reduce.regions)}},
    )
    return cast("xr.DataArray", found).rename(region="area").transpose("area", "draw", *_SUMS)

"""Reduced blocks put together, with labels."""

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.schema import PERSONS
from kompaslite.uncertainty.summary.plan import Plan
from kompaslite.uncertainty.summary.reduce import Reduce

Array = NDArray[Any]
#: Sums larger than this are kept in a temporary file instead of in memory.
IN_MEMORY = 2**30
_AREA_AXIS = -3
#: What an interval rests on, in words for tables and charts.
KINDS: dict[str, str] = {
    "draws": "interval from draws of the assumptions",
    "empirical": "interval from past errors of the method",
}


def room(shape: tuple[int, ...]) -> Array:
    """An array to write in: in memory, or in a temporary file where it is large."""
    size = 8 * int(np.prod(shape))
    if size <= IN_MEMORY:
        return np.empty(shape)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=np.float64, mode="w+", shape=shape)


def add_to_regions(regions: Array, sums: Array, reduce: Reduce, codes: Sequence[str]) -> None:
    """Add areas to the regions that they belong to, one after the other, whatever block they are in."""
    for row, members in enumerate(reduce.regions.values()):
        chosen = None if members is None else set(members)
        for place, area in enumerate(codes):
            if chosen is None or area in chosen:
                regions[:, :, row] += sums[:, :, place]


class Collected:
    """Room for the whole result.

    Parameters
    ----------
    plan : Plan
        Its labels.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._areas = [*plan.areas, *plan.reduce.regions]
        self._arrays: dict[str, Array] = {}

    def put(self, areas: slice, arrays: Mapping[str, Array]) -> None:
        """Take in the result of some areas, or of the regions behind them."""
        for name, part in arrays.items():
            if name not in self._arrays:
                shape = list(part.shape)
                shape[_AREA_AXIS] = len(self._areas)
                self._arrays[name] = np.empty(shape)
            self._arrays[name][..., areas, :, :] = part

    def dataset(self) -> xr.Dataset:
        """The result with labels."""
        return labelled_result(self._arrays, self._plan)


def labelled_result(arrays: Mapping[str, Any], plan: Plan) -> xr.Dataset:
    """Give the reduced arrays of a run their dimensions, labels and units."""
    years = plan.projector.years
    labels: dict[str, Any] = {dim: one for dim, one in plan.labels.items() if dim != "area"}
    if "area" in plan.labels or plan.reduce.regions:
        labels["area"] = [*plan.areas, *plan.reduce.regions]
    labels["year"] = np.append(years, years[-1] + 1)
    return marked(with_labels(arrays, plan.reduce, labels), draws=plan.draws, seed=plan.futures.seed)


def with_labels(arrays: Mapping[str, Any], reduce: Reduce, labels: Mapping[str, Any]) -> xr.Dataset:
    """Give reduced arrays their dimensions, labels and units."""
    known = {
        **labels,
        "age_group": list(reduce.items),
        "indicator": list(reduce.indicators),
        "event": list(reduce.exceeds),
        "quantile": list(reduce.quantiles),
        "rank": np.arange(1, len(labels.get("scenario", "1")) + 1),
    }
    first = [name for name in ("mean", "quantiles") if name in arrays]
    order = [*first, *(name for name in arrays if name not in first)]
    dataset = xr.Dataset({name: _one(name, arrays[name], known) for name in order})
    return dataset.isel({dim: 0 for dim in ("scenario", "origin", "area") if dim not in labels}, drop=True)


def marked(dataset: xr.Dataset, *, draws: int, seed: int | None = None) -> xr.Dataset:
    """Say on a result, and on each of its arrays, what it rests on."""
    by_seed = {} if seed is None else {"seed": seed}
    label = f"{KINDS['draws']}, {draws:,} draws" + ("" if seed is None else f", seed {seed}")
    words = {"kind": "draws", "label": label}
    named = {name: array.assign_attrs(words) for name, array in dataset.data_vars.items()}
    return dataset.assign(named).assign_attrs(words | {"draws": draws} | by_seed)


def _one(name: str, values: Any, labels: Mapping[str, Any]) -> xr.DataArray:
    item = "indicator" if name.startswith("indicator_") else "event" if name == "probability" else "age_group"
    front = {"quantiles": ["quantile"], "rank_probability": ["rank"], "draws": ["draw"]}.get(
        name.removeprefix("indicator_"), []
    )
    dims = [*front, "scenario", "origin", "area", item, "year"]
    persons = item == "age_group" and name != "rank_probability"
    coords = {dim: labels[dim] for dim in dims if dim in labels}
    return xr.DataArray(values, dims=dims, coords=coords, attrs={"units": PERSONS if persons else "1"})

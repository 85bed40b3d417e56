"""A block projected, wherever it runs; what is wrong in it is said with labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, project
from kompaslite.engine.checks import Contract
from kompaslite.schema import PERSONS, SEXES
from kompaslite.uncertainty.ensemble.bare import AXES, BareArrays, Recipe, cut, inner_dims
from kompaslite.uncertainty.ensemble.bounds import product
from kompaslite.uncertainty.ensemble.futures import unit_of
from kompaslite.uncertainty.summary.blocks import BlockJob, BrokenBlockError, Persons, group_sums
from kompaslite.uncertainty.summary.reduce import sum_groups

Array = NDArray[Any]
#: From people, ``(..., sex, age)``, and the assumptions of some draws to their population, ``(..., sex, age, year)``.
Projection = Callable[[xr.DataArray, xr.Dataset], xr.DataArray]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Projector:
    """What is the same for all blocks of a run.

    Parameters
    ----------
    recipe : Recipe
        How levels become numbers.
    outer : mapping of str to np.ndarray
        Labels of ``scenario`` and ``origin``, where there are any.
    years : np.ndarray
        Of the flows.
    convention : Convention
        Timing of events.
    groups : sequence of tuple of int or None
        Bounds of the age groups to sum, as positions; None keeps every sex and age.
    coupled : bool
        Whether people move between the areas.
    kernel : {"numpy", "numba"}
        Which loop runs.
    projection : Projection, optional
        What projects a block instead of these loops.
    """

    recipe: Recipe
    outer: Mapping[str, np.ndarray]
    years: np.ndarray
    convention: Convention
    groups: Sequence[tuple[int, int]] | None
    coupled: bool
    kernel: Literal["numpy", "numba"]
    projection: Projection | None = None

    def size(self, dim: str) -> int:
        """Labels of an outer dimension; 1 where there is none."""
        return len(self.outer.get(dim, "1"))

    @property
    def items(self) -> int:
        """Sums that are kept of each population."""
        return 2 * self.recipe.ages.size if self.groups is None else len(self.groups)

    def shape(self, areas: int, draws: int) -> tuple[int, ...]:
        """Of the sums of a block: ``[scenario, origin, area, item, year, draw]``."""
        return self.size("scenario"), self.size("origin"), areas, self.items, self.years.size + 1, draws

    def fill(self, arrays: BareArrays, codes: Sequence[str], draws: slice, out: Array) -> None:
        """Project a block and write its sums."""
        terms = self.recipe.resolve(arrays, codes, draws)
        if self.projection is not None:
            labels = self._labels(codes, draws)
            people = self.projection(*self._with_labels(arrays.people, terms, labels))
            out[...] = self._kept(people.transpose(*labels, "sex", "age"))
            return
        persons = Persons(self.recipe.seed, tuple(codes), draws.start) if self.recipe.whole_persons else None
        job = BlockJob(
            jump_off=arrays.people,
            terms=terms,
            shape=(self.size("scenario"), draws.stop - draws.start, self.size("origin"), len(codes)),
            horizon=self.years.size,
            convention=self.convention,
            bounds={name: Contract(self.convention, 1).bounds(name) for name in terms},
            groups=self.groups,
            coupled=self.coupled,
            kernel=self.kernel,
            persons=persons,
        )
        try:
            group_sums(job, out)
        except BrokenBlockError:
            self._explain(job, codes, draws)

    def _explain(self, job: BlockJob, codes: Sequence[str], draws: slice) -> None:
        """Run the block with labels, which names the cell that is wrong; a part at a time, as it has run."""
        for part in job.parts():
            terms = {name: [[cut(one, part) for one in each] for each in sums] for name, sums in job.terms.items()}
            some = slice(draws.start + part.draws.start, draws.start + part.draws.stop)
            start, assumptions = self._with_labels(
                cut(job.jump_off, part), terms, self._labels(codes[part.areas], some)
            )
            project(start, assumptions, convention=self.convention, engine="numpy", flows=())
        raise AssertionError("a block failed that the labelled projection accepts")

    def _kept(self, people: xr.DataArray) -> Array:
        """Sums of a population that was projected with labels, ``[scenario, origin, area, item, year, draw]``."""
        sizes = [people.sizes.get(dim, 1) for dim in AXES]
        values = people.values.reshape(*sizes, *people.shape[-2:])
        sums = values.reshape(*sizes, -1) if self.groups is None else sum_groups(values, self.groups)
        return sums.transpose(1, 3, 4, 5, 0, 2)

    def _labels(self, codes: Sequence[str], draws: slice) -> dict[str, Any]:
        """Labels of a block, in the order of `AXES`."""
        labels = {"year": self.years, **self.outer, "draw": np.arange(draws.start, draws.stop), "area": list(codes)}
        return {dim: labels[dim] for dim in AXES if dim in labels and (dim != "area" or labels[dim] != [""])}

    def _with_labels(
        self, people: Array, terms: Mapping[str, list[list[Array]]], labels: Mapping[str, Any]
    ) -> tuple[xr.DataArray, xr.Dataset]:
        """People and assumptions of a block as `project` takes them."""
        made = {name: self._labelled(product(parts), labels, inner_dims(name)) for name, parts in terms.items()}
        variables = {name: array.assign_attrs(units=unit_of(name)) for name, array in made.items()}
        start = self._labelled(people, {dim: one for dim, one in labels.items() if dim != "year"}, ("sex", "age"))
        return start.assign_attrs(units=PERSONS), xr.Dataset(variables)

    def _labelled(self, values: Array, labels: Mapping[str, Any], inner: Sequence[str]) -> xr.DataArray:
        """Values with the dimensions along which they differ."""
        own: dict[str, Any] = {"sex": list(SEXES), "age": self.recipe.ages, "destination": labels.get("area", [])}
        sizes = dict(zip(AXES, values.shape, strict=False))
        coords = {dim: one for dim, one in labels.items() if sizes[dim] == len(one)} | {dim: own[dim] for dim in inner}
        wide = np.broadcast_to(values, (*values.shape[: len(AXES)], *(len(own[dim]) for dim in inner)))
        return xr.DataArray(wide.reshape([len(label) for label in coords.values()]), coords=coords)

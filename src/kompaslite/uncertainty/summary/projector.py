"""A block projected, wherever it runs; what is wrong in it is said with labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention, project
from kompaslite.engine.project_inputs import Terms as Contract
from kompaslite.schema import PERSONS, SEXES
from kompaslite.uncertainty.ensemble.futures import unit_of
from kompaslite.uncertainty.ensemble.terms import AXES, Arrays, Recipe, inner_dims, product
from kompaslite.uncertainty.summary.blocks import BlockJob, BrokenBlockError, Persons, group_sums

Array = NDArray[Any]


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
    """

    recipe: Recipe
    outer: Mapping[str, np.ndarray]
    years: np.ndarray
    convention: Convention
    groups: Sequence[tuple[int, int]] | None
    coupled: bool
    kernel: Literal["numpy", "numba"]

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

    def fill(self, arrays: Arrays, codes: Sequence[str], draws: slice, out: Array) -> None:
        """Project a block and write its sums."""
        terms = self.recipe.resolve(arrays, codes, draws)
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
            self._explain(arrays.people, terms, codes, draws)

    def _explain(
        self, people: Array, terms: Mapping[str, list[list[Array]]], codes: Sequence[str], draws: slice
    ) -> None:
        """Run the block with labels, which names the cell that is wrong."""
        labels = {"year": self.years, **self.outer, "draw": np.arange(draws.start, draws.stop), "area": list(codes)}
        variables = {}
        for name, parts in terms.items():
            array = self._labelled(product(parts), labels, inner_dims(name))
            variables[name] = array.assign_attrs(units=unit_of(name))
        start = self._labelled(people, {dim: one for dim, one in labels.items() if dim != "year"}, ("sex", "age"))
        project(start.assign_attrs(units=PERSONS), xr.Dataset(variables), convention=self.convention, engine="numpy")
        raise AssertionError("a block failed that the labelled projection accepts")

    def _labelled(self, values: Array, labels: Mapping[str, Any], inner: Sequence[str]) -> xr.DataArray:
        own = {"sex": list(SEXES), "age": self.recipe.ages, "destination": labels["area"]}
        coords = {dim: labels[dim] for dim in AXES if dim in labels} | {dim: own[dim] for dim in inner}
        wide = np.broadcast_to(values, [len(labels.get(dim, "1")) for dim in AXES] + [len(own[dim]) for dim in inner])
        return xr.DataArray(wide.reshape([len(label) for label in coords.values()]), coords=coords)

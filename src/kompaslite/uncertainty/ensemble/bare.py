"""From labelled futures to bare arrays of a block of areas and draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.engine import Convention
from kompaslite.schema import SchemaError, short_list
from kompaslite.uncertainty.ensemble.bounds import bound_hazards
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.levels.model import Effect, Levels

Array = NDArray[Any]
#: Axes of every bare array of a block, of length 1 where all are alike; behind them come the inner ones.
AXES = ("year", "scenario", "draw", "origin", "area")
_INNER: dict[str, tuple[str, ...]] = {
    "fertility": ("age",),
    "sex_ratio_at_birth": (),
    "moves": ("destination", "sex", "age"),
    "birth_allotment": ("destination",),
}
_ACTIONS: dict[str, Callable[[Array], Array]] = {
    "add": lambda level: level,
    "gain": lambda level: np.maximum(level, 0.0),
    "loss": lambda level: np.maximum(-level, 0.0),
}


def inner_dims(variable: str) -> tuple[str, ...]:
    """Dimensions of an assumption behind `AXES`."""
    return _INNER.get(variable, ("sex", "age"))


@dataclass(frozen=True, slots=True)
class Block:
    """Some areas and some draws."""

    areas: slice
    draws: slice


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """How levels become numbers, without any of the large arrays.

    Parameters
    ----------
    levels : Levels or None
        Models, their effects without responses.
    seed : int
        Of the run.
    whole_persons : bool
        Whether single persons are drawn one by one.
    ages : np.ndarray
        Labels.
    horizon : int
        Years.
    convention : Convention
        Timing of events, from which the highest rates follow.
    shared : tuple of bool
        Whether each effect is the same in all areas.
    """

    levels: Levels | None
    seed: int
    whole_persons: bool
    ages: np.ndarray
    horizon: int
    convention: Convention
    shared: tuple[bool, ...] = ()

    @classmethod
    def of(cls, futures: Futures, convention: Convention) -> "Recipe":
        """What these futures are made by."""
        bare_effects = tuple(replace(effect, response=None, per_head=False) for effect in futures.effects())
        levels = None if futures.levels is None else replace(futures.levels, effects=bare_effects, people=None)
        ages = futures.baseline["age"].values if "age" in futures.baseline else np.array([], dtype=int)
        alike = tuple(
            futures.levels is not None and "area" not in futures.levels.dims_of(effect) for effect in futures.effects()
        )
        return cls(levels, futures.seed, futures.whole_persons, ages, futures.years.size, convention, alike)

    def resolve(self, arrays: "BareArrays", codes: Sequence[str], draws: slice) -> dict[str, list[list[Array]]]:
        """Sums of products of a block: what hangs on draws is now numbers."""
        found = {name: [[np.ascontiguousarray(one) for one in factors]] for name, factors in arrays.fixed.items()}
        if self.levels is None:
            return found
        without = {name: [[*factors] for factors in terms] for name, terms in found.items()}
        levels, passing = self._levels(self.levels, codes, draws), self._passing(self.levels, codes, draws)
        # what all areas share is put together before the areas multiply it
        exponents: dict[tuple[str, bool], Array] = {}
        for effect, response, alike in zip(self.levels.effects, arrays.responses, self.shared, strict=True):
            level = self._level(effect, levels)
            if effect.how == "scale":
                key = effect.variable, alike
                exponent, variance = response * level, self._level(effect, passing)
                if variance.any():
                    exponent = exponent - 0.5 * response**2 * variance
                exponents[key] = exponents[key] + exponent if key in exponents else exponent
            else:
                found[effect.variable].append([response, _ACTIONS[effect.how](level)])
        for (name, _), exponent in exponents.items():
            found[name][0].append(np.exp(exponent))
        bound_hazards(found, without, self.convention)
        return found

    def _level(self, effect: Effect, levels: dict[str, Array]) -> Array:
        """Level that each cell of the variable has."""
        inner = len(inner_dims(effect.variable))
        if isinstance(effect.component, str):
            return levels[effect.component][(..., *(None,) * inner)]
        shape = np.broadcast_shapes(*(levels[name].shape for name in effect.component))
        by_age = np.zeros((*shape, *(1,) * (inner - 1), self.ages.size))
        for name, (low, high) in effect.component.items():
            by_age[..., (self.ages >= low) & (self.ages <= high)] = levels[name][(..., *(None,) * inner)]
        return by_age

    def _levels(self, levels: Levels, codes: Sequence[str], draws: slice) -> dict[str, Array]:
        """Level of each component, ``[*AXES]``."""
        national = levels.national_paths(self.seed, draws, self.horizon)
        local = levels.local_paths(self.seed, draws, self.horizon, codes, chance=not self.whole_persons)
        return _added(
            {name: path[:, None, :, None, None] for name, path in national.items()},
            {name: path[:, None, :, None, :] for name, path in local.items()},
        )

    def _passing(self, levels: Levels, codes: Sequence[str], draws: slice) -> dict[str, Array]:
        """Variance of the year's own noise of each component, ``[*AXES]``."""
        nation, local = levels.noises(self.seed, draws, codes, chance=not self.whole_persons)
        return _added(
            {name: noise[None, None, :, None, None] ** 2 for name, noise in nation.items()},
            {name: noise[None, None, None, None, :] ** 2 for name, noise in local.items()},
        )


def _added(national: dict[str, Array], local: dict[str, Array]) -> dict[str, Array]:
    """What areas have of each component beside what all share of it."""
    return national | {name: national[name] + own if name in national else own for name, own in local.items()}


@dataclass(frozen=True, slots=True, eq=False)
class BareArrays:
    """Bare arrays of futures, ``[*AXES, ...]``, of length 1 where all are alike.

    Parameters
    ----------
    people : np.ndarray
        The jump-off population.
    fixed : mapping of str to tuple of np.ndarray
        Factors of each variable.
    responses : tuple of np.ndarray
        Of each effect.
    """

    people: Array
    fixed: Mapping[str, tuple[Array, ...]]
    responses: tuple[Array, ...]

    @classmethod
    def of(cls, parts: "LabelledArrays") -> "BareArrays":
        """Lay out labelled arrays; nothing is multiplied yet."""
        fixed = {name: tuple(bare(one, name) for one in factors) for name, factors in parts.fixed.items()}
        responses = tuple(bare(one, name) for one, name in zip(parts.responses, parts.of_effects, strict=True))
        return cls(bare(parts.people, "population"), fixed, responses)

    def cut(self, block: Block) -> "BareArrays":
        """The part that belongs to a block."""
        fixed = {name: tuple(cut(one, block) for one in factors) for name, factors in self.fixed.items()}
        return BareArrays(cut(self.people, block), fixed, tuple(cut(one, block) for one in self.responses))


@dataclass(frozen=True, slots=True, eq=False)
class LabelledArrays:
    """The arrays of futures with their labels, in memory or backed by dask.

    Parameters
    ----------
    people : xr.DataArray
        The jump-off population.
    fixed : mapping of str to tuple of xr.DataArray
        Factors of each variable.
    responses, of_effects : tuple
        Responses of the effects, and the variables that they act on.
    """

    people: xr.DataArray
    fixed: Mapping[str, tuple[xr.DataArray, ...]]
    responses: tuple[xr.DataArray, ...]
    of_effects: tuple[str, ...]

    @classmethod
    def of(cls, futures: Futures, people: xr.DataArray | None = None) -> "LabelledArrays":
        """Gather all arrays."""
        fixed = {
            str(name): (array, *futures.factors.get(str(name), ()))
            for name, array in futures.baseline.data_vars.items()
        }
        for name in futures.variables():
            if name not in fixed:  # only levels make it: the sum begins with nothing in every cell
                sizes = {dim: futures.baseline.sizes[dim] for dim in inner_dims(name)}
                fixed[name] = (xr.DataArray(np.zeros(tuple(sizes.values())), dims=list(sizes)),)
        effects = futures.effects()
        responses = tuple(_of_these(futures.levels.response_of(one), futures) for one in effects if futures.levels)
        nobody = xr.DataArray(0.0) if people is None else people
        return cls(nobody, fixed, responses, tuple(one.variable for one in effects))

    def flat(self) -> list[tuple[xr.DataArray, str]]:
        """All arrays in a row, each with its variable."""
        rows = [(self.people, "population")]
        rows += [(one, name) for name, factors in self.fixed.items() for one in factors]
        return rows + list(zip(self.responses, self.of_effects, strict=True))

    def gathered(self, arrays: Sequence[Array]) -> BareArrays:
        """Bare arrays in the order of `flat`, put in their places."""
        rest = iter(arrays)
        people = next(rest)
        fixed = {name: tuple(next(rest) for _ in factors) for name, factors in self.fixed.items()}
        return BareArrays(people, fixed, tuple(rest))


def _of_these(response: xr.DataArray, futures: Futures) -> xr.DataArray:
    """A response of the areas and years of the futures, in their order."""
    wanted: dict[str, Any] = {"year": futures.years.tolist()}
    if futures.codes != ("",):
        wanted["area"] = list(futures.codes)
    for dim in wanted.keys() & set(response.dims):
        missing = sorted(set(wanted[dim]) - set(response[dim].values.tolist()))
        if missing:
            raise SchemaError(
                f"levels: what they do is not known for {dim} {short_list(missing)} of the assumptions. Fit or "
                "count them along a forecast with the same labels."
            )
    return response.sel({dim: labels for dim, labels in wanted.items() if dim in response.dims})


def bare(array: xr.DataArray, variable: str) -> Array:
    """A labelled array with all axes of a block, of length 1 where it does not have the dimension."""
    wanted = (*AXES, *inner_dims(variable))
    values = array.transpose(*wanted, missing_dims="ignore").values.astype(np.float64, copy=False)
    return values.reshape([array.sizes.get(dim, 1) for dim in wanted])


def cut(values: Array, block: Block) -> Array:
    """The part of a bare array that belongs to a block; axes of length 1 stand for all."""
    draws = block.draws if values.shape[2] > 1 else slice(None)
    areas = block.areas if values.shape[4] > 1 else slice(None)
    return values[:, :, draws, :, areas]

"""From labelled futures to bare arrays of a block of areas and draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.uncertainty.futures import Futures
from kompaslite.uncertainty.levels import Effect

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
class Terms:
    """Assumptions as sums of products of bare arrays, with the values of draws made for a block at a time.

    Parameters
    ----------
    futures : Futures
        What they are made from.
    areas : tuple of str
        Codes; one empty code where there is no dimension area.
    fixed : mapping of str to tuple of np.ndarray
        Factors of each variable's baseline, ``[*AXES, ...]``, of length 1 where they are alike.
    responses : tuple of np.ndarray
        Of each effect, the same axes.
    """

    futures: Futures
    areas: tuple[str, ...]
    fixed: dict[str, tuple[Array, ...]]
    responses: tuple[Array, ...]

    @classmethod
    def of(cls, futures: Futures, areas: Sequence[str]) -> "Terms":
        """Lay out all arrays; nothing is multiplied yet."""
        fixed = {
            str(name): tuple(bare(one, str(name)) for one in (array, *futures.factors.get(str(name), ())))
            for name, array in futures.baseline.data_vars.items()
        }
        for name in futures.variables():
            if name not in fixed:  # only levels make it: the sum begins with nothing in every cell
                cells = [futures.baseline.sizes[dim] for dim in inner_dims(name)]
                fixed[name] = (np.zeros((1,) * len(AXES) + tuple(cells)),)
        responses = tuple(_response(effect) for effect in futures.effects())
        return cls(futures, tuple(areas), fixed, responses)

    def resolve(self, block: Block) -> dict[str, list[list[Array]]]:
        """Sums of products of a block: what hangs on draws is now numbers.

        Parameters
        ----------
        block : Block
            Areas and draws.

        Returns
        -------
        dict
            Variable to its terms, each a list of factors ``[*AXES, ...]``.
        """
        found = {name: [[cut(one, block) for one in factors]] for name, factors in self.fixed.items()}
        levels = self._levels(block)
        for effect, response in zip(self.futures.effects(), self.responses, strict=True):
            level = self._level(effect, levels)
            weight = cut(response, block)
            if effect.how == "scale":
                found[effect.variable][0].append(np.exp(weight * level))
            else:
                found[effect.variable].append([weight, _ACTIONS[effect.how](level)])
        return found

    def _level(self, effect: Effect, levels: dict[str, Array]) -> Array:
        """Level that each cell of the variable has."""
        inner = len(inner_dims(effect.variable))
        if isinstance(effect.component, str):
            return levels[effect.component][(..., *(None,) * inner)]
        ages = self.futures.baseline["age"].values
        shape = np.broadcast_shapes(*(levels[name].shape for name in effect.component))
        by_age = np.zeros((*shape, *(1,) * (inner - 1), ages.size))
        for name, (low, high) in effect.component.items():
            by_age[..., (ages >= low) & (ages <= high)] = levels[name][(..., *(None,) * inner)]
        return by_age

    def _levels(self, block: Block) -> dict[str, Array]:
        """Level of each component, ``[*AXES]``."""
        futures = self.futures
        if futures.levels is None:
            return {}
        horizon = futures.years.size
        national = futures.levels.national_paths(futures.seed, block.draws, horizon)
        local = futures.levels.local_paths(
            futures.seed, block.draws, horizon, self.areas[block.areas], chance=not futures.whole_persons
        )
        found = {name: path[:, None, :, None, None] for name, path in national.items()}
        for name, path in local.items():
            own = path[:, None, :, None, :]
            found[name] = found[name] + own if name in found else own
        return found


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


def product(terms: Sequence[Sequence[Array]]) -> Array:
    """Sum of products, each from left to right, so that no bit hangs on how the work was divided.

    Parameters
    ----------
    terms : sequence of sequence of np.ndarray
        Arrays that broadcast.

    Returns
    -------
    np.ndarray
        A view of the only factor where there is nothing to multiply or add.
    """
    total: Array | None = None
    for factors in terms:
        value = factors[0]
        for factor in factors[1:]:
            fits = value.shape == np.broadcast_shapes(value.shape, factor.shape) and value is not factors[0]
            value = np.multiply(value, factor, out=value if fits else None)
        total = value if total is None else total + value
    return np.zeros(1) if total is None else total


def _response(effect: Effect) -> Array:
    one = xr.DataArray(1.0) if effect.response is None else effect.response
    return bare(one, effect.variable)

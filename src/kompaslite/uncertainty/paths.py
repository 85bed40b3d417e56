"""Paths of levels on bare arrays: an autoregressive part and a part of the year's own, around what is assumed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: Numbers of one component for some draws: name of the component to ``(draw, year)`` normal numbers.
Normals = Callable[[str], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """How levels move: ``x = persistence * x before + innovation``, plus noise of the year's own.

    Parameters
    ----------
    persistence : np.ndarray
        ``[component, ...]``, from 0 to 1; the further axes broadcast to draws and areas.
    innovation, noise : np.ndarray
        Standard deviations, the same shape.
    correlation : np.ndarray
        Of the innovations, ``[component, component]``.
    window : sequence of int
        Years over whose mean a component was assumed; 0 where it was assumed to go on from its last value.
    """

    persistence: Array
    innovation: Array
    noise: Array
    correlation: Array
    window: Sequence[int]

    @property
    def before(self) -> int:
        """Years that are simulated before the first year of the forecast."""
        return max(self.window, default=0)


def walk(process: Process, shocks: Array, noises: Array) -> Array:
    """Deviations from what is assumed.

    A level that was assumed to be the mean of a window is simulated over that window too, and its mean is taken
    off: that the mean of few years is not the mean of all is thus part of every draw.

    Parameters
    ----------
    process : Process
        Parameters.
    shocks, noises : np.ndarray
        Independent standard normal numbers, ``[component, year, ...]``; the first ``process.before`` years are
        those before the forecast.

    Returns
    -------
    np.ndarray
        ``[component, year, ...]`` of the years of the forecast.
    """
    root = correlation_root(process.correlation)
    return np.stack(
        [_walk_one(process, component, _mix(root[component], shocks), noises) for component in range(len(root))]
    )


def correlation_root(correlation: Array) -> Array:
    """Triangular root of a correlation matrix, after raising eigenvalues that sampling made negative.

    Parameters
    ----------
    correlation : np.ndarray
        Symmetric, ones on the diagonal.

    Returns
    -------
    np.ndarray
        Lower triangular; its product with its transpose has ones on the diagonal.

    Examples
    --------
    >>> correlation_root(np.array([[1.0, 0.6], [0.6, 1.0]])).round(6)
    array([[1. , 0. ],
           [0.6, 0.8]])
    """
    values, vectors = np.linalg.eigh(correlation)
    lifted = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    scale = np.sqrt(np.diagonal(lifted))
    root: Array = np.linalg.cholesky(lifted / np.outer(scale, scale))
    return root


def _mix(weights: Array, shocks: Array) -> Array:
    # term after term: a matrix product would sum in an order that hangs on the number of draws
    mixed: Array = weights[0] * shocks[0]
    for weight, shock in zip(weights[1:], shocks[1:], strict=True):
        if weight != 0.0:
            mixed = mixed + weight * shock
    return mixed


def _walk_one(process: Process, component: int, shocks: Array, noises: Array) -> Array:
    persistence, innovation, noise = (
        part[component] for part in (process.persistence, process.innovation, process.noise)
    )
    before, window = process.before, process.window[component]
    first = before - window
    level = np.zeros(shocks.shape[1:])
    if window:
        level = level + innovation / np.sqrt(1.0 - persistence**2) * shocks[first]
    values = np.empty((shocks.shape[0] - first, *shocks.shape[1:]))
    for year in range(first, shocks.shape[0]):
        if year > first or not window:
            level = persistence * level + innovation * shocks[year]
        values[year - first] = level + noise * noises[component, year]
    if not window:
        return values
    mean = np.zeros(shocks.shape[1:])
    for value in values[:window]:
        mean += value
    mean /= window
    deviation: Array = values[window:] - mean
    return deviation

"""Paths of levels on bare arrays: an autoregressive part and a part of the year's own, around what is assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_AHEAD = 10


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """How levels move: ``x = persistence * x before + drift + innovation``, plus noise of the year's own.

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
    drift : np.ndarray, optional
        Error of the drift, or of the mean to which the level returns, of those that go on from their last value;
        the shape of the others.
    between : np.ndarray, optional
        Standard deviation between the long-run means of areas alike, the shape of the others; none unless given.
    """

    persistence: Array
    innovation: Array
    noise: Array
    correlation: Array
    window: Sequence[int]
    drift: Array | None = None
    between: Array | None = None

    @property
    def before(self) -> int:
        """Years that are simulated before the first year of the forecast."""
        return max(self.window, default=0)


def walk(process: Process, shocks: Array, noises: Array) -> Array:
    """Deviations from what is assumed."""
    root = correlation_root(process.correlation)
    mixed = [_mix(weights, shocks) for weights in root]
    return np.stack([_walk_one(process, row, one, noises[row]) for row, one in enumerate(mixed)])


def correlation_root(correlation: Array) -> Array:
    """Triangular root of a correlation matrix, after raising eigenvalues that sampling made negative."""
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
    window = process.window[component]
    first = 1 + process.before - window
    level = np.zeros(shocks.shape[1:])
    if window:
        level = level + innovation / np.sqrt(1.0 - persistence**2) * shocks[first]
    values = np.empty((shocks.shape[0] - first, *shocks.shape[1:]))
    for year in range(first, shocks.shape[0]):
        if year > first or not window:
            level = persistence * level + innovation * shocks[year]
            if process.drift is not None and not window:
                level = level + process.drift[component]
        values[year - first] = level + noise * noises[year]
    if not window:
        return values
    mean = np.zeros(shocks.shape[1:])
    for value in values[:window]:
        mean += value
    mean /= window
    if process.between is None:
        deviation: Array = values[window:] - mean
        return deviation
    between = process.between[component]
    weight = own_weight(process, component)
    drawn: Array = values[window:] - weight * mean + (1.0 - weight) * between * shocks[0]
    return drawn


def mean_variance(persistence: Array, innovation: Array, noise: Array, window: int) -> Array:
    """Variance of the mean of a window of years."""
    together = float(window) + 2.0 * sum((window - lag) * persistence**lag for lag in range(1, window))
    variance: Array = (innovation**2 / (1.0 - persistence**2) * together / window + noise**2) / window
    return variance


def own_weight(process: Process, component: int) -> Array:
    """Weight of an area's own mean in the best linear guess of its level over the next ten years."""
    persistence, innovation, noise = (
        part[component] for part in (process.persistence, process.innovation, process.noise)
    )
    window = process.window[component]
    differ = 0.0 if process.between is None else process.between[component] ** 2
    lasting = innovation**2 / (1.0 - persistence**2)
    ahead = sum(persistence**lead for lead in range(1, _AHEAD + 1)) / _AHEAD
    behind = sum(persistence**year for year in range(window)) / window
    variance = differ + mean_variance(persistence, innovation, noise, window)
    weight: Array = (differ + lasting * ahead * behind) / np.maximum(variance, 1e-300)
    return weight

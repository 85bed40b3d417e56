"""Coupled areas: what leaves one arrives in another, and people are conserved."""

import numpy as np

from kompaslite.engine.arrays import Array


def move(exposure: Array, per_arrival: Array, moves: Array) -> tuple[Array, Array]:
    """Exposure of the exits of coupled areas, and the arrivals that their moves bring."""
    areas = moves.shape[1]
    rates = moves.reshape(-1, areas, *moves.shape[1:])
    at_risk = exposure.reshape(-1, areas, *exposure.shape[1:])
    if per_arrival.any():
        at_risk = _solve(at_risk, per_arrival.reshape(at_risk.shape), rates)
    arrivals = (rates * at_risk[:, :, None]).sum(axis=1)
    return at_risk.reshape(exposure.shape), arrivals.reshape(exposure.shape)


def _solve(exposure: Array, per_arrival: Array, rates: Array) -> Array:
    # axes: group, origin, destination, sex, age -> group, sex, age, destination, origin
    returned = np.transpose(rates, (0, 3, 4, 2, 1)) * np.moveaxis(per_arrival, 1, -1)[..., None]
    system = np.eye(rates.shape[1]) - returned
    known = np.moveaxis(exposure, 1, -1)[..., None]
    found = np.linalg.solve(system, known)[..., 0]
    return np.ascontiguousarray(np.moveaxis(found, -1, 1))


def allotted(births: Array, allotment: Array | None) -> Array:
    """Births by the area in which the child counts."""
    if allotment is None:
        return births
    areas = allotment.shape[-1]
    of_mothers = births.reshape(-1, areas, *births.shape[1:])
    shares = allotment.reshape(-1, areas, areas)
    children: Array = np.einsum("gosa,god->gdsa", of_mothers, np.broadcast_to(shares, (len(of_mothers), areas, areas)))
    return children.reshape(births.shape)

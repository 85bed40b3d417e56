"""Persons who move because dwellings open, on bare arrays ``[lead, zone, ...]``.

Everything here is about the deviation from the reference path: openings beyond those of the reference, of either sign.
A household that would have come and does not come is a negative one; its persons are taken from the arrivals, or stay
where they would have left.
"""

from typing import NamedTuple

import numpy as np

from kompaslite.housing.market.chain_kernel import Array, fillings


class Fillers(NamedTuple):
    """Who fills an opening, at the margin.

    Parameters
    ----------
    chain : np.ndarray
        ``(1 - T)^-1``, ``[cell, cell]`` or ``[lead, cell, cell]``.
    arriving : np.ndarray
        Share filled by households that come in addition from outside, ``[lead, zone, type]``.
    from_others : np.ndarray
        Share filled from other zones of the municipality, by chain moves and by new households, ``[lead, zone, type]``.
    to_others : np.ndarray
        The same by zone left, ``[lead, type, zone left, zone]``.
    persons : np.ndarray
        Per household, ``[lead, type, generation, cell]``, cells being sex and age.
    """

    chain: Array
    arriving: Array
    from_others: Array
    to_others: Array
    persons: Array


def between_zones(source: Array) -> tuple[Array, Array]:
    """Shares filled from other zones, as `Fillers` has them."""
    other = source * (1.0 - np.eye(source.shape[-1]))[:, None, :]
    return other.sum(axis=-1), np.ascontiguousarray(np.moveaxis(other, -3, -1))


def households(direct: Array, first: Array, young: Array, chain: Array) -> Array:
    """Households that move, by the generation of the dwelling that they move into."""
    cells = fillings(direct.reshape(*direct.shape[:-2], -1), chain)
    filled = cells.reshape(*cells.shape[:-1], *direct.shape[-2:])
    parts = np.broadcast_arrays(first, young, filled - first - young)
    return np.stack(parts, axis=-1)


def external_persons(moved: Array, fillers: Fillers) -> Array:
    """Additional persons from outside, of either sign, ``[lead, zone, cell]``."""
    return _persons(moved * fillers.arriving[..., None], fillers.persons)


def net_moves(moved: Array, fillers: Fillers) -> Array:
    """Persons gained by moves between zones, ``[lead, zone, cell]``; over the zones they sum to nothing."""
    return _persons(net_households(moved, fillers), fillers.persons)


def net_households(moved: Array, fillers: Fillers) -> Array:
    """Households gained by moves between zones, ``[lead, zone, type, generation]``."""
    into, out = _between(moved, fillers)
    net: Array = into - out
    return net


def per_household(per_person: Array, fillers: Fillers) -> Array:
    """What a household of each type and generation counts, ``[lead, zone, type, generation]``."""
    flat = fillers.persons.reshape(*fillers.persons.shape[:-3], -1, fillers.persons.shape[-1])
    counted: Array = np.matmul(per_person, np.swapaxes(flat, -1, -2))
    return counted.reshape(*counted.shape[:-1], *fillers.persons.shape[-3:-1])


def split_moves(moved: Array, fillers: Fillers) -> tuple[Array, Array]:
    """Moves between zones as two flows that are not negative, ``[lead, zone, cell]`` each."""
    into, out = _between(np.maximum(moved, 0.0), fillers)
    if (moved < 0.0).any():
        back, forth = _between(np.maximum(-moved, 0.0), fillers)
        into, out = into + forth, out + back
    return _persons(into, fillers.persons), _persons(out, fillers.persons)


def _between(moved: Array, fillers: Fillers) -> tuple[Array, Array]:
    into = moved * fillers.from_others[..., None]
    pairs = fillers.to_others
    lead = np.broadcast_shapes(moved.shape[:-3], pairs.shape[:-3])
    full = np.broadcast_to(moved, (*lead, *moved.shape[-3:]))
    # [lead, type, zone left, zone] x [lead, type, zone, generation]
    out = np.matmul(np.broadcast_to(pairs, (*lead, *pairs.shape[-3:])), np.swapaxes(full, -3, -2))
    return into, np.swapaxes(out, -3, -2)


def _persons(weights: Array, persons: Array) -> Array:
    flat = weights.reshape(*weights.shape[:-2], -1)
    profiles = persons.reshape(*persons.shape[:-3], -1, persons.shape[-1])
    if profiles.ndim == 3 and profiles.shape[0] == 1:
        profiles = profiles[0]
    result: Array = np.matmul(flat, profiles)
    return result


def unit_response(shares: Array, young: Array, fillers: Fillers) -> tuple[Array, Array]:
    """Households that one more dwelling released in each zone moves."""
    lead, zones, types = shares.shape
    direct = np.zeros((lead, zones, zones, types))
    own = np.arange(zones)
    direct[:, own, own] = shares
    chain = fillers.chain if fillers.chain.ndim == 2 else fillers.chain[:, None]
    fresh = direct * young[:, None]
    moved = households(direct, np.zeros_like(direct), fresh, chain)
    each = fillers._replace(from_others=fillers.from_others[:, None], to_others=fillers.to_others[:, None])
    into, out = _between(moved, each)
    return moved * fillers.arriving[:, None, ..., None], into - out


def blend(trend: Array, extra: Array) -> Array:
    """Arrivals of the trend and additional ones; what is missing divides instead, so that no cell turns negative."""
    blended: Array = trend + extra
    fewer = extra < 0.0
    if fewer.any():
        usual = np.broadcast_to(trend, blended.shape)[fewer]
        whole = usual - extra[fewer]
        blended[fewer] = np.divide(usual * usual, whole, out=np.zeros_like(whole), where=whole > 0.0)
    return blended

"""Sums of products on bare arrays, and how they stay in range: hazards of a cohort are bounded, whatever the levels."""

from collections.abc import Mapping, Sequence
from itertools import product as pairs_of
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine import Convention
from kompaslite.schema import ASSUMPTIONS

Array = NDArray[Any]
Terms = Mapping[str, list[list[Array]]]
#: Hazards that empty a cohort together.
_EXITS = ("mortality", "out_migration", "emigration", "moves")
#: Shares of the highest hazard: up to the first nothing is changed, and the second is never passed.
_FREE, _TOP = 0.75, 0.999
_DRAW, _AREA, _AXES = 2, 4, 5


def bound_hazards(terms: Terms, before: Terms, convention: Convention) -> None:
    """Multiply in place what levels made of rates by what holds them in range; no rate that is well in range changes.

    `before` are the same sums of products without levels. Above three quarters of the highest rate, or above the rate
    without levels where that is higher, a rate bends off and nears the highest without reaching it.
    """
    for names, highest in (_EXITS, _highest_hazard(convention)), (("fertility",), ASSUMPTIONS["fertility"].high):
        own = [name for name in names if name in terms]
        if np.isfinite(highest) and any(_acted_on(terms[name], before[name]) for name in own):
            _bound(terms, before, own, highest)


def _highest_hazard(convention: Convention) -> float:
    """Sum of the rates of dying and leaving that empties a cohort."""
    events: tuple[Literal["deaths", "exits"], ...] = ("deaths", "exits")
    return min(convention.highest_rate(event, infants=infants) for event, infants in pairs_of(events, (False, True)))


def _acted_on(terms: Sequence[Sequence[Array]], before: Sequence[Sequence[Array]]) -> bool:
    return len(terms) > len(before) or len(terms[0]) > len(before[0])


def _bound(terms: Terms, before: Terms, names: Sequence[str], highest: float) -> None:
    knee = np.maximum(_together(before, names), _FREE * highest)
    roof = {name: [[_largest(one) for one in factors] for factors in terms[name]] for name in names}
    # what rounding may do to a sum shall not decide, so that every chunk decides alike
    if (_together(roof, names) < knee * (1.0 - 1e-9)).all():
        return
    areas = max(factor.shape[_AREA] for name in names for factors in terms[name] for factor in factors)
    each = [_factor(terms, names, knee=knee, highest=highest, area=area) for area in range(areas)]
    factor = np.concatenate(each, axis=_AREA)
    for name in names:
        for factors in terms[name]:
            factors.append(factor[:, :, :, :, :, None] if name == "moves" else factor)


def _largest(factor: Array) -> Array:
    return np.asarray(np.abs(factor).max(axis=_DRAW, keepdims=True))


def _factor(terms: Terms, names: Sequence[str], *, knee: Array, highest: float, area: int) -> Array:
    """What holds the hazards of one area in range."""
    total = _together({name: [[_of(one, area) for one in each] for each in terms[name]] for name in names}, names)
    free = _of(knee, area)
    span = np.maximum(_TOP * highest - free, 1e-12)
    bent = free + span * -np.expm1(np.minimum(free - total, 0.0) / span)
    return np.where(total > free, bent / np.maximum(total, free), 1.0)


def _of(factor: Array, area: int) -> Array:
    return factor[:, :, :, :, [area if factor.shape[_AREA] > 1 else 0]]


def _together(terms: Terms, names: Sequence[str]) -> Array:
    """Sum of the values of some assumptions; moves to all destinations together."""
    values = [product(terms[name]) for name in names]
    each = [value.sum(axis=_AXES) if name == "moves" else value for name, value in zip(names, values, strict=True)]
    return np.asarray(sum(each[1:], start=each[0]))


def product(terms: Sequence[Sequence[Array]]) -> Array:
    """Sum of products, each from left to right, so that no bit hangs on how the work was divided."""
    total: Array | None = None
    for factors in terms:
        value = factors[0]
        for factor in factors[1:]:
            fits = value.shape == np.broadcast_shapes(value.shape, factor.shape) and value is not factors[0]
            value = np.multiply(value, factor, out=value if fits else None, order="C")
        total = value if total is None else total + value
    return np.zeros(1) if total is None else total

"""Closing the accounts: moving in and out is scaled until households fill the stock, or people reach a number."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.housing.data.headship import HOUSEHOLDS, check_headship, households_of, private_persons
from kompaslite.housing.labels import DWELLINGS, HousingError, check_said_unit
from kompaslite.schema import PERSONS, SchemaError, conform, in_order, reject, require_labels

Array = NDArray[np.floating]
_CELL = ("sex", "age")


def close_households(
    staying: xr.DataArray,
    moves: xr.Dataset,
    *,
    headship: xr.DataArray,
    stock: xr.DataArray,
    apart: xr.DataArray | None = None,
    pass_through: float = 1.0,
    hazard: bool = True,
) -> xr.Dataset:
    """Moves at which the households of the people equal the occupied stock.

    Parameters
    ----------
    staying : xr.DataArray
        Persons after ageing, births and deaths and before any move, ``(..., sex, age)``, units "persons".
    moves : xr.Dataset
        ``in_migration`` and ``out_migration`` of the trend, persons, of the same dimensions.
    headship : xr.DataArray
        Households per person, ``(..., [sex], age)``.
    stock : xr.DataArray
        Occupied dwellings at the end of the year, ``(...)``.
    apart : xr.DataArray, optional
        Communal residents and students, as `private_persons` takes them. Persons, not a share.
    pass_through : float
        0 leaves the households of the trend as they are, 1 brings them to the stock; in between in proportion.
    hazard : bool
        Out-moves as a hazard, so that no cell can be emptied; otherwise in proportion, in closed form.

    Returns
    -------
    xr.Dataset
        ``factor`` r (in times r, out by 1/r), ``in_migration``, ``out_migration``, ``population``, ``households`` of
        these people, ``household_size``, and ``unmet``: households that the stock has no room for (negative: room
        that no household fills).

    Raises
    ------
    HousingError
        If no factor reaches the stock; the first zone and year are named.
    SchemaError
        If labels differ or the share is not between 0 and 1.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Lia"], "sex": ["female"], "age": [30]}
    >>> def persons(number):
    ...     return xr.DataArray([[[number]]], coords=key, attrs={"units": "persons"})
    >>> moves = xr.Dataset({"in_migration": persons(80.0), "out_migration": persons(100.0)})
    >>> stock = xr.DataArray([500.0], coords={"area": ["Lia"]})
    >>> headship = xr.DataArray([0.5], coords={"age": [30]})
    >>> closed = close_households(persons(1000.0), moves, headship=headship, stock=stock)
    >>> float(closed.factor.round(4)[0]), float(closed.households[0].round(9))
    (1.1212, 500.0)
    """
    if not 0.0 <= pass_through <= 1.0:
        raise SchemaError(f"pass_through is {pass_through}. Give a share between 0 and 1.")
    if apart is not None and apart.attrs.get("units") != PERSONS:
        raise SchemaError("apart: persons are needed where the accounts are closed. Multiply shares by the people.")
    weights = check_headship(headship)
    check_said_unit(stock, "stock", DWELLINGS, HOUSEHOLDS)
    flows = {name: moves[name] for name in ("in_migration", "out_migration")}
    trend = households_of(_plus(staying, flows), weights, apart=apart)
    target = trend + pass_through * (stock - trend)
    private = private_persons(staying, apart)
    closed = _closed(private, flows, weights, target, hazard=hazard)
    people = _plus(staying, closed)
    households = households_of(people, weights, apart=apart)
    size = private_persons(people, apart).sum(_CELL) / stock
    return xr.Dataset(
        {
            **closed,
            "population": people,
            "households": households,
            "household_size": size.assign_attrs(units="persons/household"),
            "unmet": (households - stock).assign_attrs(units=HOUSEHOLDS),
        }
    )


def close_population(
    staying: xr.DataArray, moves: xr.Dataset, *, total: xr.DataArray, hazard: bool = True
) -> xr.Dataset:
    """Moves at which the people sum to a given number: the same algebra with one household per person.

    Parameters
    ----------
    staying : xr.DataArray
        Persons after ageing, births and deaths, ``(..., sex, age)``.
    moves : xr.Dataset
        ``in_migration`` and ``out_migration`` of the trend, persons.
    total : xr.DataArray
        Persons at the end of the year, ``(...)``.
    hazard : bool
        Out-moves as a hazard; otherwise in closed form.

    Returns
    -------
    xr.Dataset
        ``factor``, ``in_migration``, ``out_migration`` and ``population``.

    Raises
    ------
    HousingError
        If no factor reaches the number; the first zone and year are named.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Lia"], "sex": ["female"], "age": [30]}
    >>> def persons(number):
    ...     return xr.DataArray([[[number]]], coords=key, attrs={"units": "persons"})
    >>> moves = xr.Dataset({"in_migration": persons(80.0), "out_migration": persons(100.0)})
    >>> total = xr.DataArray([980.0], coords={"area": ["Lia"]})
    >>> float(close_population(persons(1000.0), moves, total=total).factor[0])
    1.0
    """
    weights = xr.ones_like(staying.isel({dim: 0 for dim in staying.dims if dim not in _CELL}, drop=True))
    flows = {name: moves[name] for name in ("in_migration", "out_migration")}
    closed = _closed(staying, flows, weights, total, hazard=hazard)
    return xr.Dataset({**closed, "population": _plus(staying, closed)})


def _plus(staying: xr.DataArray, flows: dict[str, xr.DataArray]) -> xr.DataArray:
    people = staying + flows["in_migration"] - flows["out_migration"]
    return people.transpose(*in_order(people.dims)).assign_attrs(units=PERSONS)


def _closed(
    staying: xr.DataArray,
    flows: dict[str, xr.DataArray],
    weights: xr.DataArray,
    target: xr.DataArray,
    *,
    hazard: bool,
) -> dict[str, xr.DataArray]:
    arriving, leaving = (
        require_labels(conform(flows[name], name), "age", staying["age"].values, name)
        for name in ("in_migration", "out_migration")
    )
    _check_leavers(leaving, staying)
    kernel = _by_hazard if hazard else _in_proportion
    factor = _apply(kernel, staying, arriving, leaving, weights, target)
    words = "closing: {bad} of {all} targets cannot be reached by moving in and out; the first is {first:g} at {cell}."
    mend = "Correct the target or the stock there, or give in-migration that can grow."
    reject(factor.isnull(), target, words, mend, error=HousingError)
    if hazard:
        chance = leaving / staying.where(staying > 0.0, 1.0)
        shape = (factor * chance).transpose(*in_order((factor * chance).dims))
        risk = shape.copy(data=leave_hazard(*(part.values for part in xr.broadcast(chance, factor))))
        left = staying * risk.transpose(*shape.dims)
    else:
        left = leaving / factor
    parts = {"in_migration": arriving * factor, "out_migration": left}
    ordered = {name: part.transpose(*in_order(part.dims)).assign_attrs(units=PERSONS) for name, part in parts.items()}
    return {"factor": factor.assign_attrs(units="1"), **ordered}


def _check_leavers(leaving: xr.DataArray, staying: xr.DataArray) -> None:
    words = "out_migration: in {bad} of {all} cells all that are there leave, or more; the first is {cell}."
    over = (leaving > 0.0) & (leaving >= staying)
    reject(over, None, words, "Lower the out-moves of these cells.", error=HousingError)


def _apply(kernel: Callable[..., Array], *arrays: xr.DataArray) -> xr.DataArray:
    persons, target = arrays[:-1], arrays[-1]
    cells = {dim: persons[0][dim] for dim in _CELL}
    full = [array.expand_dims({dim: cells[dim] for dim in _CELL if dim not in array.dims}) for array in persons]
    result: xr.DataArray = xr.apply_ufunc(kernel, *full, target, input_core_dims=[*([list(_CELL)] * len(full)), []])
    return result.transpose(*in_order(result.dims))


def _flat(array: Array) -> Array:
    return array.reshape(*array.shape[:-2], -1)


def _in_proportion(*arrays: Array) -> Array:
    staying, arriving, leaving, weights, target = arrays
    gain, rest, loss = (_flat(weights * part).sum(axis=-1) for part in (arriving, staying, leaving))
    return closing_root(gain, rest - target, loss)


def _by_hazard(*arrays: Array) -> Array:
    staying, arriving, leaving, weights, target = arrays
    chance = leaving / np.where(staying > 0.0, staying, 1.0)
    return hazard_root(_flat(weights), _flat(staying), _flat(arriving), _flat(chance), target=target)


def closing_root(arriving: Array, rest: Array, leaving: Array) -> Array:
    """Positive root of ``A r + B - C / r = 0``."""
    root = np.sqrt(rest * rest + 4.0 * arriving * leaving)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.where(rest > 0.0, 2.0 * leaving / (rest + root), (root - rest) / (2.0 * arriving))
    return np.where((value > 0.0) & np.isfinite(value), value, np.nan)


def leave_hazard(probability: Array, factor: Array) -> Array:
    """Probability of leaving when the hazard is divided by a factor: ``1 - (1 - o)^(1/r)``."""
    return -np.expm1(np.log1p(-probability) / factor)


def scaled_rate(rate: Array, factor: Array, highest: float = 2.0) -> Array:
    """Central rate of leaving when the hazard is divided by a factor."""
    if np.isinf(highest):  # w = O / (S - O): stays are 1 / (1 + w)
        return np.expm1(np.log1p(rate) / factor)
    if highest == 1.0:
        return leave_hazard(rate, factor)
    # the hyperbolic tangent by way of expm1, exact near 0 too and several times as quick
    lost: Array = np.arctanh(rate / highest) * -2.0 / factor
    np.expm1(lost, out=lost)
    rest = lost + 2.0
    lost *= -highest
    lost /= rest
    return lost


def rate_response(rate: Array, highest: float = 2.0) -> Array:
    """How much of its rate a cell loses, relative to it, where the logarithm of the factor rises by one from r = 1."""
    moving = rate > 0.0
    safe = np.where(moving, rate, 1e-9)
    if np.isinf(highest):
        lost = np.log1p(safe) * (1.0 + safe)
    elif highest == 1.0:
        lost = -np.log1p(-safe) * (1.0 - safe)
    else:
        share = safe / highest
        lost = highest * np.arctanh(share) * (1.0 - share * share)
    return np.where(moving, lost / safe, 1.0)


def hazard_root(
    weights: Array,
    staying: Array,
    arriving: Array,
    probability: Array,
    *,
    target: Array,
    steps: int = 60,
    tolerance: float = 1e-13,
) -> Array:
    """Factor r at which the weighted people equal a target, out-moves as a hazard."""
    people = (weights * staying).sum(axis=-1)
    gain = (weights * arriving).sum(axis=-1)
    loss = (weights * staying * probability).sum(axis=-1)
    floor = np.where(probability > 0.0, 0.0, weights * staying).sum(axis=-1)
    possible = (target > floor) & ((gain > 0.0) | (target < people))
    log_stay = np.log1p(-probability)
    start = closing_root(gain, people - target, loss)
    log_r = np.log(np.where(np.isfinite(start), np.clip(start, 1e-6, 1e6), 1.0))
    for _ in range(steps):
        r = np.exp(log_r)
        stay = np.exp(log_stay / r[..., None])
        error = gain * r + (weights * staying * stay).sum(axis=-1) - target
        slope = gain * r - (weights * staying * stay * log_stay).sum(axis=-1) / r
        step = np.where(possible & (slope > 0.0), error / np.where(slope > 0.0, slope, 1.0), 0.0)
        log_r = log_r - np.clip(step, -1.0, 1.0)
        if np.all(np.abs(step) <= tolerance):
            break
    return np.where(possible, np.exp(log_r), np.nan)

"""Single years of age from age groups: smooth, never negative, every group total kept.

The people of an age are a reference shape times a factor. Of all factors that give the group totals, those are
taken whose logarithm varies least from age to age: the sum of its squared first and second differences is
smallest. So the factor is positive, follows the reference inside a wide group, and has no steps at its ends.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema import (
    KompasliteError,
    SchemaError,
    conform,
    in_order,
    reject,
    require_dims,
    require_labels,
    require_values,
)
from kompaslite.schema.age_groups import AgeGroups, figures_by_group, group_members, parse_age_groups

_STEPS = 60
_LONGEST = 3.0
_CLOSE = 1e-10
_SMALLEST_STAGE = 1e-4


class GraduationError(KompasliteError, ValueError):
    """No smooth single ages with these group totals were found."""


def graduate(
    totals: xr.DataArray | pd.Series | Mapping[str, float],
    *,
    groups: AgeGroups | None = None,
    open_age: int = 105,
    reference: xr.DataArray | None = None,
) -> xr.DataArray:
    """Single years of age from totals of age groups.

    Parameters
    ----------
    totals : xr.DataArray, pd.Series or mapping
        Persons by ``age_group``, at least 0, any other dimensions.
    groups : mapping or sequence of str, optional
        What the labels of ``age_group`` mean, if they are not written as ``"0"``, ``"1-5"``, ``"95+"``. Together
        the groups cover every age from 0 to the open one.
    open_age : int
        The last single age, which is open.
    reference : xr.DataArray, optional
        The shape that is followed inside a group, ``(..., age)``, at least 0: for example last year's population
        one age up, or the survivors of a life table. Its level does not matter. A dimension that the totals do
        not have, such as ``sex``, is split as in the reference. Default: the same at every age.

    Returns
    -------
    xr.DataArray
        Persons by single ``age``, in the unit and dimensions of `totals` and those added by the reference.

    Raises
    ------
    SchemaError
        If groups overlap or leave ages out, a total is negative or missing, or the reference has nobody in a group
        that has people.
    GraduationError
        If no smooth solution was found, as with totals that differ by many powers of ten from their neighbours.

    References
    ----------
    .. [1] Boneva, Kendall & Stefanov (1971), Spline transformations, Journal of the Royal Statistical Society B 33:
       smooth densities that keep the contents of histogram cells.
    .. [2] Rizzi, Gampe & Eilers (2015), Efficient estimation of smooth distributions from coarsely grouped data,
       American Journal of Epidemiology 182: smoothness on the scale of logarithms.

    Examples
    --------
    >>> people = graduate({"0-4": 50, "5-9": 60, "10+": 70}, open_age=12)
    >>> people.sel(age=slice(0, 4)).sum().round(9).item()
    50.0
    >>> people.values.round(1)
    array([10.1, 10.1, 10. ,  9.9,  9.9,  9.9, 10.3, 11.3, 12.9, 15.6, 19.4,
           23.4, 27.2])
    """
    given = _labelled(totals)
    ages = np.arange(open_age + 1)
    names = given["age_group"].values.tolist()
    groups = names if groups is None else groups
    members = group_members(groups, ages, complete=True)
    given = require_labels(given, "age_group", list(parse_age_groups(groups)), "totals", against="the age groups")
    shape = _checked_reference(reference, ages)
    extra = [dim for dim in shape.dims if dim not in given.dims and dim != "age"]
    summed = shape.sum(extra)
    _check_reachable(given, summed, members, groups)
    single = xr.apply_ufunc(
        smooth_split,
        given,
        summed,
        input_core_dims=[["age_group"], ["age"]],
        output_core_dims=[["age"]],
        kwargs={"members": members},
    ).assign_coords(age=ages)
    split = single * (shape / summed.where(summed > 0)).fillna(0.0) if extra else single
    return cast("xr.DataArray", split.transpose(*in_order(split.dims)).assign_attrs(given.attrs).rename(given.name))


def smooth_split(totals: np.ndarray, reference: np.ndarray, *, members: np.ndarray) -> np.ndarray:
    """Single ages on bare arrays, unit by unit."""
    outer = np.broadcast_shapes(totals.shape[:-1], reference.shape[:-1])
    totals = np.broadcast_to(totals, (*outer, totals.shape[-1])).reshape(-1, totals.shape[-1])
    reference = np.broadcast_to(reference, (*outer, reference.shape[-1])).reshape(-1, reference.shape[-1])
    rough = _roughness(members.shape[1])
    rows = [
        _split_unit(total, shape, members.astype(float), rough)
        for total, shape in zip(totals.astype(float), reference.astype(float), strict=True)
    ]
    return np.array(rows).reshape(*outer, members.shape[1])


def _roughness(ages: int) -> np.ndarray:
    first, second = np.diff(np.eye(ages), 1, axis=0), np.diff(np.eye(ages), 2, axis=0)
    return np.asarray(first.T @ first + second.T @ second)


def _split_unit(totals: np.ndarray, reference: np.ndarray, members: np.ndarray, rough: np.ndarray) -> np.ndarray:
    """From the totals that the reference has to those of the groups with people, in as few stages as succeed."""
    alive = totals > 0
    if not alive.any():
        return np.zeros_like(reference)
    goal, inside = totals[alive], members[alive]
    level = np.log(goal.sum() / (inside @ reference).sum())
    start = (inside @ reference) * np.exp(level)
    state = np.full(reference.size, level), np.zeros(goal.size)
    done, stage = 0.0, 1.0
    while done < 1.0:
        stage = min(stage, 1.0 - done)
        stop = start * (goal / start) ** (done + stage)
        found = _solve_stage(state, reference, inside, goal=stop, rough=rough)
        if found is None:
            stage /= 2.0
            _check_stage(stage, goal)
        else:
            state, done, stage = found, done + stage, 2.0 * stage
    people = reference * np.exp(state[0]) * inside.sum(axis=0)
    return np.asarray(people * ((goal / (inside @ people)) @ inside))


def _solve_stage(
    state: tuple[np.ndarray, np.ndarray],
    reference: np.ndarray,
    inside: np.ndarray,
    *,
    goal: np.ndarray,
    rough: np.ndarray,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Newton's method: the log factor of least roughness with these totals, and the price of each total."""
    factor, price = state
    for _ in range(_STEPS):
        share = inside * (reference * np.exp(factor)) / goal[:, None]
        curved = rough + np.diag(price @ share)
        corner = np.zeros((goal.size, goal.size))
        sides = np.concatenate([-rough @ factor, 1.0 - share.sum(axis=1)])
        try:
            solved = np.linalg.solve(np.block([[curved, share.T], [share, corner]]), sides)
        except np.linalg.LinAlgError:
            return None
        step = solved[: factor.size]
        largest = float(np.abs(step).max())
        if not np.isfinite(largest):
            return None
        taken = _LONGEST / max(largest, _LONGEST)
        factor, price = factor + taken * step, price + taken * (solved[factor.size :] - price)
        if largest < _CLOSE:
            return factor, price
    return None


def _check_stage(stage: float, goal: np.ndarray) -> None:
    if stage < _SMALLEST_STAGE:
        raise GraduationError(
            f"graduation: no smooth single ages were found; the group totals run from {goal.min():g} to "
            f"{goal.max():g}. Merge the smallest groups, or give a reference that is nearer to the totals."
        )


def _labelled(totals: xr.DataArray | pd.Series | Mapping[str, float]) -> xr.DataArray:
    if not isinstance(totals, xr.DataArray):
        totals = figures_by_group(totals, "totals")
    if "age_group" not in totals.dims:
        raise SchemaError(f"totals: dimension age_group is missing; they have {', '.join(map(str, totals.dims))}.")
    totals = conform(totals, "totals")
    require_values(totals, "totals", low=0.0, words="are not numbers of at least 0", mend="Count persons.")
    return totals


def _checked_reference(reference: xr.DataArray | None, ages: np.ndarray) -> xr.DataArray:
    if reference is None:
        return xr.DataArray(np.ones(ages.size), coords={"age": ages}, dims=["age"])
    require_dims(reference, "reference", needed=("age",))
    reference = require_labels(conform(reference, "reference"), "age", ages, "reference", against="the single ages")
    require_values(
        reference, "reference", low=0.0, words="are not numbers of at least 0", mend="Only the shape counts."
    )
    return reference.astype(float)


def _check_reachable(totals: xr.DataArray, reference: xr.DataArray, members: np.ndarray, groups: AgeGroups) -> None:
    inside = xr.DataArray(
        members.astype(float),
        coords={"age_group": list(parse_age_groups(groups)), "age": reference["age"].values},
        dims=["age_group", "age"],
    )
    empty = (reference.dot(inside, dim="age") <= 0) & (totals > 0)
    words = "reference: it has nobody in {bad} age groups where there are people to be placed; the first is {cell}."
    reject(empty, None, words, "Give it people at one age of the group at least.")

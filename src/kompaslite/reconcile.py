"""Control totals over zones, both ways and together with a housing target; and whole persons that still add up."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from kompaslite.schema import (
    BalanceError,
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    in_order,
    require_dims,
    require_labels,
    require_values,
)

Array = np.ndarray
_CELL = ("sex", "age")


def reconcile(
    values: xr.DataArray,
    totals: Sequence[xr.DataArray] = (),
    *,
    households: xr.DataArray | None = None,
    headship: xr.DataArray | None = None,
    tolerance: float = 1e-12,
    rounds: int = 20_000,
) -> xr.DataArray:
    """Persons nearest to a forecast that meet every control total, and the households of the stock, at once.

    Each cell is multiplied by a factor for every control that it is part of (raking); for households the factor grows
    with the headship of the cell. Among all that meet the controls the result is the one that differs least from
    `values` in the sense of relative entropy. Nothing is given up silently: controls that conflict are an error.

    Parameters
    ----------
    values : xr.DataArray
        Persons, of a population or a flow, ``(..., area, sex, age)``, at least 0.
    totals : sequence of xr.DataArray
        Control totals, each with some of the dimensions of `values`: ``(sex, age)`` over zones, ``(area,)`` over ages.
    households : xr.DataArray, optional
        Households that the persons of a zone shall form, ``(..., area)``; needs `headship`.
    headship : xr.DataArray, optional
        Households per person, ``([area], [sex], age)``.
    tolerance : float
        By which part of it a control may be missed.
    rounds : int
        Passes over all controls at most.

    Returns
    -------
    xr.DataArray
        Persons, dimensions of `values`.

    Raises
    ------
    BalanceError
        If two controls conflict, or a control cannot be met because all its cells are empty; both numbers are named.
    SchemaError
        If labels differ, or a value is negative.

    References
    ----------
    .. [1] Deming & Stephan (1940), Annals of Mathematical Statistics 11(4), 427-444.
    .. [2] Csiszar (1975), Annals of Probability 3(1), 146-158.

    Examples
    --------
    >>> import xarray as xr
    >>> zones = xr.DataArray([[40.0, 60.0], [30.0, 20.0]], coords={"area": ["Havna", "Lia"], "age": [0, 1]})
    >>> by_age = xr.DataArray([80.0, 80.0], coords={"age": [0, 1]})
    >>> by_zone = xr.DataArray([110.0, 50.0], coords={"area": ["Havna", "Lia"]})
    >>> reconcile(zones, [by_age, by_zone]).round(2).values
    array([[48.16, 61.84],
           [31.84, 18.16]])
    """
    values = conform(values, "values")
    require_values(values, "values", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    controls = [_control(total, values, f"control total {i + 1}") for i, total in enumerate(totals)]
    _check_agree(controls)
    weights, target = _household_target(values, households, headship)
    if target is not None and weights is not None:
        _check_households(controls, weights, target)
    result = values
    for _ in range(rounds):
        for control in controls:
            result = _raked(result, control)
        if target is not None and weights is not None:
            result = _to_households(result, weights, target)
        if _missed(result, controls, weights, target) <= tolerance:
            return result.transpose(*values.dims).assign_attrs(values.attrs)
    raise BalanceError(
        f"reconcile: the controls conflict: after {rounds:,} rounds one is still missed by "
        f"{_missed(result, controls, weights, target):.3g} of its size. {_worst(result, controls, weights, target)}"
    )


def _control(total: xr.DataArray, values: xr.DataArray, name: str) -> xr.DataArray:
    require_dims(total, name, allowed=[str(dim) for dim in values.dims])
    total = conform(total, name)
    for dim in total.dims:
        total = require_labels(total, dim, values[dim].values, name, against="the values")
    require_values(total, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    name = f"the control by {', '.join(map(str, total.dims)) or 'nothing'}"
    empty = (_over(values, total) <= 0.0) & (total > 0.0)
    if bool(empty.any()):
        cell = first_cell(empty)
        raise BalanceError(
            f"{name}: {int(empty.sum())} totals cannot be met because all their cells are empty; the first is "
            f"{float(total.sel(cell)):g} at {describe_cell(cell)}. Give these cells people, or correct the total."
        )
    return total.rename(name)


def _over(values: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    return values.sum([dim for dim in values.dims if dim not in total.dims])


def _check_agree(controls: Sequence[xr.DataArray]) -> None:
    for i, first in enumerate(controls):
        for second in controls[:i]:
            shared = [dim for dim in first.dims if dim in second.dims]
            one, other = (part.sum([dim for dim in part.dims if dim not in shared]) for part in (first, second))
            off = one.copy(data=np.abs(one.values - other.values) > 1e-9 * (1.0 + np.abs(other.values)))
            if bool(off.any()):
                cell = first_cell(off)
                raise BalanceError(
                    f"{first.name} and {second.name} conflict: they sum to {float(one.sel(cell)):,.6g} and "
                    f"{float(other.sel(cell)):,.6g} at {describe_cell(cell)}. Correct one of them."
                )


def _household_target(
    values: xr.DataArray, households: xr.DataArray | None, headship: xr.DataArray | None
) -> tuple[xr.DataArray | None, xr.DataArray | None]:
    if (households is None) != (headship is None):
        raise SchemaError("reconcile: households and headship belong together. Give both, or neither.")
    if households is None or headship is None:
        return None, None
    weights = conform(headship, "headship")
    target = conform(households, "households")
    for array, name in ((weights, "headship"), (target, "households")):
        require_dims(array, name, allowed=[str(dim) for dim in values.dims if name == "headship" or dim not in _CELL])
        require_values(array, name, low=0.0)
        for dim in array.dims:
            require_labels(array, dim, values[dim].values, name, against="the values")
    return weights.broadcast_like(values).transpose(*values.dims), target


def _check_households(controls: Sequence[xr.DataArray], weights: xr.DataArray, target: xr.DataArray) -> None:
    """A control of all ages over zones fixes the households of all zones together, if headship is the same there."""
    for control in controls:
        if not all(dim in control.dims for dim in _CELL if dim in weights.dims) or "area" in control.dims:
            continue
        if "area" in weights.dims and float(np.ptp(weights.values, axis=weights.get_axis_num("area")).max()) > 0.0:
            continue
        rates = weights.isel(area=0, drop=True) if "area" in weights.dims else weights
        formed = (control * rates).sum([dim for dim in _CELL if dim in rates.dims])
        wanted = target.sum("area") if "area" in target.dims else target
        gap = formed - wanted
        off = gap.copy(data=np.abs(gap.values) > 1e-9 * (1.0 + np.abs(wanted.values)))
        if bool(off.any()):
            cell = first_cell(off)
            raise BalanceError(
                f"{control.name} and the households of the stock conflict: the people of the control form "
                f"{float(formed.sel(cell)):,.6g} households, the stock of all zones holds "
                f"{float(wanted.sel(cell)):,.6g} ({describe_cell(cell)}). Change the control, the stock or its vacancy."
            )


def _raked(values: xr.DataArray, control: xr.DataArray) -> xr.DataArray:
    have = _over(values, control)
    return values * (control / have.where(have > 0.0, 1.0))


def _to_households(values: xr.DataArray, weights: xr.DataArray, target: xr.DataArray) -> xr.DataArray:
    """Multiply each cell by exp(b h), b of its zone such that the households are met (Newton's method)."""
    over = [dim for dim in values.dims if dim not in target.dims]
    rate = xr.zeros_like(target)
    for _ in range(50):
        scaled = values * np.exp(rate * weights)
        have = (scaled * weights).sum(over)
        slope = (scaled * weights**2).sum(over)
        step = ((target - have) / slope.where(slope > 0.0, 1.0)).clip(-2.0, 2.0)
        rate = rate + step
        if float(np.abs(step).max()) < 1e-14:
            break
    return values * np.exp(rate * weights)


def _gaps(
    values: xr.DataArray,
    controls: Sequence[xr.DataArray],
    weights: xr.DataArray | None,
    target: xr.DataArray | None,
) -> list[tuple[str, xr.DataArray, xr.DataArray]]:
    found = [(str(control.name), _over(values, control), control) for control in controls]
    if weights is not None and target is not None:
        found.append(("the households of the stock", _over(values * weights, target), target))
    return found


def _missed(values: xr.DataArray, controls: Sequence[xr.DataArray], *housing: xr.DataArray | None) -> float:
    gaps = [np.abs(have - want) / (1.0 + np.abs(want)) for _, have, want in _gaps(values, controls, *housing)]
    return max((float(gap.max()) for gap in gaps), default=0.0)


def _worst(values: xr.DataArray, controls: Sequence[xr.DataArray], *housing: xr.DataArray | None) -> str:
    gaps = _gaps(values, controls, *housing)
    sizes = [float((np.abs(have - want) / (1.0 + np.abs(want))).max()) for _, have, want in gaps]
    name, have, want = gaps[int(np.argmax(sizes))]
    off = np.abs(have - want)
    cell = first_cell(off == off.max())
    return (
        f"It is {name} at {describe_cell(cell)}: {float(want.sel(cell)):,.6g} is asked for, "
        f"{float(have.sel(cell)):,.6g} is what the other controls leave. Change one of them."
    )


def whole_persons(values: xr.DataArray, *, seed: int, over: str = "area") -> xr.DataArray:
    """Whole persons that still add up both ways: cells, zones, ages and the total.

    Parameters
    ----------
    values : xr.DataArray
        Persons, ``(..., area, sex, age)``; each combination of the other outer dimensions and years is rounded by
        itself.
    seed : int
        Chance decides which cells are rounded up, by their fractions; the same seed decides alike.
    over : str
        The dimension over which cells are summed.

    Returns
    -------
    xr.DataArray
        Whole numbers: each cell, each zone's total, each cell's total over zones, and the total of all are the exact
        one rounded down or up, the total of all to the nearest; and rounded cells sum to the rounded totals.

    Raises
    ------
    SchemaError
        If there is no such dimension, or a value is negative.

    References
    ----------
    .. [1] Cox (1987), Journal of the American Statistical Association 82(398), 520-524: controlled rounding.

    Examples
    --------
    >>> import xarray as xr
    >>> zones = xr.DataArray([[0.4, 1.6], [0.6, 2.4]], coords={"area": ["Havna", "Lia"], "age": [0, 1]})
    >>> whole = whole_persons(zones, seed=1)
    >>> whole.sum("area").values, int(whole.sum())
    (array([1., 4.]), 5)
    """
    values = conform(values, "values")
    require_dims(values, "values", needed=(over,))
    require_values(values, "values", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    cells = [dim for dim in _CELL if dim in values.dims]
    outer = [dim for dim in values.dims if dim not in (over, *cells)]
    ordered = values.transpose(*outer, over, *cells)
    shape = ordered.shape[: len(outer)]
    tables = ordered.values.reshape(-1, values.sizes[over], int(np.prod([values.sizes[dim] for dim in cells])))
    rounded = np.stack([_rounded(table, np.random.default_rng([seed, i])) for i, table in enumerate(tables)])
    result = ordered.copy(data=rounded.reshape(*shape, *ordered.shape[len(outer) :]))
    return result.transpose(*in_order(values.dims))


def _rounded(table: Array, stream: np.random.Generator) -> Array:
    """Round a table so that rows, columns and the total round too: a transport problem, whose corners are whole."""
    near = np.rint(table)
    table = np.where(np.abs(table - near) < 1e-9, near, table)
    low: Array = np.floor(table)
    part = table - low
    open_rows, open_columns = np.nonzero(part > 0.0)
    if open_rows.size == 0:
        return low
    rows, columns = table.shape
    fraction = part[open_rows, open_columns]
    number = np.arange(open_rows.size)
    place = np.concatenate([open_rows, rows + open_columns, np.full(open_rows.size, rows + columns)])
    sums = np.concatenate([part.sum(axis=1), part.sum(axis=0), [part.sum()]])
    sums = np.where(np.abs(sums - np.rint(sums)) < 1e-7, np.rint(sums), sums)
    lower, upper = np.floor(sums), np.ceil(sums)
    lower[-1] = upper[-1] = np.rint(table.sum()) - low.sum()
    matrix = coo_array((np.ones(place.size), (place, np.tile(number, 3))), shape=(rows + columns + 1, number.size))
    cost = stream.random(number.size) - fraction
    within = LinearConstraint(matrix.tocsr(), lower, upper)
    found = milp(cost, constraints=within, bounds=Bounds(0.0, 1.0), integrality=np.ones(number.size, dtype=int))
    result: Array = low.copy()
    result[open_rows, open_columns] += np.rint(np.asarray(found.x))
    return result

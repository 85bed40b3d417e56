"""Control totals over zones, both ways and together with a housing target."""

from collections.abc import Sequence

import numpy as np
import scipy
import xarray as xr

from kompaslite.schema import (
    BalanceError,
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    reject,
    require_dims,
    require_labels,
    require_values,
)

Array = np.ndarray
_CELL = ("sex", "age")
_OUTER = ("scenario", "draw", "origin", "year")
#: What the housing target is called in an error.
HOUSES = "the control by the households of the stock"


def reconcile(
    values: xr.DataArray,
    totals: Sequence[xr.DataArray] = (),
    *,
    households: xr.DataArray | None = None,
    headship: xr.DataArray | None = None,
    tolerance: float = 1e-12,
    rounds: int = 200,
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
        Steps of Newton's method at most.

    Returns
    -------
    xr.DataArray
        Persons, dimensions of `values`.

    Raises
    ------
    BalanceError
        If two controls conflict, or a control cannot be met because all its cells are empty; both numbers are named.
    SchemaError
        If labels differ, a value is negative, or the controls are not in a list.

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
    if isinstance(totals, xr.DataArray):
        raise SchemaError(
            "reconcile: the control totals are one array, not a list of them. Write [total], also for one."
        )
    controls = [_control(total, values, f"control total {i + 1}") for i, total in enumerate(totals)]
    _check_agree(controls)
    weights, target = _household_target(values, households, headship)
    if target is not None and weights is not None:
        _check_households(controls, weights, target)
        controls.append(target)
    if not controls:
        return values
    outer = [dim for dim in values.dims if dim in _OUTER]
    result = values.copy(data=np.empty(values.shape))
    for place in np.ndindex(*[values.sizes[dim] for dim in outer]):
        cell = dict(zip(outer, place, strict=True))
        parts = [part.isel({dim: i for dim, i in cell.items() if dim in part.dims}) for part in controls]
        result[cell] = _solved(values.isel(cell), parts, weights=weights, tolerance=tolerance, rounds=rounds)
    return result


def _solved(
    values: xr.DataArray,
    controls: Sequence[xr.DataArray],
    *,
    weights: xr.DataArray | None,
    tolerance: float,
    rounds: int,
) -> Array:
    """Multiply by exp of a sum of multipliers, one for each control: Newton's method on the dual problem."""
    blocks, wanted = zip(*(_rows(control, values, weights) for control in controls), strict=True)
    matrix, want = scipy.sparse.vstack(blocks).tocsr(), np.concatenate(wanted)
    base = values.values.ravel().copy()
    nothing = want == 0.0
    base[np.asarray(matrix[nothing].sum(axis=0)).ravel() > 0.0] = 0.0  # controls of 0 empty their cells
    matrix, want = matrix[~nothing], want[~nothing]
    dual = np.zeros(want.size)
    found, missed = base, np.inf
    for _ in range(rounds):
        with np.errstate(over="ignore", invalid="ignore"):
            now = base * np.exp(matrix.T @ dual)
            gap = want - matrix @ now
        if not np.isfinite(gap).all():
            break
        found, missed = now, float((np.abs(gap) / (1.0 + want)).max(initial=0.0))
        if missed <= tolerance:
            return np.reshape(found, values.shape)
        step = _step(matrix, found, gap, dual=dual, base=base, want=want)
        if step is None:
            break
        dual = dual + step
    raise BalanceError(
        f"reconcile: the controls conflict: they cannot be met together; one is still missed by {missed:.3g} of its "
        f"size. {_worst(values.copy(data=found.reshape(values.shape)), controls, weights)}{_empty_cells(values)}"
    )


def _empty_cells(values: xr.DataArray) -> str:
    """Which cells cannot be filled by scaling."""
    empty = values <= 0.0
    if not bool(empty.any()):
        return ""
    return (
        f" {int(empty.sum()):,} cells are empty and stay so, the first is {describe_cell(first_cell(empty))}: give "
        "them people if a control needs them."
    )


def _step(
    matrix: "scipy.sparse.csr_array", found: Array, gap: Array, *, dual: Array, base: Array, want: Array
) -> Array | None:
    """A Newton step, halved until the convex dual falls; controls that say the same twice share a multiplier."""
    curve = (matrix.multiply(found) @ matrix.T).toarray()
    curve[np.diag_indices_from(curve)] *= 1.0 + 1e-11
    try:
        move = np.linalg.lstsq(curve, gap, rcond=1e-13)[0]
    except np.linalg.LinAlgError:  # the multipliers have run away: no numbers meet these controls
        return None
    move *= min(1.0, 20.0 / max(float(np.abs(matrix.T @ move).max()), 1e-300))

    def height(at: Array) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float((base * np.exp(matrix.T @ at)).sum() - want @ at)

    size, start, fall = 1.0, height(dual), float(gap @ move)
    while size > 1e-6 and height(dual + size * move) > start - 1e-4 * size * fall + 1e-13 * abs(start):
        size *= 0.5
    taken: Array = size * move
    return taken


def _rows(
    control: xr.DataArray, values: xr.DataArray, weights: xr.DataArray | None
) -> tuple[scipy.sparse.csr_array, Array]:
    """One row of coefficients for each number of a control."""
    number = control.copy(data=np.arange(control.size).reshape(control.shape)).broadcast_like(values)
    rows = number.transpose(*values.dims).values.ravel()
    ones = np.ones(values.size)
    if control.name == HOUSES and weights is not None:
        ones = weights.broadcast_like(values).transpose(*values.dims).values.ravel()
    shape = (control.size, values.size)
    return scipy.sparse.csr_array((ones, (rows, np.arange(values.size))), shape=shape), control.values.ravel().astype(
        float
    )


def _control(total: xr.DataArray, values: xr.DataArray, name: str) -> xr.DataArray:
    require_dims(total, name, allowed=[str(dim) for dim in values.dims])
    total = conform(total, name)
    for dim in total.dims:
        total = require_labels(total, dim, values[dim].values, name, against="the values")
    require_values(total, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    name = f"the control by {', '.join(map(str, total.dims)) or 'nothing'}"
    empty = (_over(values, total) <= 0.0) & (total > 0.0)
    words = (
        f"{name}: {{bad}} totals cannot be met because all their cells are empty; the first is {{first:g}} at {{cell}}."
    )
    reject(empty, total, words, "Give these cells people, or correct the total.", error=BalanceError)
    return total.rename(name)


def _over(values: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    return values.sum([dim for dim in values.dims if dim not in total.dims and dim not in _OUTER])


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
    return weights, target.rename(HOUSES)


def _check_households(controls: Sequence[xr.DataArray], weights: xr.DataArray, target: xr.DataArray) -> None:
    """A control of all ages over zones fixes the households of all zones together, if headship is the same there."""
    for control in controls:
        if not all(dim in control.dims for dim in _CELL if dim in weights.dims) or "area" in control.dims:
            continue
        if "area" in weights.dims and float(np.ptp(weights.values, axis=weights.get_axis_num("area")).max()) > 0.0:
            continue
        rates = weights.isel(area=0, drop=True) if "area" in weights.dims else weights
        product = control * rates
        formed = product.sum([dim for dim in _CELL if dim in product.dims])
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


def _worst(values: xr.DataArray, controls: Sequence[xr.DataArray], weights: xr.DataArray | None) -> str:
    """The control that is missed most, with both numbers."""
    gaps = []
    for control in controls:
        counted = values * weights if control.name == HOUSES and weights is not None else values
        have = _over(counted, control)
        gaps.append((np.abs(have - control) / (1.0 + control), have, control))
    off, have, control = max(gaps, key=lambda gap: float(gap[0].max()))
    cell = first_cell(off == off.max())
    return (
        f"It is {control.name} at {describe_cell(cell)}: {float(control.sel(cell)):,.6g} is asked for, "
        f"{float(have.sel(cell)):,.6g} is what the other controls leave. Change one of them."
    )

"""Whole persons that still add up: unbiased controlled rounding."""

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError, conform, in_order, require_dims, require_values, require_whole

Array = np.ndarray
_CELL = ("sex", "age")
#: What a number may be off a whole one by rounding.
_WHOLE = 1e-9


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
        one rounded down or up, the total of all to the nearest; and rounded cells sum to the rounded totals. Over many
        seeds the mean of each is the exact one, but for the rounding of a total of all that is not whole.

    Raises
    ------
    SchemaError
        If there is no such dimension or it is that of the cells, a value is negative, or the seed is no whole number.

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
    _check_rounding(values, seed, over)
    cells = [dim for dim in _CELL if dim in values.dims]
    outer = [dim for dim in values.dims if dim not in (over, *cells)]
    ordered = values.transpose(*outer, over, *cells)
    shape = ordered.shape[: len(outer)]
    tables = ordered.values.reshape(-1, values.sizes[over], int(np.prod([values.sizes[dim] for dim in cells])))
    rounded = np.stack([_rounded(table, np.random.default_rng([seed, i])) for i, table in enumerate(tables)])
    result = ordered.copy(data=rounded.reshape(*shape, *ordered.shape[len(outer) :]))
    return result.transpose(*in_order(values.dims))


def _check_rounding(values: xr.DataArray, seed: int, over: str) -> None:
    if over in _CELL:
        raise SchemaError(f"whole_persons: {over} is a dimension of the cells. Give over= another, for example 'area'.")
    require_whole(seed, "whole_persons: seed")
    if not values.size:
        raise SchemaError("values: there are none to be rounded. Check what was selected.")


def _rounded(table: Array, stream: np.random.Generator) -> Array:
    """Round a table so that rows, columns and the total round too, each cell up as often as its fraction says."""
    near = np.rint(table)
    table = np.where(np.abs(table - near) < _WHOLE, near, table)
    low: Array = np.floor(table)
    part = _with_margins(table - low)
    goal = np.rint(table.sum()) - low.sum()
    while True:  # the total is rounded up or down by its fraction too: kept where it is the nearest
        found = _by_cycles(part.copy(), stream)[:-1, :-1]
        if abs(found.sum() - goal) < 0.5:
            result: Array = low + found
            return result


def _with_margins(part: Array) -> Array:
    """Fractions with one more row and column, so that all sums are whole."""
    wide = np.concatenate([part, _missing(part.sum(axis=1))[:, None]], axis=1)
    result: Array = np.concatenate([wide, _missing(wide.sum(axis=0))[None]], axis=0)
    return result


def _missing(sums: Array) -> Array:
    gap = np.ceil(sums - 1e-7) - sums
    result: Array = np.where(np.abs(gap) < 1e-7, 0.0, gap)
    return result


def _by_cycles(part: Array, stream: np.random.Generator) -> Array:
    """Whole numbers by Cox's procedure: along a cycle of fractions, as much up as down, until one of them is whole."""
    rows = part.shape[0]
    open_cells = (part > _WHOLE) & (part < 1.0 - _WHOLE)
    beside = [set((rows + np.flatnonzero(row)).tolist()) for row in open_cells]
    beside += [set(np.flatnonzero(column).tolist()) for column in open_cells.T]
    cells = {(i, rows + j): float(part[i, j]) for i, j in np.argwhere(open_cells).tolist()}
    for start in range(rows):
        path, place = [start], {start: 0}
        while beside[start]:
            last, before = path[-1], path[-2] if len(path) > 1 else -1
            node = next((one for one in beside[last] if one != before), -1)
            if node < 0:  # rounding has left a row or column with one fraction
                _drop(cells, beside, last, before)
            elif node not in place:
                place[node] = len(path)
                path.append(node)
                continue
            else:
                _shift(cells, beside, path[place[node] :], stream.random())
            path, place = [start], {start: 0}
    result: Array = np.rint(part)
    for (i, j), value in cells.items():
        result[i, j - rows] = round(value)
    return result


def _edge(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _shift(cells: dict[tuple[int, int], float], beside: list[set[int]], cycle: list[int], chance: float) -> None:
    """Move one cycle up and down by as much as it can, one way or the other so that no cell is expected to change."""
    edges = [_edge(one, other) for one, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
    values = [cells[edge] for edge in edges]
    up = min(1.0 - max(values[::2]), *values[1::2])
    down = min(*values[::2], 1.0 - max(values[1::2]))
    step = up if chance * (up + down) < down else -down
    for i, (edge, value) in enumerate(zip(edges, values, strict=True)):
        cells[edge] = moved = value + (step if i % 2 == 0 else -step)
        if not _WHOLE < moved < 1.0 - _WHOLE:
            _drop(cells, beside, *edge)


def _drop(cells: dict[tuple[int, int], float], beside: list[set[int]], one: int, other: int) -> None:
    """Take a cell for whole."""
    edge = _edge(one, other)
    cells[edge] = round(cells[edge])
    beside[one].discard(other)
    beside[other].discard(one)

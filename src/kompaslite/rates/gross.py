"""Gross flows by age from their totals and from net migration by age.

Of all splits that agree with the totals and with net migration in every cell, the one that is closest to a mobility
curve (least relative entropy) has in every cell

    arrivals = (n + sqrt(n^2 + 4 k a b)) / 2        leavers = arrivals - n

with n net migration, a and b the arrivals and leavers that the curve alone gives, and one k per area and year, found
so that the arrivals have their total.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from kompaslite.schema import SEXES, SchemaError, require_dims, require_labels, require_values

#: Moves that arrive, and moves that leave.
ARRIVALS: tuple[str, str] = ("in_migration", "immigration")
LEAVERS: tuple[str, str] = ("out_migration", "emigration")
#: Share of the arrivals that net gains by age may take up; where noise in small places takes more, net migration by age
#: is drawn towards the mobility curve and the rest is called adjustment.
FULL = 0.98
_GRID = np.linspace(1.0, 0.0, 41)


class Gross(NamedTuple):
    """Arrivals and leavers by cell, and the share of local net migration by age that they carry."""

    arrivals: np.ndarray
    leavers: np.ndarray
    carried: np.ndarray


def mobility(ages: np.ndarray) -> np.ndarray:
    """Relative propensity to move by age: the standard schedule of Rogers and Castro (1981), without retirement.

    Parameters
    ----------
    ages : np.ndarray
        Completed years.

    Returns
    -------
    np.ndarray
        Relative rates, highest at 22-23.

    References
    ----------
    .. [1] Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30.

    Examples
    --------
    >>> int(mobility(np.arange(100)).argmax())
    23
    """
    x = np.asarray(ages, dtype=float)
    young = 0.02 * np.exp(-0.1 * x)
    labour = 0.06 * np.exp(-0.1 * (x - 20.0) - np.exp(np.minimum(-0.4 * (x - 20.0), 50.0)))
    result: np.ndarray = young + labour + 0.003
    return result


def split_moves(
    totals: dict[str, xr.DataArray],
    net: xr.DataArray,
    start: xr.DataArray,
    end: xr.DataArray,
    *,
    movers: xr.Dataset | None = None,
) -> tuple[dict[str, xr.DataArray], float]:
    """Totals of gross moves by sex and age."""
    outer = [dim for dim in net.dims if dim not in ("sex", "age")]
    ordered = ("sex", "age", *outer)
    shape = net.transpose(*ordered).shape

    def flat(array: xr.DataArray) -> np.ndarray:
        values: np.ndarray = array.broadcast_like(net).transpose(*ordered).values
        return values.reshape(shape[0] * shape[1], -1)

    curves = {name: _curve(movers, name, net) for name in totals}
    sums = {name: flat(total)[0] for name, total in totals.items()}
    weights = {name: flat(curves[name] * (end if name in ARRIVALS else start)) for name in totals}
    up = [name for name in ARRIVALS if name in totals]
    down = [name for name in LEAVERS if name in totals]
    gross = gross_flows(
        flat(net),
        np.sum([_to_total(weights[name], sums[name]) for name in up], axis=0),
        np.sum([_to_total(weights[name], sums[name]) for name in down], axis=0),
        np.sum([sums[name] for name in up], axis=0),
    )
    parts: dict[str, np.ndarray] = {}
    for names, whole in ((up, gross.arrivals), (down, gross.leavers)):
        first = whole if len(names) == 1 else two_kinds(whole, *(flat(curves[n]) for n in names), total=sums[names[0]])
        parts |= dict(zip(names, (first, whole - first), strict=False))
    back = net.transpose(*ordered)
    split = {name: back.copy(data=part.reshape(shape)).transpose(*net.dims) for name, part in parts.items()}
    return split, float(gross.carried.min())


def _curve(movers: xr.Dataset | None, name: str, like: xr.DataArray) -> xr.DataArray:
    ages = like["age"].values
    if movers is None:
        return xr.DataArray(mobility(ages), coords={"age": ages})
    if name not in movers:
        raise SchemaError(f"movers: there is no propensity to move for {name}, whose total is known. Add the variable.")
    curve = movers[name]
    require_dims(curve, name, needed=("age",), allowed=("sex", "age"))
    require_values(curve, name, low=1e-12, words="are not above 0", mend="Everybody can move; give a small number.")
    curve = require_labels(curve, "age", ages, name)
    return require_labels(curve, "sex", SEXES, name) if "sex" in curve.dims else curve


def gross_flows(net: np.ndarray, arriving: np.ndarray, leaving: np.ndarray, arrivals: np.ndarray) -> Gross:
    """Arrivals and leavers by cell with given net migration and given totals."""
    leavers = arrivals - net.sum(axis=0)
    up, down = _to_total(arriving, arrivals), _to_total(leaving, leavers)
    carried = _carried(net, up - down, arrivals)
    target = carried * net + (1.0 - carried) * (up - down)
    low, high = np.full(arrivals.shape, -60.0), np.full(arrivals.shape, 60.0)
    product = up * down
    for _ in range(64):
        middle = 0.5 * (low + high)
        too_many = _arrivals(target, product, middle).sum(axis=0) > arrivals
        low, high = np.where(too_many, low, middle), np.where(too_many, middle, high)
    factor = 0.5 * (low + high)
    return Gross(
        _to_total(_arrivals(target, product, factor), arrivals),
        _to_total(_arrivals(-target, product, factor), leavers),
        carried,
    )


def two_kinds(whole: np.ndarray, first: np.ndarray, second: np.ndarray, *, total: np.ndarray) -> np.ndarray:
    """The part of each cell that is of the first kind, so that the parts have their total."""
    low, high = np.full(total.shape, -60.0), np.full(total.shape, 60.0)
    for _ in range(64):
        middle = 0.5 * (low + high)
        too_many = _part(whole, first, second, middle).sum(axis=0) > total
        low, high = np.where(too_many, low, middle), np.where(too_many, middle, high)
    part = _part(whole, first, second, 0.5 * (low + high))
    all_of_first = total >= whole.sum(axis=0) * (1.0 - 1e-13)
    result: np.ndarray = np.where(all_of_first, whole, np.minimum(_to_total(part, total), whole))
    return result


def _to_total(weights: np.ndarray, total: np.ndarray) -> np.ndarray:
    have = weights.sum(axis=0)
    result: np.ndarray = weights * np.divide(total, have, out=np.zeros_like(total), where=have > 0.0)
    return result


def _arrivals(net: np.ndarray, product: np.ndarray, log_factor: np.ndarray) -> np.ndarray:
    scaled = np.exp(log_factor) * product
    root = np.sqrt(net * net + 4.0 * scaled)
    below = np.divide(2.0 * scaled, root - net, out=np.zeros_like(root), where=root > net)
    result: np.ndarray = np.where(net < 0.0, below, 0.5 * (net + root))  # two forms of one root: neither cancels
    return result


def _carried(net: np.ndarray, by_curve: np.ndarray, arrivals: np.ndarray) -> np.ndarray:
    best = np.zeros(arrivals.shape)
    for share in _GRID:
        gains = (share * net + (1.0 - share) * by_curve).clip(min=0.0).sum(axis=0)
        best = np.where(gains <= FULL * arrivals, np.maximum(best, share), best)
    return best


def _part(whole: np.ndarray, first: np.ndarray, second: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    odds = np.exp(log_odds)
    result: np.ndarray = whole * first * odds / (first * odds + second)
    return result

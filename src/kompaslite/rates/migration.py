"""Migration by age reached during the year: arrivals as counts, leavers as rates, and gross flows from their totals.

Of all splits that agree with the totals and with net migration in every cell, the one that is closest to a mobility
curve (least relative entropy) has in every cell

    arrivals = (n + sqrt(n^2 + 4 k a b)) / 2        leavers = arrivals - n

with n net migration, a and b the arrivals and leavers that the curve alone gives, and one k per area and year, found
so that the arrivals have their total.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, require_accounts
from kompaslite.rates.credibility import REPORTED, Strengths, check_pooled, shrunk_counts, shrunk_rates
from kompaslite.rates.credibility_net import shrunk_net
from kompaslite.rates.exposure import exposure, fitting_years, flow_of, rate
from kompaslite.schema import (
    SchemaError,
    count_unit,
    rate_unit,
    short_list,
)

#: Components of change that are arrivals, and the assumption that each becomes.
ARRIVALS: dict[str, str] = {"in_migration": "in_migration", "moves_in": "in_migration", "immigration": "immigration"}
#: Components of change that are leavers, and the assumption that each becomes.
LEAVERS: dict[str, str] = {"out_migration": "out_migration", "moves_out": "out_migration", "emigration": "emigration"}
#: Share of the arrivals that net gains by age may take up; where noise in small places takes more, net migration by age
#: is drawn towards the mobility curve and the rest is called adjustment.
FULL = 0.98
_GRID = np.linspace(1.0, 0.0, 41)


def fit_migration(
    observed: Accounts,
    *,
    window: int | None = 10,
    annual: bool = False,
    net_losses: Literal["counts", "rates"] = "counts",
    adjustment: bool | None = None,
    shrink_to: xr.Dataset | None = None,
    learned: Mapping[str, Strengths | xr.Dataset] | None = None,
) -> xr.Dataset:
    """Moves by age from what was observed: counts of arrivals, rates of leavers, or net migration.

    Parameters
    ----------
    observed : Accounts
        1 January population, births by sex, and by sex and age reached any of in_migration, out_migration,
        immigration, emigration, moves_in, moves_out and net_migration (persons per year).
    window : int or None
        Years back from the last observed year, at least 1; None takes all years.
    annual : bool
        One schedule for each year instead of one for all years together.
    net_losses : {"counts", "rates"}
        How cells that lose by net migration go on: as a count, or as a rate of leaving of the people who are
        there, so that a place that loses cannot lose more than it has.  A place that gains does so by a count.
    adjustment : bool, optional
        Whether the correction of the register goes on, by its mean over the window.  None: only if `annual`, so that
        the years that were observed come out whole and a forecast adds no corrections that nobody expects.
    shrink_to : xr.Dataset, optional
        Schedules of the nation or a group, ``(sex, age)``, that the local ones are shrunk towards by their
        credibility; any of net_migration, out_migration, emigration (per person-year: `shrink_net`, `shrink`) and
        in_migration, immigration (profiles in any unit: the local total stays, its shape is shrunk).
    learned : mapping of name to Strengths or Dataset, optional
        What local data weigh, as learned elsewhere: `Strengths`, or for net_migration a result of `shrink_net`.

    Returns
    -------
    xr.Dataset
        ``in_migration``, ``immigration``, ``net_migration``, ``adjustment`` (persons per year) and
        ``out_migration``, ``emigration`` (per person-year), those that follow from what was observed,
        ``(..., sex, age)``, with ``year`` if `annual`.  Moves between the areas count as in- and out-migration.
        Weights of local data are coordinates, such as ``net_migration_level_weight``.

    Raises
    ------
    SchemaError
        If no component is a move, one is shorter than the window, known without sex and age, or to be shrunk year by
        year.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"sex": ["female", "male"], "age": [0, 1]}
    >>> people = xr.DataArray(
    ...     [[[9.0, 9.0], [40.0, 50.0]], [[9.0, 9.0], [40.0, 50.0]]],
    ...     coords=labels | {"year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> moved = xr.DataArray([[[0.0], [1.0]], [[0.0], [1.0]]], coords=labels | {"year": [2025]})
    >>> moved.attrs["units"] = "persons/year"
    >>> born = xr.DataArray([[9.0], [9.0]], coords={"sex": labels["sex"], "year": [2025]}, attrs=moved.attrs)
    >>> flows = xr.Dataset({"births": born, "net_migration": moved})
    >>> fit_migration(Accounts(people, flows), window=1).net_migration.sel(age=1).values
    array([1., 1.])
    """
    moves = _moves_of(observed)
    years = fitting_years(observed, moves[0], window)
    flows = _pooled_by_assumption(observed, moves, years)
    _check_options(net_losses, shrink_to, annual=annual)
    how = _How(observed, years, annual, shrink_to, learned or {})
    fitted = {name: _fitted(flow, name, how) for name, flow in flows.items()}
    if (annual if adjustment is None else adjustment) and "adjustment" in observed.flows:
        rest = _by_age(flow_of(observed, "adjustment", years), "adjustment")
        fitted["adjustment"] = _mean_count(rest, "adjustment", how)
    if net_losses == "rates" and "net_migration" in fitted:
        fitted = _with_losses_as_rates(fitted, how)
    return xr.Dataset({name: part.reset_coords(drop=True) for name, part in fitted.items()}).assign_coords(
        {f"{name}_{key}": part.coords[key] for name, part in fitted.items() for key in REPORTED if key in part.coords}
    )


def _check_options(net_losses: str, shrink_to: xr.Dataset | None, *, annual: bool) -> None:
    if net_losses not in ("counts", "rates"):
        raise SchemaError(f'fit_migration: net_losses is {net_losses!r}. Choose "counts" or "rates".')
    if shrink_to is None:
        return
    check_pooled(annual)
    known = list(dict.fromkeys((*ARRIVALS.values(), *LEAVERS.values(), "net_migration")))
    unknown = [str(name) for name in shrink_to.data_vars if name not in known]
    if unknown:
        raise SchemaError(
            f"shrink_to: unknown component {short_list(unknown)}; it may have {short_list(known, most=9)}."
        )


class _How(NamedTuple):
    observed: Accounts
    years: np.ndarray
    annual: bool
    shrink_to: xr.Dataset | None
    learned: Mapping[str, Strengths | xr.Dataset]

    @property
    def step(self) -> int:
        return self.observed.step

    @property
    def exposed(self) -> xr.DataArray:
        return exposure(self.observed, self.years)


def _pooled_by_assumption(observed: Accounts, moves: list[str], years: np.ndarray) -> dict[str, xr.DataArray]:
    """Flows by the assumption that they become: moves between the areas join those within the country."""
    result: dict[str, xr.DataArray] = {}
    for name in moves:
        flow = _by_age(flow_of(observed, name, years), name)
        target = (ARRIVALS | LEAVERS).get(name, name)
        result[target] = result[target] + flow if target in result else flow
    return result


def _fitted(flow: xr.DataArray, name: str, how: _How) -> xr.DataArray:
    towards = None if how.shrink_to is None else how.shrink_to.get(name)
    learned = how.learned.get(name)
    if towards is None:
        if name in LEAVERS:
            return rate(flow, how.exposed, name, annual=how.annual, step=how.step)
        return _mean_count(flow, name, how)
    if name == "net_migration":
        earlier = learned if isinstance(learned, xr.Dataset) else None
        return shrunk_net(flow, how.exposed, towards, learned_from=earlier, step=how.step)
    strengths = learned if isinstance(learned, Strengths) else None
    if name in LEAVERS:
        return shrunk_rates(flow, how.exposed, towards, name=name, strengths=strengths, step=how.step)
    return shrunk_counts(flow, towards, name=name, strengths=strengths, step=how.step)


def _moves_of(observed: Accounts) -> list[str]:
    require_accounts(observed, "fit_migration")
    known = (*ARRIVALS, *LEAVERS, "net_migration")
    moves = [name for name in known if name in observed.flows]
    if not moves:
        have = short_list([str(name) for name in observed.flows.data_vars], most=9) or "no components at all"
        raise SchemaError(
            f"migration: no component of the accounts is a move; they have {have}. Read moves from a table, or "
            "derive net migration from the populations with residual_accounts."
        )
    return moves


def _by_age(flow: xr.DataArray, name: str) -> xr.DataArray:
    missing = [dim for dim in ("sex", "age") if dim not in flow.dims]
    if missing:
        raise SchemaError(
            f"{name}: it is known without {' and '.join(missing)}. Split it by age and sex first, with "
            "residual_accounts or a schedule."
        )
    return flow


def _mean_count(flow: xr.DataArray, name: str, how: _How) -> xr.DataArray:
    years = flow["year"].values
    attrs = {"units": count_unit(how.step), "period": f"{years[0]}-{years[-1]}", "source": "local"}
    return (flow if how.annual else flow.mean("year")).rename(name).assign_attrs(attrs)


def _with_losses_as_rates(fitted: dict[str, xr.DataArray], how: _How) -> dict[str, xr.DataArray]:
    """Net gains as counts of arrivals, net losses as rates of the mean exposure of the window."""
    if "in_migration" in fitted or "out_migration" in fitted:
        raise SchemaError(
            'net_losses="rates": the accounts have in- and out-migration beside net migration. '
            'Drop one of the two, or choose net_losses="counts".'
        )
    net = fitted.pop("net_migration")
    exposed = how.exposed if how.annual else how.exposed.mean("year")
    one = {} if how.annual else {"year": [0]}
    lost = rate((-net).clip(min=0.0).expand_dims(one), exposed.expand_dims(one), "out_migration", annual=how.annual)
    note = {"method": "net losses as rates of leaving, net gains as counts of arrivals"}
    fitted["in_migration"] = net.clip(min=0.0).rename("in_migration").assign_attrs(net.attrs | note)
    attrs = net.attrs | note | {"units": rate_unit(how.step)}
    fitted["out_migration"] = lost.reset_coords(drop=True).assign_attrs(attrs)
    return fitted


class Gross(NamedTuple):
    """Arrivals and leavers by cell, and the share of local net migration by age that they carry."""

    arrivals: np.ndarray
    leavers: np.ndarray
    carried: np.ndarray


def split_moves(
    totals: dict[str, xr.DataArray],
    net: xr.DataArray,
    *,
    curves: Mapping[str, xr.DataArray],
    by_curve: Mapping[str, xr.DataArray],
) -> tuple[dict[str, xr.DataArray], float]:
    """Totals of gross moves by sex and age, nearest to those by the curves alone."""
    outer = [dim for dim in net.dims if dim not in ("sex", "age")]
    ordered = ("sex", "age", *outer)
    shape = net.transpose(*ordered).shape

    def flat(array: xr.DataArray) -> np.ndarray:
        values: np.ndarray = array.broadcast_like(net).transpose(*ordered).values
        return values.reshape(shape[0] * shape[1], -1)

    sums = {name: flat(total)[0] for name, total in totals.items()}
    usual = {name: flat(part) for name, part in by_curve.items()}
    up = [name for name in ARRIVALS if name in totals]
    down = [name for name in LEAVERS if name in totals]
    gross = gross_flows(
        flat(net),
        np.sum([usual[name] for name in up], axis=0),
        np.sum([usual[name] for name in down], axis=0),
        np.sum([sums[name] for name in up], axis=0),
    )
    parts: dict[str, np.ndarray] = {}
    for names, whole in ((up, gross.arrivals), (down, gross.leavers)):
        first = whole if len(names) == 1 else two_kinds(whole, *(flat(curves[n]) for n in names), total=sums[names[0]])
        parts |= dict(zip(names, (first, whole - first), strict=False))
    back = net.transpose(*ordered)
    split = {name: back.copy(data=part.reshape(shape)).transpose(*net.dims) for name, part in parts.items()}
    return split, float(gross.carried.min())


def gross_flows(net: np.ndarray, arriving: np.ndarray, leaving: np.ndarray, arrivals: np.ndarray) -> Gross:
    """Arrivals and leavers by cell with given net migration and given totals."""
    leavers = arrivals - net.sum(axis=0)
    up, down = _to_total(arriving, arrivals), _to_total(leaving, leavers)
    carried = _carried(net, up - down, arrivals)
    target = carried * net + (1.0 - carried) * (up - down)
    product = up * down
    factor = _bisected(lambda at: _arrivals(target, product, at).sum(axis=0) > arrivals, arrivals.shape)
    return Gross(
        _to_total(_arrivals(target, product, factor), arrivals),
        _to_total(_arrivals(-target, product, factor), leavers),
        carried,
    )


def two_kinds(whole: np.ndarray, first: np.ndarray, second: np.ndarray, *, total: np.ndarray) -> np.ndarray:
    """The part of each cell that is of the first kind, so that the parts have their total."""
    odds = _bisected(lambda at: _part(whole, first, second, at).sum(axis=0) > total, total.shape)
    part = _part(whole, first, second, odds)
    all_of_first = total >= whole.sum(axis=0) * (1.0 - 1e-13)
    result: np.ndarray = np.where(all_of_first, whole, np.minimum(_to_total(part, total), whole))
    return result


def _bisected(too_high: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Where a test turns true, for each number by itself."""
    low, high = np.full(shape, -60.0), np.full(shape, 60.0)
    for _ in range(64):
        middle = 0.5 * (low + high)
        above = too_high(middle)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    result: np.ndarray = 0.5 * (low + high)
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

"""Migration: arrivals as counts, leavers as rates, by age reached during the year."""

from typing import Literal

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.rates.exposure import exposure, fitting_years, rate
from kompaslite.schema import SchemaError, count_unit, require_dims, short_list

#: Components of change that are arrivals, and the assumption that each becomes.
ARRIVALS: dict[str, str] = {"in_migration": "in_migration", "moves_in": "in_migration", "immigration": "immigration"}
#: Components of change that are leavers, and the assumption that each becomes.
LEAVERS: dict[str, str] = {"out_migration": "out_migration", "moves_out": "out_migration", "emigration": "emigration"}


def fit_migration(
    observed: Accounts,
    *,
    window: int | None = 10,
    annual: bool = False,
    net_losses: Literal["counts", "rates"] = "counts",
    adjustment: bool | None = None,
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

    Returns
    -------
    xr.Dataset
        ``in_migration``, ``immigration``, ``net_migration``, ``adjustment`` (persons per year) and
        ``out_migration``, ``emigration`` (per person-year), those that follow from what was observed,
        ``(..., sex, age)``, with ``year`` if `annual`.  Moves between the areas count as in- and out-migration.

    Raises
    ------
    SchemaError
        If no component is a move, one is shorter than the window, or known without sex and age.

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
    result: dict[str, xr.DataArray] = {}
    for name in moves:
        flow = _by_age(observed.flows[name], name).sel(year=years)
        target = (ARRIVALS | LEAVERS).get(name, name)
        result[target] = result[target] + flow if target in result else flow
    exposed = exposure(observed, years) if set(result) & set(LEAVERS) or net_losses == "rates" else None
    keep = annual if adjustment is None else adjustment
    if keep and "adjustment" in observed.flows:
        result["adjustment"] = _by_age(observed.flows["adjustment"], "adjustment").sel(year=years)
    fitted = {
        name: rate(flow, exposed, name, annual=annual, step=observed.step)
        if name in LEAVERS and exposed is not None
        else _mean_count(flow, name, annual=annual, step=observed.step)
        for name, flow in result.items()
    }
    if net_losses == "rates" and "net_migration" in fitted and exposed is not None:
        fitted = _with_losses_as_rates(fitted, result["net_migration"], exposed, annual=annual, step=observed.step)
    return xr.Dataset(fitted)


def _moves_of(observed: Accounts) -> list[str]:
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
    require_dims(flow, name, needed=("sex", "age", "year"))
    return flow


def _mean_count(flow: xr.DataArray, name: str, *, annual: bool, step: int) -> xr.DataArray:
    years = flow["year"].values
    attrs = {"units": count_unit(step), "period": f"{years[0]}-{years[-1]}", "source": "local"}
    return (flow if annual else flow.mean("year")).rename(name).assign_attrs(attrs)


def _with_losses_as_rates(
    fitted: dict[str, xr.DataArray], net: xr.DataArray, exposed: xr.DataArray, *, annual: bool, step: int
) -> dict[str, xr.DataArray]:
    if "in_migration" in fitted or "out_migration" in fitted:
        raise SchemaError(
            'net_losses="rates": the accounts have in- and out-migration beside net migration. '
            'Drop one of the two, or choose net_losses="counts".'
        )
    mean = fitted.pop("net_migration")
    total = net if annual else net.sum("year")
    lost = rate(
        (-total).clip(min=0.0).expand_dims(year=net["year"].values[-1:]) if not annual else (-total).clip(min=0.0),
        exposed,
        "out_migration",
        annual=annual,
        step=step,
    )
    note = "net losses as rates of leaving, net gains as counts of arrivals"
    fitted["in_migration"] = mean.clip(min=0.0).rename("in_migration").assign_attrs(mean.attrs | {"method": note})
    fitted["out_migration"] = lost.assign_attrs(lost.attrs | {"period": mean.attrs["period"], "method": note})
    return fitted

"""Gross moves where they are known: as many more come as leave, so that the population stays what it was."""

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.rates.exposure import cohort_end, cohort_start, exposure
from kompaslite.rates.migration import ARRIVALS, LEAVERS

#: Years of moves that give the turnover; no person of the forecast depends on it.
TURNOVER_YEARS = 5


def with_gross_moves(assumptions: xr.Dataset, observed: Accounts, *, years: int = TURNOVER_YEARS) -> xr.Dataset:
    """Add moves in both directions to net ones, at the turnover that was observed."""
    arrivals, leavers = (_by_cell(observed, tuple(names), years) for names in (ARRIVALS, LEAVERS))
    if not arrivals or not leavers:
        return assumptions.assign_attrs(moves="net")
    rate = _turnover(observed, _sum(arrivals), _sum(leavers))
    path = project(observed.population.sel(year=observed.years[-1]), assumptions)
    along = rate * exposure(path, assumptions["year"].values)
    come = _split(assumptions["in_migration"], along, _abroad(arrivals, "immigration"), "immigration")
    gone = _split(assumptions["out_migration"], rate, _abroad(leavers, "emigration"), "emigration")
    return assumptions.assign(come | gone).assign_attrs(moves="gross")


def _by_cell(observed: Accounts, names: tuple[str, ...], years: int) -> dict[str, xr.DataArray]:
    """Sums over the last years of the moves that are known by sex and age, each with the years it has."""
    cells = [dim for dim in observed.population.dims if dim != "year"]
    known = [name for name in names if name in observed.flows and {*cells} <= {*observed.flows[name].dims}]
    return {name: observed.flows[name].isel(year=slice(-years, None)) for name in known}


def _sum(parts: dict[str, xr.DataArray]) -> xr.DataArray:
    """All kinds together, in the years that all of them have."""
    total, *others = xr.align(*parts.values(), join="inner")
    for other in others:
        total = total + other
    return total


def _turnover(observed: Accounts, come: xr.DataArray, gone: xr.DataArray) -> xr.DataArray:
    come, gone = xr.align(come, gone, join="inner")
    years = come["year"].values
    start, end = cohort_start(observed, years), cohort_end(observed, years)
    start = start.where(start["age"] > 0, end)  # births may be unknown by sex; the infants who are left stand in
    lived = (start + end).sum("year") / 2.0
    come, gone = come.sum("year"), gone.sum("year")
    both = come.where(come < gone, gone)
    return (both / lived.where(lived > 0.0)).fillna(0.0)


def _abroad(parts: dict[str, xr.DataArray], name: str) -> xr.DataArray | None:
    """Share of the moves that cross the country's border."""
    if name not in parts or len(parts) == 1:
        return None
    whole = _sum(parts).sum("year")
    share = parts[name].sum("year") / whole.where(whole > 0.0)
    return share.fillna(0.0).clip(max=1.0)


def _split(net: xr.DataArray, more: xr.DataArray, abroad: xr.DataArray | None, name: str) -> dict[str, xr.DataArray]:
    whole = (net + more).transpose(*net.dims).assign_attrs(net.attrs)
    if abroad is None:
        return {str(net.name): whole}
    outside = (whole * abroad).transpose(*net.dims).assign_attrs(net.attrs)
    return {str(net.name): (whole - outside).assign_attrs(net.attrs), name: outside}

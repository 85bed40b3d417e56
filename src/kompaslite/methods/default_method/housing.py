"""Housing in a method: a drive of the projection, read off as assumptions."""

from collections.abc import Callable
from functools import partial

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import MigrationDriver, project
from kompaslite.methods.sources import Sources
from kompaslite.rates.exposure import exposure
from kompaslite.schema import SchemaError

#: What housing does to assumptions: ``(assumptions, observed, sources) -> assumptions``.
Housing = Callable[[xr.Dataset, Accounts, Sources], xr.Dataset]
#: What makes a drive: ``(trend, assumptions, sources) -> drive``, the trend being the projection without it.
MakeDrive = Callable[[Accounts, xr.Dataset, Sources], MigrationDriver]
_ARRIVALS, _LEAVERS = ("in_migration", "moves_in"), ("out_migration", "moves_out")


def moved_by(make: MakeDrive) -> Housing:
    """Housing for the default method: who moves is what a drive of the projection lets move."""
    return partial(_moved_by, make=make)


def _moved_by(assumptions: xr.Dataset, observed: Accounts, sources: Sources, *, make: MakeDrive) -> xr.Dataset:
    if assumptions.attrs.get("moves") != "gross":
        raise SchemaError(
            "housing: the accounts have no moves in both directions by sex and age, so there are only net ones, which "
            "housing cannot act on. Add in_migration and out_migration; residual_accounts splits totals."
        )
    last = observed.population.sel(year=observed.years[-1])
    trend = project(last, assumptions)
    path = project(last, assumptions, drive=make(trend, assumptions, sources))
    lived = exposure(path, assumptions["year"].values)
    come, gone = (_with_moves(path.flows, *names) for names in (_ARRIVALS, _LEAVERS))
    rate = (gone / lived.where(lived > 0.0)).fillna(0.0).transpose(*lived.dims)
    moves = {"in_migration": come, "out_migration": rate}
    return assumptions.assign({name: flow.assign_attrs(assumptions[name].attrs) for name, flow in moves.items()})


def _with_moves(flows: xr.Dataset, outside: str, between: str) -> xr.DataArray:
    return flows[outside] + flows[between] if between in flows else flows[outside]

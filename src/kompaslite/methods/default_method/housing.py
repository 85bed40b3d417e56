"""Housing in a method: the moves of a projection with housing, read off as assumptions."""

from collections.abc import Callable
from functools import partial

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.housing import Housing, project_with_housing
from kompaslite.methods.contract import Sources
from kompaslite.rates import exposure
from kompaslite.schema import SchemaError

#: What housing does to assumptions: ``(assumptions, observed, sources) -> assumptions``.
AdaptedByHousing = Callable[[xr.Dataset, Accounts, Sources], xr.Dataset]
#: What makes housing: ``(jump_off, assumptions, sources) -> housing``, cut at the origin.
MakeHousing = Callable[[xr.DataArray, xr.Dataset, Sources], Housing]
_ARRIVALS, _LEAVERS = ("in_migration", "moves_in"), ("out_migration", "moves_out")


def with_housing(make: MakeHousing) -> AdaptedByHousing:
    """Housing for the default method: who moves is what the dwellings of `make` let move."""
    return partial(_with_housing, make=make)


def _with_housing(assumptions: xr.Dataset, observed: Accounts, sources: Sources, *, make: MakeHousing) -> xr.Dataset:
    if assumptions.attrs.get("moves") != "gross":
        raise SchemaError(
            "housing: the accounts have no moves in both directions by sex and age, so there are only net ones, which "
            "housing cannot act on. Add in_migration and out_migration; residual_accounts splits totals."
        )
    last = observed.population.sel(year=observed.years[-1])
    path, _ = project_with_housing(last, assumptions, make(last, assumptions, sources))
    lived = exposure(path, assumptions["year"].values)
    come, gone = (_with_moves(path.flows, *names) for names in (_ARRIVALS, _LEAVERS))
    rate = (gone / lived.where(lived > 0.0)).fillna(0.0).transpose(*lived.dims)
    moves = {"in_migration": come, "out_migration": rate}
    return assumptions.assign({name: flow.assign_attrs(assumptions[name].attrs) for name, flow in moves.items()})


def _with_moves(flows: xr.Dataset, outside: str, between: str) -> xr.DataArray:
    return flows[outside] + flows[between] if between in flows else flows[outside]

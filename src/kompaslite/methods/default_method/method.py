"""The default method: accounts of the past in, assumptions of a cohort-component projection out."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods.default_method.housing import Housing
from kompaslite.methods.default_method.inputs import read_known
from kompaslite.methods.default_method.mortality import central_rates
from kompaslite.methods.default_method.outlook import Outlook, outlook_of
from kompaslite.methods.default_method.parameters import DefaultParameters
from kompaslite.methods.default_method.turnover import with_gross_moves
from kompaslite.methods.sources import Sources
from kompaslite.schema import SchemaError, count_unit, describe_cell, first_cell, rate_unit, short_list

#: The parameters that the evidence speaks for.
DEFAULTS = DefaultParameters()


def default(
    observed: Accounts,
    years: Sequence[int],
    *,
    sources: Sources | None = None,
    parameters: DefaultParameters = DEFAULTS,
    groups: Mapping[str, str] | None = None,
    housing: Housing | None = None,
) -> xr.Dataset:
    """What the default method assumes for the years to come."""
    context = Sources() if sources is None else sources
    accounts, single = _by_area(observed)
    wanted = _checked_years(years, accounts.years[-1])
    known = read_known(accounts, context, groups, parameters)
    outlook = outlook_of(known, np.array(wanted), parameters)
    assumed = assumptions_of(outlook, accounts.population, wanted)
    assumed = with_gross_moves(assumed, accounts)
    attrs = {
        "method": "default",
        "sources": "; ".join(f"{name}: {words}" for name, words in known.nation.words.items()),
    }
    if known.alone:
        attrs["without_group"] = ", ".join(known.alone)
    assumed = (assumed.isel(area=0, drop=True) if single else assumed).assign_attrs(attrs)
    return assumed if housing is None else housing(assumed, observed, context)


def _by_area(observed: Accounts) -> tuple[Accounts, bool]:
    """Accounts with areas, and whether they were of one place only."""
    if "area" in observed.population.dims:
        return observed, False
    flows = {name: flow.expand_dims(area=[""]) for name, flow in observed.flows.items()}
    return Accounts(observed.population.expand_dims(area=[""]), xr.Dataset(flows)), True


def _checked_years(years: Sequence[int], last: int) -> list[int]:
    wanted = [int(year) for year in years]
    if not wanted or wanted != list(range(last, last + len(wanted))):
        raise SchemaError(
            f"default: the years of a forecast follow the last observed one, {last}, {last + 1} and so on; they are "
            f"{short_list(wanted)}."
        )
    return wanted


def assumptions_of(outlook: Outlook, population: xr.DataArray, years: Sequence[int]) -> xr.Dataset:
    """Net gains as counts, net losses as rates, in terms of the mean-exposure step."""
    coords = {dim: population[dim].values for dim in ("area", "sex", "age")} | {"year": list(years)}
    cells = xr.DataArray(outlook.kept, coords=coords, dims=("area", "sex", "age", "year"))
    rates = central_rates(outlook.kept)
    left = outlook.kept + np.minimum(outlook.net, 0.0)
    _check_left(cells.copy(data=left))
    gone = np.where(outlook.net < 0.0, central_rates(left) - rates, 0.0)
    come = np.maximum(outlook.net, 0.0) * outlook.usual[..., None] * (1.0 + rates / 2.0)
    girls = 1.0 - outlook.male_share
    return xr.Dataset(
        {
            "fertility": cells.isel(sex=0, drop=True).copy(data=outlook.fertility).assign_attrs(units=rate_unit()),
            "sex_ratio_at_birth": xr.DataArray(outlook.male_share / girls, attrs={"units": "1"}),
            "mortality": cells.copy(data=rates).assign_attrs(units=rate_unit()),
            "in_migration": cells.copy(data=come).assign_attrs(units=count_unit()),
            "out_migration": cells.copy(data=gone).assign_attrs(units=rate_unit()),
        }
    )


def _check_left(left: xr.DataArray) -> None:
    emptied = left.copy(data=left.values <= 0.0)
    if bool(emptied.any()):
        cell = first_cell(emptied)
        areas = left["area"].values[emptied.any(["sex", "age", "year"]).values].tolist()
        raise SchemaError(
            f"default: {int(emptied.sum()):,} cells of {len(areas)} areas would lose more people than they have: "
            f"{short_list(areas, most=20)}; the first is {describe_cell(cell)}. Their history breaks off: leave the "
            "areas out, or draw them closer to the others with shape.age_shrink and level.own_shrink."
        )

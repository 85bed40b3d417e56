"""Levels of the past: what each component of change was, per person, year by year, and which ages moved."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, newborns
from kompaslite.schema import SchemaError, short_list

#: Components whose level is a logarithm, and the assumption that each scales.
SCALED: dict[str, str] = {
    "births": "fertility",
    "in_migration": "in_migration",
    "out_migration": "out_migration",
    "immigration": "immigration",
    "emigration": "emigration",
    "moves_in": "in_migration",
    "moves_out": "out_migration",
}
#: First ages of the bands whose local net migration moves by itself.
BANDS: tuple[int, ...] = (1, 6, 13, 16, 20, 25, 30, 40, 50, 67, 80)
FEWEST = 5
#: Ages of women to whom births are related.
_MOTHERS = slice(20, 39)


def components_of(observed: Accounts) -> list[str]:
    """Components of the accounts whose level can be followed: gross flows, or net migration where there are none."""
    gross = [name for name in SCALED if name in observed.flows]
    moves = [name for name in gross if name != "births"]
    names = gross if moves or "net_migration" not in observed.flows else [*gross, "net_migration"]
    if not names:
        have = short_list([str(name) for name in observed.flows.data_vars], most=9) or "no components at all"
        raise SchemaError(
            f"fit_levels: the accounts have {have}, none of which has a level that can be followed. Give births, gross "
            "flows or net migration; residual_accounts derives them from populations."
        )
    years = min(observed.flows[name].sizes["year"] for name in names)
    if years < FEWEST:
        raise SchemaError(
            f"fit_levels: {years} years of flows are too few to see how levels move; {FEWEST} are needed."
        )
    return names


def nation_of(observed: Accounts) -> Accounts:
    """All areas together."""
    return observed.sum("area") if "area" in observed.population.dims else observed


def level_of(accounts: Accounts, name: str) -> xr.DataArray:
    """Level of a component: net migration per person, of the others the logarithm per person."""
    flow = newborns(accounts.flows[name]) if name == "births" else accounts.flows[name]
    flow = flow.sum([dim for dim in flow.dims if dim in ("sex", "age")])
    people = accounts.population.sel(year=flow["year"].values)
    at_risk = people.sel(sex=["female"], age=_MOTHERS) if name == "births" else people
    exposed = at_risk.sum(["sex", "age"])
    exposed = exposed.where(exposed > 0.0)  # where nobody is, there is no level
    if name == "net_migration":
        return (flow / exposed).transpose(..., "year")
    # half a person more, so that a year without any has a level too
    level = (flow + 0.5) / exposed
    return level.copy(data=np.log(level.values)).transpose(..., "year")


def empty_areas(observed: Accounts, names: Sequence[str]) -> dict[str, int]:
    """Areas without a level in some year, as nobody was there, and the first such year; not all of them."""
    population = observed.population.sum(["sex", "age"])
    last = population.isel(year=[-1])
    unknown = [level_of(observed, name).isnull() for name in names] + [last <= 0.0]
    found: dict[str, int] = {}
    for area in population["area"].values.tolist():
        years = [year for one in unknown for year in one["year"].values[one.sel(area=area).values].tolist()]
        found |= {area: min(years)} if years else {}
    if len(found) == population.sizes["area"]:
        area, year = next(iter(found.items()))
        raise SchemaError(
            f"fit_levels: every area has a year in which nobody was there who could move or bear children, the first "
            f"is area {area}, year {year}. Levels need one area that was never empty: start the history later, or put "
            "areas together."
        )
    return found


def require_level(level: xr.DataArray, name: str) -> xr.DataArray:
    """The level of all areas together, if it is known in every year."""
    years = level["year"].values[level.isnull().values].tolist()
    if years:
        raise SchemaError(
            f"fit_levels: {name} has no level in {short_list(years)}: nobody was there who could move or bear "
            f"children. Start the history after {years[-1]}."
        )
    return level


def chance_of(accounts: Accounts, name: str) -> xr.DataArray:
    """Standard deviation that the chance of single persons gives the logarithm of a flow, ``(area,)``."""
    flow = newborns(accounts.flows[name]) if name == "births" else accounts.flows[name]
    mean = flow.sum([dim for dim in flow.dims if dim in ("sex", "age")]).mean("year")
    return 1.0 / (mean + 0.5) ** 0.5


def bands_of(ages: np.ndarray, first: tuple[int, ...] = BANDS) -> dict[str, tuple[int, int]]:
    """Bands of age by name, as first and last age; those beyond the last age are left out."""
    starts = [age for age in first if age <= ages[-1]]
    ends = [*(age - 1 for age in starts[1:]), int(ages[-1])]
    return {f"net_migration {low}-{high}": (low, high) for low, high in zip(starts, ends, strict=True)}


def band_levels(
    observed: Accounts, bands: Mapping[str, tuple[int, int]], mobile: xr.DataArray
) -> dict[str, tuple[xr.DataArray, xr.DataArray]]:
    """Net migration of bands of age beside the nation's, and beside what the level of all ages brings them."""
    net = observed.flows["net_migration"].sum("sex")
    people = age_up(observed.population.sel(year=net["year"].values)).sum("sex")
    level = beside_nation(net.sum("age"), people.sum("age"))
    found = {}
    for name, ages in bands.items():
        moved, there, mobile_there = (part.sel(age=slice(*ages)) for part in (net, people, mobile))
        all_there = there.sum("age")
        brought = level * (there * mobile_there).sum("age") / all_there.clip(min=1.0)
        found[name] = beside_nation(moved.sum("age"), all_there) - brought, all_there.isel(year=-1).clip(min=1.0)
    return found


def beside_nation(moved: xr.DataArray, people: xr.DataArray) -> xr.DataArray:
    """Net migration per person, less that of all areas together, ``(area, year)``."""
    return moved / people.clip(min=1.0) - moved.sum("area") / people.sum("area").clip(min=1.0)

"""Two ways to split a difference: by counts, where no order matters, and by rates, where it does."""

from collections.abc import Sequence
from math import comb

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, newborns
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.evaluation.align import COMPONENTS
from kompaslite.rates import fit_fertility, fit_migration, fit_mortality
from kompaslite.schema import SchemaError, in_order, rate_unit

_VARIABLES: dict[str, tuple[str, ...]] = {
    "births": ("fertility", "sex_ratio_at_birth"),
    "deaths": ("mortality",),
    **{part: tuple(COMPONENTS[part]) for part in ("in_migration", "out_migration", "abroad")},
    "net_migration": ("net_migration",),
    "adjustment": ("adjustment",),
}
Parts = dict[str, xr.DataArray]


def by_counts(base: Accounts, actual: Accounts, parts: Sequence[str]) -> tuple[Parts, Parts]:
    """Follow the difference of each component, in persons, to the target year."""
    years = base.population["year"].values[:-1]
    gap = (actual.population - base.population).sum("sex").isel(year=0, drop=True)
    nobody = xr.zeros_like(gap)
    found = {"jump_off": _followed(gap, [nobody] * len(years))}
    for part in parts:
        change = _added(actual, part, nobody) - _added(base, part, nobody)
        found[part] = _followed(nobody, [change.sel(year=year, drop=True) for year in years])
    return found, found


def _added(accounts: Accounts, part: str, like: xr.DataArray) -> xr.DataArray:
    """Persons that a part adds to each cohort, both sexes, by age reached."""
    if part == "births":
        born = newborns(accounts.flows["births"])
        born = born.sum("sex") if "sex" in born.dims else born
        return born.expand_dims(age=like["age"].values[:1]).reindex(age=like["age"].values, fill_value=0.0)
    total = accounts.population.isel(year=slice(None, -1)).sum("sex") * 0.0
    for flow, sign in COMPONENTS[part].items():
        if flow in accounts.flows:
            values = accounts.flows[flow]
            total = total + sign * (values.sum("sex") if "sex" in values.dims else values)
    return total


def _followed(start: xr.DataArray, changes: Sequence[xr.DataArray]) -> xr.DataArray:
    now = start
    for change in changes:
        aged = age_up(now)
        now = (aged + change).transpose(*in_order(tuple({*aged.dims, *change.dims})))
    return now


def by_rates(base: Accounts, actual: Accounts, parts: Sequence[str]) -> tuple[Parts, Parts]:
    """Make the forecast again with every set of components of the actual accounts."""
    named = [one.population["scenario"].values for one in (base, actual) if "scenario" in one.population.dims]
    if not named:
        return _by_rates(base, actual, parts)
    # sets of components are projected along the dimension scenario, so scenarios of the forecast come one by one
    sides = [[_of_scenario(one, name) for one in (base, actual)] for name in named[0]]
    made = [_by_rates(mine, other, parts) for mine, other in sides]
    index = xr.Variable("scenario", named[0])
    in_turn, average = (
        {part: xr.concat([one[i][part] for one in made], dim=index) for part in made[0][i]} for i in (0, 1)
    )
    return in_turn, average


def _of_scenario(accounts: Accounts, name: str) -> Accounts:
    return accounts.map(lambda array: array.sel(scenario=name, drop=True) if "scenario" in array.dims else array)


def _by_rates(base: Accounts, actual: Accounts, parts: Sequence[str]) -> tuple[Parts, Parts]:
    players = ["jump_off", *parts]
    count = len(players)
    sets = np.arange(2**count)
    chosen = {player: xr.DataArray((sets >> i) % 2 == 1, coords={"scenario": sets}) for i, player in enumerate(players)}
    ours, theirs = _rates_of(base), _rates_of(actual)
    start = _either(chosen["jump_off"], *(one.population.isel(year=0) for one in (base, actual)))
    mixed = {}
    for part in parts:
        for name in _VARIABLES[part]:
            if name in ours or name in theirs:
                mine, other = _filled(ours, theirs, name)
                mixed[name] = _either(chosen[part], mine, other)
    try:
        made = project(start, xr.Dataset(mixed), flows=())
    except SchemaError as error:
        raise SchemaError(f'explain_deviation by rates: {error} Or explain it by="counts".') from error
    end = made.population.isel(year=-1, drop=True).sum("sex")
    steps = [(1 << i) - 1 for i in range(count + 1)]
    in_turn = {
        player: end.sel(scenario=steps[i + 1], drop=True) - end.sel(scenario=steps[i], drop=True)
        for i, player in enumerate(players)
    }
    average = {player: xr.dot(end, _weights(sets, i, count), dim="scenario") for i, player in enumerate(players)}
    return in_turn, average


def _weights(sets: np.ndarray, player: int, count: int) -> xr.DataArray:
    """What each set counts in the average over orders of one player's contribution: + with it, - without."""
    inside = (sets >> player) % 2
    others = np.array([int(one).bit_count() for one in sets]) - inside
    share = np.array([1.0 / (count * comb(count - 1, int(size))) for size in others])
    return xr.DataArray(np.where(inside == 1, share, -share), coords={"scenario": sets})


def _either(chosen: xr.DataArray, mine: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    mixed = other.where(chosen, mine)
    return mixed.transpose(*in_order(mixed.dims)).assign_attrs(mine.attrs)


def _filled(ours: xr.Dataset, theirs: xr.Dataset, name: str) -> tuple[xr.DataArray, xr.DataArray]:
    """A variable of both sides; one that does not have it has none."""
    there = ours[name] if name in ours else theirs[name]
    nothing = xr.zeros_like(there)
    return ours.get(name, nothing), theirs.get(name, nothing)


def _rates_of(accounts: Accounts) -> xr.Dataset:
    """Rates and counts that give these accounts back."""
    fertility = fit_fertility(accounts, window=None, annual=True)
    return assume(
        fertility=fertility.assign_attrs(units=rate_unit(accounts.step)),
        mortality=fit_mortality(accounts, window=None, annual=True),
        migration=fit_migration(accounts, window=None, annual=True),
        years=accounts.flows["year"].values.tolist(),
    )

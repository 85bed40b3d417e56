"""A made-up nation beside made-up areas, for the tests of the default method."""

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods import Sources
from tests.worlds.history import history, sources

AREAS = ("3201", "3203", "4001")
YEARS = range(2020, 2025)


def observed(*, first=2008, areas=AREAS):
    """Three areas to 2020: two of one county, and one alone."""
    return history(first=first, last=2020, areas=areas)


def beside(*, last=2019):
    """A nation that is not the sum of the areas, with mortality and fertility to a year."""
    tables = sources(last=last)
    people = history(first=2002, last=2020, areas=("N", "O", "P"), seed=9).population
    nation = Accounts(people.sum("area").assign_attrs(people.attrs))
    return Sources(nation=nation, mortality=tables.mortality, fertility=tables.fertility)


def with_flows(accounts, **flows):
    """The same accounts with flows that are given without their unit."""
    named = {name: flow.assign_attrs(units="persons/year") for name, flow in flows.items()}
    return Accounts(accounts.population, xr.Dataset(named))

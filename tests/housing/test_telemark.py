"""One headship table for movers, deaths and ageing, held against 17 municipalities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, age_up
from kompaslite.methods import norway
from kompaslite.rates import residual_accounts

YEARS = slice(2014, 2025)
#: Their border changed on 1 January 2020: one gained from the other, so their accounts have a gap that year.
CHANGED = ["4005", "4020"]


@pytest.fixture(scope="module")
def accounts(shared: Path) -> Accounts:
    text = {"municipality_code": str}
    moved = pd.read_csv(shared / "data/telemark_components_1997_2025.csv", dtype=text)
    codes = sorted(moved["municipality_code"].unique())
    moved = moved.set_index(["municipality_code", "year"]).rename_axis(index={"municipality_code": "area"})
    people = pd.read_parquet(shared / "data/population_municipality_age_sex_2005_2026.parquet")
    people = people.astype({"municipality_code": str, "sex": str})
    people = people[people["municipality_code"].isin(codes)].set_index(["municipality_code", "sex", "age", "year"])
    array = xr.DataArray.from_series(
        people["population"].astype(float).rename_axis(index={"municipality_code": "area"})
    )
    names = {
        "births": "births",
        "deaths": "deaths",
        "in_migration": "in_migration_domestic",
        "out_migration": "out_migration_domestic",
        "immigration": "immigration",
        "emigration": "emigration",
    }
    known = {
        name: xr.DataArray.from_series(moved[column]).astype(float).sel(year=YEARS).assign_attrs(units="persons/year")
        for name, column in names.items()
    }
    observed = Accounts(array.sel(year=slice(2014, 2026)).assign_attrs(units="persons"), xr.Dataset(known))
    return residual_accounts(observed, mortality=norway.mortality(), fertility=norway.fertility())


def weighted(flow: xr.DataArray) -> xr.DataArray:
    return (flow * kh.default_headship(flow["age"].values)).sum(["sex", "age"])


def test_headship_closes_within_16_households_a_year(accounts: Accounts) -> None:
    flows, people = accounts.flows, accounts.population
    begin = people.sel(year=YEARS)
    ageing = weighted(age_up(begin)) - weighted(begin)
    moved = weighted(flows.in_migration + flows.immigration) - weighted(flows.out_migration + flows.emigration)
    change = weighted(people).diff("year", label="lower")
    gap = moved - weighted(flows.deaths) + ageing - change
    assert float(np.abs(gap.sum("area")).max()) <= 16.0
    assert float(np.abs(gap.drop_sel(area=CHANGED)).max()) <= 16.0


def test_accounts_give_the_share_from_outside_that_the_market_has(accounts: Accounts, shared: Path) -> None:
    releases = kh.default_releases(kh.default_headship(accounts.population["age"].values))
    released = kh.released_dwellings(accounts.flows, releases)
    arrived = ((accounts.flows.in_migration + accounts.flows.immigration) * releases.moves).sum(["sex", "age"])
    stock = pd.read_csv(shared / "data/telemark_dwelling_stock_2013_2026.csv.gz", dtype={"municipality_code": str})
    stock = stock[stock["municipality_code"].isin(arrived["area"].values)]
    homes = xr.DataArray.from_series(
        stock.groupby(["municipality_code", "year"])["dwellings"].sum().rename_axis(["area", "year"])
    ).astype(float)
    opened = released.moves + released.deaths + homes.diff("year", label="lower").sel(year=YEARS)
    share = (arrived / opened).mean("year")
    assert 0.55 < float(share.min()) < float(share.max()) < 0.85
    assert float(arrived.sum() / opened.sum()) == pytest.approx(0.67, abs=0.01)


def test_households_of_the_table_are_near_those_counted(accounts: Accounts, shared: Path) -> None:
    counted = pd.read_csv(
        shared / "data/telemark_households_by_type_2014_2025.csv.gz", dtype={"municipality_code": str}
    )
    counted = counted[counted["municipality_code"].isin(accounts.population["area"].values)]
    seen = xr.DataArray.from_series(
        counted.groupby(["municipality_code", "year"])["households"].sum().rename_axis(["area", "year"])
    ).astype(float)
    formed = weighted(accounts.population).sel(year=YEARS)
    assert float(seen.sum() / formed.sum()) == pytest.approx(1.02, abs=0.02)
    headship = kh.fit_headship(
        accounts.population.sel(year=YEARS),
        seen.sel(year=YEARS),
        default=kh.default_headship(accounts.population["age"].values),
        strength=500.0,
    )
    again = (accounts.population.sel(year=YEARS) * headship).sum(["sex", "age"])
    assert float(np.abs(again / seen.sel(year=YEARS) - 1.0).mean()) < 0.015

"""
Districts: zones that sum to the municipality, with moves between them
======================================================================

Oslo's 17 city districts and the people of no known district make up Oslo exactly. Each has its own population and
its own schedules, drawn towards the city's where it is small; people who move between districts leave one and arrive in
another. Then 600 dwellings are added in one district, and we see who comes from where.

The tables are official statistics that lie beside the checkout, not in it; without them the example says so.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.methods import norway
from kompaslite.rates import exposure, fit_fertility, fit_migration, residual_accounts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
YEARS = range(2016, 2027)
HORIZON = range(2026, 2036)
#: Assumptions, because moves over the borders of districts are not in the tables: people who leave a district in a year
#: per head, and the share of them that stays in the city.
LEAVE, INSIDE = 0.14, 0.55
#: The district that builds: Bjerke.
BUILT = "030109"


def read(name: str, code: str) -> xr.DataArray:
    """Persons of one table."""
    frame = pd.read_parquet(DATA / name)
    frame = frame.astype({"municipality_code": str, code: str, "sex": str})
    frame = frame[(frame["municipality_code"] == "0301") & frame["year"].isin(YEARS)]
    index = [code, "sex", "age", "year"]
    people = frame.set_index(index)["population"].astype(float).rename_axis(index={code: "area"})
    return xr.DataArray.from_series(people).assign_attrs(units="persons")


def oslo() -> xr.DataArray:
    """Districts and those of no known district, ``(area, sex, age, year)``."""
    whole = read("population_municipality_age_sex_2005_2026.parquet", "municipality_code").sel(area="0301", drop=True)
    districts = read("population_city_districts_age_sex_2005_2026.parquet", "district_code")
    return kh.with_residue(districts.fillna(0.0).assign_attrs(units="persons"), whole)


def observed(people: xr.DataArray) -> Accounts:
    """Accounts by district: deaths by national rates, net migration as what is left, gross moves by a level."""
    rates = {"mortality": norway.mortality(), "fertility": norway.fertility()}
    first = residual_accounts(people, **rates).flows.sum(["sex", "age"])
    heads = (
        people.sum(["sex", "age"]).rolling(year=2).mean().isel(year=slice(1, None)).assign_coords(year=first["year"])
    )
    leaving = np.maximum(LEAVE * heads, -1.5 * first.net_migration)
    totals = {"births": first.births, "deaths": first.deaths, "out_migration": leaving}
    totals["in_migration"] = leaving + first.net_migration
    known = xr.Dataset({name: flow.assign_attrs(units="persons/year") for name, flow in totals.items()})
    return residual_accounts(Accounts(people, known), **rates)


def assumptions(accounts: Accounts) -> xr.Dataset:
    """Schedules of each district, drawn towards the city's, and the moves between districts."""
    city = Accounts(
        accounts.population.sum("area").assign_attrs(units="persons"), accounts.flows.sum("area", keep_attrs=True)
    )
    migration = fit_migration(accounts, window=10, shrink_to=fit_migration(city, window=10))
    usual = exposure(accounts, accounts.population["year"].values[:-1]).mean("year")
    coupled = kh.couple_zones(migration.reset_coords(drop=True), usual, inside=INSIDE)
    fertility = fit_fertility(accounts, window=5, shrink_to=fit_fertility(city, window=5))
    return assume(fertility=fertility, mortality=norway.mortality(), migration=coupled, years=HORIZON)


def dwellings(start: xr.DataArray, extra: float) -> kh.Dwellings:
    """A stock that the households fill, and dwellings added to one district."""
    types = xr.DataArray([0.09, 0.17, 0.74], coords={"dwelling_type": ["detached", "row", "block"]})
    stock = (kh.households_of(start, kh.default_headship(start["age"].values)) * types / 0.97).assign_attrs(
        units="dwellings"
    )
    built = stock.expand_dims(year=list(HORIZON)).transpose("area", "dwelling_type", "year") * 0.0
    built.loc[BUILT, "block", 2027:2029] = extra / 3
    return kh.roll_stock(stock, built.assign_attrs(units="dwellings/year"), vacancy=0.03)


def main() -> None:
    """Print Oslo by district in ten years, and what new dwellings in one district do to all of them."""
    if not DATA.is_dir():
        print("The tables of city districts are not beside this checkout, so there is nothing to show here.")
        return
    people = oslo()
    start = people.sel(year=2026)
    rates = assumptions(check_balance(observed(people)))
    trend = check_balance(project(start, rates))
    between = trend.flows.moves_in.sum("area") - trend.flows.moves_out.sum("area")
    print(
        f"Oslo on 1 January 2026: {float(start.sum()):,.0f}; moves between districts, in less out: "
        f"{float(abs(between).max()):.1e}"
    )
    homes = dwellings(start, 600.0)
    market = kh.even_market(homes.stock.sel(year=2026, drop=True), external=0.40, new=0.17, within_zone=0.4)
    housing = kh.Housing(kh.HousingModel.with_defaults(market), homes)
    forecast, record = kh.project_with_housing(start, rates, housing, trend=trend)
    check_balance(forecast)
    table = pd.DataFrame(
        {
            "2026": people.sum(["sex", "age"]).sel(year=2026).to_series(),
            "2036": trend.population.sum(["sex", "age"]).sel(year=2036).to_series(),
            "with 600 dwellings": forecast.population.sum(["sex", "age"]).sel(year=2036).to_series(),
        }
    )
    table["change"] = table["with 600 dwellings"] - table["2036"]
    table.loc["sum"] = table.sum()
    print(table.round(1).to_string())
    parts = kh.explain_housing(forecast, trend, record=record).sel(year=2036)
    print(parts.sel(area=BUILT).to_array().to_series().round(1).to_string())


if __name__ == "__main__":
    main()

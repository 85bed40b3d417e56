"""Several zones: what one loses is told, nobody moves who is not there, a dwelling never empties its zone."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance
from tests.worlds.town import AGES, TYPES, Town, dwellings, stock_of

YEARS = range(2025, 2030)
AGE = xr.DataArray(AGES, coords={"age": AGES})


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(years=YEARS)


def change(forecast: Accounts, record: kh.HousingRecord) -> xr.DataArray:
    return (forecast.population - record.trend.population).sum(["sex", "age"]).isel(year=slice(1, None))


def gained(record: kh.HousingRecord) -> xr.DataArray:
    """Households beyond the trend's."""
    trend = kh.households_of(record.trend.population, record.housing.model.headship)
    return record.stocks.households - trend.sel(year=record.stocks.year)


@pytest.mark.parametrize("kappa", [0.05, 0.35, 1.0])
def test_a_zone_that_loses_people_to_others_has_its_empty_dwellings_told(town: Town, kappa: float) -> None:
    built = {("Havna", "block", 2026): 68.0, ("Lia", "row", 2026): 300.0, ("Lia", "block", 2027): 400.0}
    homes = dwellings(town.stock, YEARS, built)
    housing = town.housing(homes, model=replace(town.model, additionality=kappa))
    forecast, record = town.run(housing)
    fewer = change(forecast, record).sel(area="Havna", year=2030)
    unfilled = record.stocks.unfilled
    opened = homes.occupied.sum("dwelling_type") - town.still.occupied.sum("dwelling_type")
    assert float(fewer) < 0.0
    assert (
        float(unfilled.sel(area="Havna", year=2030)) > float(opened.sel(area="Havna", year=2030)) - 1e-9 or kappa == 1.0
    )
    assert float(unfilled.sel(area="Havna", year=2030)) > 0.0
    # every dwelling beyond the reference is filled by a household beyond the trend's, or told
    assert np.abs(opened.sel(year=unfilled.year) - gained(record) - unfilled).max() < 1e-9


def emptied(town: Town, oldest: int, size: float) -> tuple[xr.DataArray, xr.Dataset]:
    """People of a small municipality with nobody above an age."""
    young = (oldest >= AGE) * size
    people = (town.people * young).transpose(*town.people.dims).assign_attrs(units="persons")
    rates = town.assumptions.copy()
    for name in ("in_migration", "immigration"):
        rates[name] = (rates[name] * young).transpose(*rates[name].dims).assign_attrs(units="persons/year")
    return people, rates


@pytest.mark.parametrize("areas", [2, 3, 8])
@pytest.mark.parametrize(("oldest", "size"), [(94, 1.0), (60, 1.0), (94, 0.02)])
def test_nobody_moves_between_zones_who_is_not_there(areas: int, oldest: int, size: float) -> None:
    town = Town([f"{number:04}" for number in range(areas)], YEARS)
    people, rates = emptied(town, oldest, size)
    stock = stock_of(people)
    homes = dwellings(stock, YEARS, {("0000", "block", 2026): 60.0})
    market = kh.even_market(stock, external=0.35, new=0.15)
    housing = kh.Housing(kh.HousingModel.with_defaults(market), homes)
    forecast, record = kh.project_with_housing(people, rates, housing)
    check_balance(forecast, tolerance=1e-9)
    assert float(forecast.population.min()) >= 0.0
    assert np.abs((forecast.flows.moves_in - forecast.flows.moves_out).sum("area")).max() < 1e-9
    assert float(gained(record).sel(area="0000", year=2027)) > 5.0


SMALL = Town(["Havna", "Lia"], range(2025, 2028))
ZONE = st.sampled_from(["Havna", "Lia"])


@given(
    where=st.tuples(ZONE, st.sampled_from(TYPES), st.integers(2025, 2027)),
    others=st.lists(
        st.tuples(
            st.sampled_from(["Havna", "Lia"]), st.sampled_from(TYPES), st.integers(2025, 2027), st.floats(0, 400)
        ),
        max_size=3,
    ),
    number=st.floats(0.5, 300.0),
    kappa=st.floats(0.0, 1.0),
    shares=st.tuples(st.floats(0.05, 0.6), st.floats(0.05, 0.35), st.floats(0.0, 1.0)),
)
@settings(max_examples=12, deadline=None)
def test_a_dwelling_never_lowers_the_households_of_its_zone(
    where: tuple[str, str, int],
    others: list[tuple[str, str, int, float]],
    number: float,
    *,
    kappa: float,
    shares: tuple[float, float, float],
) -> None:
    market = kh.even_market(SMALL.stock, external=shares[0], new=shares[1], within_zone=shares[2])
    model = kh.HousingModel.with_defaults(market, additionality=kappa)
    usual = {(zone, kind, year): count for zone, kind, year, count in others}
    plans = (usual, {**usual, where: usual.get(where, 0.0) + number})
    records = [SMALL.run(SMALL.housing(dwellings(SMALL.stock, SMALL.years, plan), model=model))[1] for plan in plans]
    before, after = (gained(record).sel(area=where[0]) for record in records)
    assert float((after - before).min()) > -1e-8
    assert float((after - before).sel(year=where[2] + 1)) > 0.0
    for record in records:
        size = record.stocks.household_size
        assert float(size.min()) > 1.0
        assert float(size.max()) < 3.5


@pytest.mark.parametrize("kappa", [0.05, 0.35, 0.8])
def test_what_the_municipality_gains_is_additionality_times_the_structural_gain(town: Town, kappa: float) -> None:
    homes = dwellings(town.stock, YEARS, {("Havna", "block", 2026): 68.0, ("Lia", "row", 2027): 300.0})
    whole, part = (
        gained(town.run(town.housing(homes, model=replace(town.model, additionality=each)))[1]).sum("area")
        for each in (1.0, kappa)
    )
    assert float(whole.sel(year=2030)) > 100.0
    assert np.abs(part - kappa * whole).max() < 1e-8

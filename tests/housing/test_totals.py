"""Control totals within the year: people sum to the total while households fill the dwellings, or an error says why."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance
from kompaslite.schema import SchemaError
from tests.worlds.town import Town, dwellings

BUILT = {("Havna", "block", 2026): 120.0, ("Moen", "row", 2028): 50.0}


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(years=range(2025, 2031), pass_through=1.0)


def people_of(accounts: Accounts) -> xr.DataArray:
    return accounts.population.sum(["sex", "age"])


def asked(town: Town, homes: kh.Dwellings, factor: float, *, by: str = "all") -> xr.DataArray:
    """A total for some years, some part above what housing alone gives."""
    people = people_of(town.forecast(town.housing(homes))).sel(year=[2027, 2028, 2031])
    return factor * (people if by == "zone" else people.sum("area"))


@pytest.mark.parametrize("factor", [0.99, 1.004, 1.02])
def test_total_and_households_of_the_stock_hold_at_once(town: Town, factor: float) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    total = asked(town, homes, factor)
    housing = town.housing(homes, given=kh.Given(total=total))
    forecast, record = town.run(housing)
    check_balance(forecast, tolerance=1e-9)
    held = people_of(forecast).sum("area").sel(year=total.year)
    assert np.abs(held - total).max() < 1e-8
    stocks, flows = record.stocks, record.flows
    assert np.abs(stocks.households - stocks.occupied).max() < 1e-9
    formed = kh.households_of(forecast.population, town.model.headship).sel(year=slice(2026, None))
    assert np.abs(formed - homes.occupied.sum("dwelling_type").sel(year=slice(2026, None))).max() < 1e-9
    assert np.abs(flows.openings + flows.freed - flows.fillings).max() < 1e-9
    assert np.abs(forecast.flows.moves_in.sum("area") - forecast.flows.moves_out.sum("area")).max() < 1e-9
    assert (np.sign(flows.tilt_strength.sel(year=2026)) == np.sign(factor - 1.0)).all()
    assert (flows.tilt_strength.sel(year=[2025, 2028, 2029]) == 0.0).all()
    assert float(forecast.population.min()) >= 0.0


def test_a_total_that_holds_anyway_changes_nothing(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    alone = town.forecast(town.housing(homes))
    held = town.forecast(town.housing(homes, given=kh.Given(total=asked(town, homes, 1.0))))
    assert np.abs(held.population - alone.population).max() < 1e-9


def test_totals_of_zones_leave_the_others_to_housing(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    total = asked(town, homes, 1.004, by="zone")
    total.loc[{"area": "Lia"}] = np.nan
    housing = town.housing(homes, given=kh.Given(total=total))
    forecast, record = town.run(housing)
    gap = people_of(forecast).sel(year=total.year) - total
    assert int(gap.notnull().sum()) == 6
    assert float(np.abs(gap).max()) < 1e-8
    stocks = record.stocks
    assert np.abs(stocks.households - stocks.occupied).max() < 1e-9
    assert (record.flows.tilt_strength.sel(area="Lia") == 0.0).all()


def test_a_total_stands_beside_a_given_population(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    alone = people_of(town.forecast(town.housing(homes))).sel(year=[2028])
    population = 0.98 * alone.sel(area=["Lia"])
    housing = town.housing(homes, given=kh.Given(population=population, total=alone.sum("area")))
    forecast, record = town.run(housing)
    people = people_of(forecast).sel(year=2028)
    assert float(people.sel(area="Lia")) == pytest.approx(float(population.squeeze()), abs=1e-8)
    assert float(people.sum()) == pytest.approx(float(alone.sum()), abs=1e-8)
    stocks = record.stocks.sel(year=2028, area=["Havna", "Moen"])
    assert np.abs(stocks.households - stocks.occupied).max() < 1e-9


def test_totals_by_draw_and_a_trend_that_housing_leaves_alone() -> None:
    town = Town(["Havna", "Lia"], range(2025, 2028))
    usual = float(people_of(town.trend).sel(year=2027).sum())
    total = xr.DataArray([[0.998 * usual], [1.003 * usual]], coords={"draw": [0, 1], "year": [2027]})
    housing = town.housing(given=kh.Given(total=total))
    forecast, record = town.run(housing)
    assert forecast.population.dims[0] == "draw"
    assert np.abs(people_of(forecast).sum("area").sel(year=[2027]) - total).max() < 1e-8
    households = record.stocks.households.sel(year=2027)
    usual_homes = kh.households_of(town.trend.population, town.model.headship).sel(year=2027)
    assert np.abs(households - usual_homes).max() < 1e-9  # nothing is built: the households are those of the trend


def test_a_total_that_the_dwellings_contradict_has_both_numbers(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    total = asked(town, homes, 1.3)
    with pytest.raises(kh.HousingError, match=r"control total: 1 of 1 totals conflict with the dwellings") as caught:
        town.forecast(town.housing(homes, given=kh.Given(total=total)))
    text = str(caught.value)
    assert "all areas together, year 2027 (all dwelling types)" in text
    assert f"{float(total.sel(year=2027)):,.1f} persons are asked for" in text
    assert f"{float(homes.occupied.sel(year=2027).sum()):,.1f} households" in text


def test_a_total_of_one_zone_that_conflicts_names_the_zone(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    total = asked(town, homes, 1.0, by="zone")
    total.loc[{"area": "Moen", "year": 2028}] *= 0.6
    with pytest.raises(
        kh.HousingError, match=r"1 of 3 totals conflict .* the first is area Moen, year 2028 \(all dwell"
    ):
        town.forecast(town.housing(homes, given=kh.Given(total=total)))


def test_given_populations_that_do_not_sum_to_the_total_conflict(town: Town) -> None:
    population = people_of(town.forecast(town.housing())).sel(year=[2028])
    total = population.sum("area") + 10.0
    with pytest.raises(kh.HousingError, match="1 of 1 totals conflict with the dwellings; the first is all areas"):
        town.forecast(town.housing(given=kh.Given(population=population, total=total)))


def test_totals_that_nothing_would_read_are_errors(town: Town) -> None:
    late = xr.DataArray([20_000.0], coords={"year": [2040]})
    with pytest.raises(kh.HousingError, match=r"given total: 1 numbers .* year 2040. Give years from 2026 to 2031"):
        town.forecast(town.housing(given=kh.Given(total=late)))
    strange = xr.DataArray([[7000.0]], coords={"area": ["Vik"], "year": [2028]})
    with pytest.raises(kh.HousingError, match=r"given total: 1 numbers .* area Vik"):
        town.forecast(town.housing(given=kh.Given(total=strange)))
    negative = xr.DataArray([-1.0], coords={"year": [2028]})
    with pytest.raises(SchemaError, match="given total: 1 of 1 values are not counts of at least 0"):
        town.forecast(town.housing(given=kh.Given(total=negative)))
    both = xr.DataArray([[7000.0]], coords={"area": ["Lia"], "year": [2028]})
    with pytest.raises(kh.HousingError, match="in-movers or population are given too at year 2027, area Lia"):
        town.forecast(town.housing(given=kh.Given(population=both, total=both)))


def test_leaning_never_raises_a_draw_that_needs_none() -> None:
    town = Town(["Havna", "Lia"], range(2025, 2028))
    usual = float(people_of(town.trend).sel(year=2027).sum())
    total = xr.DataArray([[np.nan], [1.003 * usual]], coords={"draw": [0, 1], "year": [2027]})
    housing = town.housing(given=kh.Given(total=total), model=replace(town.model, pass_through=0.0))
    forecast, record = town.run(housing)
    assert (record.flows.tilt_strength.sel(draw=0) == 0.0).all()
    assert np.abs(forecast.population.sel(draw=0) - town.trend.population).max() < 1e-9

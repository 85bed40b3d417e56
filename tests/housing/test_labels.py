"""Labels of housing are compared: none is dropped where two arrays meet, a single one among them."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.schema import SchemaError
from tests.worlds.town import Town, dwellings

YEARS = range(2025, 2028)


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(["Havna", "Lia"], YEARS)


def test_dwellings_released_are_of_all_ages_or_refused(town: Town) -> None:
    releases = town.model.releases
    whole = kh.released_dwellings(town.trend.flows, releases)
    assert whole.moves.dims == ("area", "year")
    for cut in (releases.sel(age=slice(0, 90)), releases.sel(age=slice(1, None))):
        with pytest.raises(SchemaError, match=r"releases moves: .* labels of dimension age are missing"):
            kh.released_dwellings(town.trend.flows, cut)
    by_zone = releases.expand_dims(area=["Lia", "Moen"])
    with pytest.raises(SchemaError, match="releases moves: 1 labels of dimension area are missing"):
        kh.released_dwellings(town.trend.flows, by_zone)
    turned = releases.isel(age=slice(None, None, -1))
    xr.testing.assert_allclose(kh.released_dwellings(town.trend.flows, turned), whole)


def test_releases_of_one_zone_are_not_those_of_another(town: Town) -> None:
    flows = town.trend.flows.sel(area="Havna")
    other = town.model.releases.assign_coords(area="Lia")
    with pytest.raises(SchemaError, match="flows is of area Havna, but releases is of area Lia"):
        kh.released_dwellings(flows, other)


def test_households_of_one_zone_are_not_formed_at_the_rates_of_another(town: Town) -> None:
    headship = town.model.headship
    alone = town.people.sel(area="Havna")
    assert float(kh.households_of(alone, headship)) == pytest.approx(
        float(kh.households_of(town.people, headship).sel(area="Havna"))
    )
    with pytest.raises(SchemaError, match="population is of area Havna, but headship is of area Lia"):
        kh.households_of(alone, headship.assign_coords(area="Lia"))
    with pytest.raises(SchemaError, match="headship is of area Lia, but population is of area Havna, Lia"):
        kh.households_of(town.people, headship.assign_coords(area="Lia"))
    apart = xr.zeros_like(headship).assign_attrs(units="1").assign_coords(area="Lia")
    with pytest.raises(SchemaError, match="population is of area Havna, but apart is of area Lia"):
        kh.households_of(alone, headship, apart=apart)


@pytest.mark.parametrize("name", ["pass_through", "additionality", "in_share"])
def test_a_share_of_one_zone_is_not_set_into_all(town: Town, name: str) -> None:
    share = xr.DataArray([0.3, 0.6], coords={"area": town.areas}).sel(area="Lia")
    with pytest.raises(SchemaError, match=f"{name} is of area Lia, but the projection is of area Havna, Lia"):
        town.forecast(town.housing(model=replace(town.model, **{name: share})))


def test_a_total_of_one_zone_is_not_that_of_all(town: Town) -> None:
    people = town.trend.population.sum(["sex", "age"]).sel(area="Lia", year=[2027])
    with pytest.raises(SchemaError, match="given total is of area Lia, but the projection is of area Havna, Lia"):
        town.forecast(town.housing(given=kh.Given(total=people)))


def test_people_of_one_zone_are_not_set_into_all(town: Town) -> None:
    with pytest.raises(SchemaError, match="the population has no dimension area"):
        kh.project_with_housing(town.people.sel(area="Lia"), town.assumptions, town.housing())


def test_a_record_belongs_to_its_forecast(town: Town) -> None:
    few, many = (dwellings(town.stock, YEARS, {("Lia", "row", 2026): number}) for number in (100.0, 900.0))
    forecast, record = town.run(town.housing(few))
    _, other = town.run(town.housing(many))
    parts = kh.explain_housing(forecast, town.trend, record=record)
    assert float(np.abs(parts.change - (forecast.population - town.trend.population).sum(["sex", "age"])).max()) < 1e-9
    message = "the record is of another forecast: 2 of 6 populations differ; the first is .* at area Lia, year 2027"
    with pytest.raises(SchemaError, match=message.replace("2 of 6", r"\d of 6").replace("area Lia", "area Havna")):
        kh.explain_housing(forecast, town.trend, record=other)


def test_a_record_of_other_draws_scenarios_or_areas_is_refused(town: Town) -> None:
    homes = dwellings(town.stock, YEARS, {("Lia", "row", 2026): 100.0})
    drawn = replace(town.model, additionality=kh.additionality_draws(3, seed=1))
    forecast, record = town.run(town.housing(homes, model=drawn))
    alone, _ = town.run(town.housing(homes))
    assert kh.explain_housing(forecast, town.trend, record=record).change.dims == ("draw", "area", "year")
    for other in (alone, forecast.isel(draw=[0, 1]), forecast.isel(draw=0)):
        with pytest.raises(SchemaError, match="the record is of another forecast: labels of draw differ"):
            kh.explain_housing(other, town.trend, record=record)


def test_draws_of_two_forecasts_are_not_intersected(town: Town) -> None:
    homes = dwellings(town.stock, YEARS, {("Lia", "row", 2026): 100.0})
    drawn = replace(town.model, additionality=kh.additionality_draws(3, seed=1))
    forecast = town.forecast(town.housing(homes, model=drawn))
    later = forecast.map(lambda array: array.assign_coords(draw=array["draw"] + 1) if "draw" in array.dims else array)
    with pytest.raises(SchemaError, match="labels of draw differ, 0 to 2 and 1 to 3"):
        kh.explain_housing(forecast, later)
    with pytest.raises(SchemaError, match="labels of draw differ, 0 to 2 and 0 to 1"):
        kh.explain_housing(forecast, forecast.isel(draw=[0, 1]))


@pytest.mark.parametrize("unit", ["persons", "1000 dwellings", "households/year"])
def test_counts_of_another_unit_are_refused(town: Town, unit: str) -> None:
    homes = town.stock.assign_attrs(units=unit)
    people = town.people
    for call in (
        lambda: kh.vacancy_chain(homes, town.market),
        lambda: kh.movers(homes, town.market, town.model.occupancy),
        lambda: kh.movers(town.stock, town.market, town.model.occupancy, first=homes),
        lambda: kh.fit_headship(people, homes.sum("dwelling_type", keep_attrs=True), default=town.model.headship),
        lambda: kh.roll_stock(homes, town.still.flow("completions")),
    ):
        with pytest.raises(SchemaError, match=f"unit is '{unit}'|units '{unit}'|'{unit}'"):
            call()

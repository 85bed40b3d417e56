"""Housing in a running projection: identities, limits, the three ways, and what cannot be."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance
from kompaslite.engine import project
from kompaslite.schema import SchemaError
from tests.worlds.town import AGES, SEXES, TYPES, Town, dwellings, people, rates, stock_of

BUILT = {("Havna", "block", 2026): 120.0, ("Moen", "row", 2028): 50.0}
AGE = xr.DataArray(AGES, coords={"age": AGES})
CELLS = ["area", "dwelling_type"]


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


def total(accounts: Accounts) -> xr.DataArray:
    return accounts.population.sum(["sex", "age"])


def check_identities(record: kh.HousingRecord, forecast: Accounts, homes: kh.Dwellings) -> None:
    """People, dwellings, openings and moves, to 1e-9."""
    check_balance(forecast, tolerance=1e-9)
    kh.check_dwellings(homes)
    flows = record.flows
    assert np.abs(flows.openings + flows.freed - flows.fillings).max() < 1e-9
    assert np.abs(flows.external + flows.moved + flows.new - flows.fillings).max() < 1e-9
    assert np.abs(flows.moved.sum(CELLS) - flows.freed.sum(CELLS)).max() < 1e-9
    released = flows.released_by_moves + flows.released_by_deaths + flows.released_between_zones
    change = homes.occupied_change.sum("dwelling_type")
    assert np.abs(flows.openings.sum("dwelling_type") - released - change).max() < 1e-9
    if "moves_in" in forecast.flows:
        assert np.abs(forecast.flows.moves_in.sum("area") - forecast.flows.moves_out.sum("area")).max() < 1e-9


def released_again(record: kh.HousingRecord, forecast: Accounts) -> xr.DataArray:
    """Dwellings released, from the finished accounts instead of from within the loop."""
    flows, releases = forecast.flows, record.housing.model.releases
    leaving = flows.out_migration + flows.emigration
    return (leaving * releases.moves).sum(["sex", "age"]) + (flows.deaths * releases.deaths).sum(["sex", "age"])


def test_identities_hold_and_openings_are_those_of_the_finished_accounts(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    housing = town.housing(homes)
    forecast, record = town.run(housing)
    check_identities(record, forecast, homes)
    flows = record.flows
    inside = flows.released_by_moves + flows.released_by_deaths
    assert np.abs(inside - released_again(record, forecast)).max() < 1e-9
    chain = kh.vacancy_chain(flows.openings, town.market)
    assert np.abs(chain.fillings - flows.fillings).max() < 1e-9


def test_households_equal_the_occupied_stock_where_it_passes_through(town: Town) -> None:
    model = replace(town.model, pass_through=1.0)
    homes = dwellings(town.stock, town.years, BUILT)
    housing = town.housing(homes, model=model)
    forecast, record = town.run(housing)
    check_identities(record, forecast, homes)
    formed = kh.households_of(forecast.population, model.headship).sel(year=slice(2026, None))
    occupied = homes.occupied.sum("dwelling_type").sel(year=slice(2026, None))
    assert np.abs(formed - occupied).max() < 1e-9
    stocks = record.stocks
    assert float(stocks.unmet.max()) < 1e-9
    assert np.abs(stocks.occupied + stocks.vacant - stocks.stock).max() < 1e-9
    size = forecast.population.sum(["sex", "age"]).sel(year=slice(2026, None)) / occupied
    assert np.abs(stocks.household_size - size).max() < 1e-12


def test_draws_and_scenarios_keep_every_identity() -> None:
    town = Town(["Havna", "Lia"], range(2025, 2029))
    kappa = kh.additionality_draws(3, seed=1)
    plans = dwellings(town.stock, town.years, {("Lia", "row", 2026): 40.0})
    scale = xr.DataArray([0.5, 1.0], coords={"scenario": ["half", "whole"]})
    built = (plans.flows.completions * scale).assign_attrs(units="dwellings/year")
    homes = kh.roll_stock(town.stock, built, vacancy=0.03)
    housing = town.housing(homes, model=replace(town.model, additionality=kappa))
    forecast, record = town.run(housing)
    assert forecast.population.dims == ("scenario", "draw", "area", "sex", "age", "year")
    check_identities(record, forecast, homes)
    one = town.housing(
        dwellings(town.stock, town.years, {("Lia", "row", 2026): 20.0}),
        model=replace(town.model, additionality=float(kappa[1])),
    )
    alone = town.forecast(one).population
    assert np.abs(forecast.population.sel(scenario="half", draw=1) - alone).max() < 1e-9


def test_no_completions_give_the_trend_exactly(town: Town) -> None:
    housing = town.housing()
    forecast, record = town.run(housing)
    assert np.array_equal(forecast.population.values, town.trend.population.values)
    assert float(forecast.flows.moves_in.max()) == 0.0
    assert (record.flows.factor == 1.0).all()


def test_the_reference_path_gives_the_trend_exactly(town: Town) -> None:
    homes = dwellings(town.stock, town.years, BUILT)
    forecast = town.forecast(town.housing(homes, reference=homes))
    assert np.array_equal(forecast.population.values, town.trend.population.values)


def test_doubling_everything_doubles_everything() -> None:
    town, twice = Town(["Havna", "Lia"]), Town(["Havna", "Lia"])
    twice.people = (2.0 * town.people).assign_attrs(units="persons")
    twice.assumptions = town.assumptions.copy()
    for name in ("in_migration", "immigration"):
        twice.assumptions[name] = (2.0 * town.assumptions[name]).assign_attrs(units="persons/year")
    twice.trend = project(twice.people, twice.assumptions)
    built = {("Havna", "block", 2026): 60.0}
    one = town.forecast(town.housing(dwellings(town.stock, town.years, built)))
    stock = (2.0 * town.stock).assign_attrs(units="dwellings")
    two = twice.forecast(twice.housing(dwellings(stock, town.years, {key: 2.0 * n for key, n in built.items()})))
    assert np.abs(two.population - 2.0 * one.population).max() < 1e-9
    for name in one.flows:
        assert np.abs(two.flows[name] - 2.0 * one.flows[name]).max() < 1e-9


@given(
    where=st.tuples(st.sampled_from(["Havna", "Lia"]), st.sampled_from(TYPES), st.integers(2025, 2027)),
    number=st.floats(0.5, 400.0),
    kappa=st.floats(0.01, 1.0),
    external=st.floats(0.05, 0.7),
    follow=st.sampled_from([0.0, 0.0, 0.4, 1.0]),
)
@settings(max_examples=20, deadline=None)
def test_an_extra_dwelling_never_lowers_the_population(
    where: tuple[str, str, int], number: float, kappa: float, *, external: float, follow: float
) -> None:
    town = SMALL
    market = kh.even_market(town.stock, external=external, new=0.25)
    model = kh.HousingModel.with_defaults(market, additionality=kappa, pass_through=follow)
    usual = town.forecast(town.housing(model=model))
    homes = dwellings(town.stock, town.years, {where: number})
    housing = town.housing(homes, model=model)
    forecast, record = town.run(housing)
    extra = (total(forecast) - total(usual)).sum("area")
    assert float(extra.min()) > -1e-8
    assert float(extra.max()) > 0.0
    check_identities(record, forecast, homes)


def test_without_additionality_a_dwelling_only_moves_people_inside() -> None:
    homes = dwellings(SMALL.stock, SMALL.years, {("Lia", "block", 2025): 100.0})
    model = replace(SMALL.model, additionality=0.0)
    extra = total(SMALL.forecast(SMALL.housing(homes, model=model))) - total(SMALL.trend)
    assert float(extra.sel(area="Lia").max()) > 70.0
    assert np.abs(extra.sum("area")).max() < 1e-3 * 100.0


SMALL = Town(["Havna", "Lia"], range(2025, 2031))


def test_yield_of_the_first_year_is_structural_times_additionality() -> None:
    town = Town(["Lia"], range(2025, 2027))
    homes = dwellings(town.stock, town.years, {("Lia", "row", 2025): 100.0})
    persons = kh.housing_yield(town.model)
    moved_in = 97.0  # 3 % of the stock stands empty
    for kappa, name in ((1.0, "structural"), (0.35, "effective")):
        # all of it by moving in, so that ages of stayers and comers cannot differ
        model = replace(town.model, additionality=kappa, in_share=1.0)
        housing = town.housing(homes, model=model)
        forecast = town.forecast(housing)
        came = float((forecast.flows.in_migration - town.trend.flows.in_migration).sel(year=2025).sum())
        expected = moved_in * float(persons[name].sel(area="Lia", dwelling_type="row"))
        assert came == pytest.approx(expected, rel=0.06)
        gained = float((total(forecast) - total(town.trend)).sel(year=2026).sum())
        assert gained == pytest.approx(expected, rel=0.02)


def test_housing_acts_on_net_migration_in_and_out(town: Town) -> None:
    homes = dwellings(town.stock, town.years, {("Havna", "block", 2025): 200.0})
    model = replace(town.model, in_share=0.0)
    forecast = town.forecast(town.housing(homes, model=model))
    more = (forecast.flows - town.trend.flows[["in_migration", "out_migration"]]).sel(year=2025).sum()
    assert float(more.in_migration) > 1.0
    assert float(more.out_migration) < -1.0


def test_given_in_movers_and_given_population_are_met() -> None:
    town = Town()
    in_movers = xr.DataArray([[300.0, np.nan]], coords={"area": ["Havna"], "year": [2026, 2027]})
    population = xr.DataArray([[7600.0]], coords={"area": ["Lia"], "year": [2029]})
    given_ways = kh.Given(in_movers=in_movers, population=population)
    homes = dwellings(town.stock, town.years, BUILT)
    housing = town.housing(homes, given=given_ways)
    forecast, record = town.run(housing)
    check_identities(record, forecast, homes)
    arrived = forecast.flows.in_migration.sum(["sex", "age"])
    assert float(arrived.sel(area="Havna", year=2026)) == pytest.approx(300.0, abs=1e-9)
    assert abs(float(arrived.sel(area="Havna", year=2027)) - 300.0) > 1.0
    assert float(total(forecast).sel(area="Lia", year=2029)) == pytest.approx(7600.0, abs=1e-8)
    after = record.flows.factor.sel(area="Havna", year=slice(2029, None))
    assert np.isfinite(after).all()


@pytest.mark.parametrize(
    ("area", "year", "message"),
    [
        ("Vik", 2027, "given population: 1 numbers are of zones or years .* area Vik, year 2027"),
        ("Lia", 2025, r"area Lia, year 2025. Give zones of the projection and years from 2026 to 2035"),
        ("Lia", 2036, "area Lia, year 2036"),
    ],
)
def test_given_number_that_nothing_would_read_is_an_error(town: Town, area: str, year: int, message: str) -> None:
    population = xr.DataArray([[7000.0]], coords={"area": [area], "year": [year]})
    with pytest.raises(kh.HousingError, match=message):
        town.forecast(town.housing(given=kh.Given(population=population)))


def test_population_that_the_stock_cannot_hold_is_named(town: Town) -> None:
    population = xr.DataArray([[9500.0]], coords={"area": ["Lia"], "year": [2027]})
    housing = town.housing(given=kh.Given(population=population))
    with pytest.raises(
        kh.HousingError, match=r"the stock cannot hold it; the first is area Lia, year 2027 \(all dwelling types\)"
    ):
        town.run(housing)


def test_both_ways_at_once_is_an_error(town: Town) -> None:
    both = xr.DataArray([[100.0]], coords={"area": ["Lia"], "year": [2027]}).reindex(
        area=town.areas, year=list(town.years)
    )
    later = both.assign_coords(year=both.year + 1)
    with pytest.raises(kh.HousingError, match="both given at year 2027, area Lia"):
        town.forecast(town.housing(given=kh.Given(in_movers=both, population=later)))


def test_stock_that_falls_by_more_than_half_empties_no_cell(town: Town) -> None:
    years = list(town.years)
    gone = town.still.flow("completions").copy()
    gone.loc[:, "row", 2025] = 0.999 * town.stock.sel(dwelling_type="row")
    homes = kh.roll_stock(town.stock, town.still.flow("completions"), demolitions=gone, vacancy=0.03)
    assert float(homes.stock.sel(year=years[1]).sum() / town.stock.sum()) == pytest.approx(0.4, abs=0.01)
    housing = town.housing(homes, model=replace(town.model, pass_through=1.0))
    forecast, record = town.run(housing)
    assert float(forecast.population.min()) >= 0.0
    check_identities(record, forecast, homes)


def test_new_neighbourhood_ages_as_real_ones_do() -> None:
    years = range(2025, 2056)
    areas = ["Gammelby", "Nyby"]
    folk = people(areas) * xr.DataArray([6.0, 0.0], coords={"area": areas})
    folk = folk.assign_attrs(units="persons")
    assumptions = rates(areas, years)
    at_first = xr.DataArray([6.0, 0.0], coords={"area": areas})
    for name in ("in_migration", "immigration"):
        flow = (assumptions[name] * at_first).transpose("area", "sex", "age")
        assumptions[name] = flow.assign_attrs(units="persons/year")
    stock = stock_of(folk)
    built = {("Nyby", "block", year): 150.0 for year in range(2025, 2029)} | {
        ("Nyby", "row", year): 60.0 for year in range(2025, 2029)
    }
    homes = dwellings(stock, years, built)
    market = kh.even_market(stock, external=0.45, new=0.2, within_zone=0.0)
    housing = kh.Housing(kh.HousingModel.with_defaults(market), homes)
    forecast = check_balance(kh.project_with_housing(folk, assumptions, housing)[0])
    new = forecast.population.sel(area="Nyby", year=slice(2026, None))
    small = new.sel(age=slice(0, 5)).sum(["sex", "age"]) / new.sum(["sex", "age"])
    peak = int(small.idxmax("year"))
    assert 2026 <= peak <= 2035
    assert float(small.sel(year=peak)) > 1.3 * float(small.sel(year=2056))
    per_home = new.sum(["sex", "age"]).sel(year=2030) / homes.occupied.sum("dwelling_type").sel(area="Nyby", year=2030)
    assert 1.2 < float(per_home) < 2.6
    old = forecast.population.sel(area="Nyby").sel(age=slice(67, None)).sum(["sex", "age"])
    share = old / forecast.population.sel(area="Nyby").sum(["sex", "age"])
    assert float(share.sel(year=2055)) > float(share.sel(year=2030))


def test_other_conventions_close_too() -> None:
    town = Town(["Havna", "Lia"], range(2025, 2029))
    for convention in (kh_convention("fso"), kh_convention("un_end")):
        trend = project(town.people, town.assumptions, convention=convention)
        homes = dwellings(town.stock, town.years, {("Lia", "row", 2026): 40.0})
        forecast, record = town.run(town.housing(homes), trend=trend, convention=convention)
        check_identities(record, forecast, homes)
        assert float((total(forecast) - total(trend)).sum("area").sel(year=2027)) > 1.0


def kh_convention(name: str) -> object:
    from kompaslite.engine import Convention

    return getattr(Convention, name)


def test_coupled_zones_close_too() -> None:
    town = Town(["Havna", "Lia"], range(2025, 2030))
    usual = 0.5 * (town.people + town.people)
    coupled = kh.couple_zones(
        town.assumptions[["out_migration", "in_migration"]], usual.assign_attrs(units="persons"), inside=0.3
    )
    town.assumptions = town.assumptions.assign({str(name): part for name, part in coupled.items()})
    town.trend = project(town.people, town.assumptions)
    homes = dwellings(town.stock, town.years, {("Lia", "row", 2026): 40.0})
    housing = town.housing(homes)
    forecast, record = town.run(housing)
    check_identities(record, forecast, homes)
    assert float((total(forecast) - total(town.trend)).sum("area").min()) >= -1e-9


def test_communal_residents_and_students_are_kept_apart() -> None:
    town = Town(["Lia"], range(2025, 2028))
    share = xr.where(xr.DataArray(AGES, coords={"age": AGES}) >= 80, 0.2, 0.0)
    fixed = (5.0 * ((share.age >= 19) & (share.age < 25))).astype(float)
    occupied = {}
    for apart in (share.assign_attrs(units="1"), fixed.assign_attrs(units="persons")):
        model = replace(town.model, pass_through=1.0, apart=apart)
        housing = town.housing(model=model)
        forecast = town.forecast(housing)
        formed = kh.households_of(forecast.population, model.headship, apart=apart).sel(year=[2025, 2028]).sum("area")
        occupied[apart.attrs["units"]] = float(total(forecast).sel(year=2028).sum())
        assert float(formed.sel(year=2028)) == pytest.approx(float(formed.sel(year=2025)), abs=1e-9)
    assert occupied["1"] != pytest.approx(occupied["persons"], abs=1.0)


def test_what_is_missing_is_named(town: Town) -> None:
    one = rates(town.areas, town.years).drop_vars("in_migration")
    with pytest.raises(SchemaError, match=r"in_migration is missing in the assumptions\. Housing acts on gross moves"):
        kh.project_with_housing(town.people, one, town.housing())
    with pytest.raises(SchemaError, match="the population has no dimension area"):
        kh.project_with_housing(
            town.people.sel(area="Lia", drop=True),
            rates(["Lia"], town.years).sel(area="Lia", drop=True),
            replace(town.housing(), model=town.model),
        )


def test_zone_without_a_profile_is_named(town: Town) -> None:
    market = kh.even_market(town.stock.assign_coords(dwelling_type=["row", "tower"]), external=0.45, new=0.2)
    with pytest.raises(
        SchemaError, match="dwelling_type tower of area Havna, Lia, Moen has no profile of movers, in any year"
    ):
        kh.HousingModel.with_defaults(market)


def test_dwellings_of_a_type_that_the_market_lacks_are_named_and_not_dropped(town: Town) -> None:
    towers = (0.1 * town.stock.sel(dwelling_type=["row"])).assign_coords(dwelling_type=["tower"])
    stock = xr.concat([town.stock, towers], "dwelling_type").assign_attrs(units="dwellings")
    with pytest.raises(SchemaError, match=r"dwellings: 1 labels of dimension dwelling_type are surplus.*tower"):
        town.forecast(town.housing(dwellings(stock, town.years)))


@pytest.mark.parametrize("name", ["market", "occupancy", "headship", "releases"])
def test_a_model_by_year_is_an_error_and_not_that_of_the_first_year(town: Town, name: str) -> None:
    part = getattr(town.model, name)
    by_year = part.expand_dims(year=[2025, 2026])
    with pytest.raises(SchemaError, match=f"{name}: it differs by year, from 2025 to 2026"):
        replace(town.model, **{name: by_year.assign_attrs(part.attrs)})


def test_trend_of_another_projection_is_an_error(town: Town) -> None:
    other = town.assumptions.assign(mortality=(1.1 * town.assumptions.mortality).assign_attrs(units="1/year"))
    with pytest.raises(kh.HousingError, match="the trend is not that of this projection in 2025"):
        kh.project_with_housing(town.people, other, town.housing(), trend=town.trend)
    children = (0.9 * town.assumptions.in_migration).where(AGE < 10, town.assumptions.in_migration)
    fewer = town.assumptions.assign(in_migration=children.assign_attrs(units="persons/year"))
    with pytest.raises(kh.HousingError, match="the trend is not that of this projection in 2025"):
        kh.project_with_housing(town.people, fewer, town.housing(), trend=town.trend)


def test_people_without_dwellings_are_named(town: Town) -> None:
    stock = town.stock.copy()
    stock.loc["Moen"] = 0.0
    homes = dwellings(stock, town.years)
    with pytest.raises(
        kh.HousingError, match="10 zones and years have people and no dwelling; the first is year 2025, area Moen"
    ):
        town.forecast(town.housing(homes))


def test_labels_of_another_municipality_are_named(town: Town) -> None:
    homes = dwellings(stock_of(people(["Havna", "Lia", "Vik"])), town.years)
    with pytest.raises(SchemaError, match="Moen"):
        town.forecast(town.housing(homes))


@pytest.mark.parametrize("name", ["additionality", "in_share", "pass_through"])
def test_share_out_of_bounds_is_named(town: Town, name: str) -> None:
    with pytest.raises(SchemaError, match=f"{name}: 1 of 1 values are not shares between 0 and 1; the first is 1.2"):
        replace(town.model, **{name: 1.2})


def test_ages_of_the_builders_are_those_of_the_defaults() -> None:
    assert kh.default_occupancy()["age"].values.tolist() == AGES.tolist()
    assert kh.default_occupancy()["sex"].values.tolist() == SEXES

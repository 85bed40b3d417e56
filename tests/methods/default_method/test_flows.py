"""What the default method does with births, deaths and moves where they are known, and with housing."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, age_up, check_balance
from kompaslite.assumptions import component_sources
from kompaslite.methods import default, forecast_by
from kompaslite.methods.default_method import with_housing
from kompaslite.methods.default_method.cohorts import cohorts_of, net_survivors
from kompaslite.rates import residual_accounts
from kompaslite.schema import SchemaError
from tests.worlds.known import YEARS, beside, observed, with_flows


@pytest.fixture(scope="module")
def past():
    return observed()


@pytest.fixture(scope="module")
def known():
    return beside()


@pytest.fixture(scope="module")
def plain(past, known):
    return forecast_by(default, past, YEARS, sources=known)


@pytest.fixture(scope="module")
def gross(past, known):
    """All flows by sex and age, in keeping with the population and the nation's rates; a tenth of people move."""
    flows = residual_accounts(past.population, mortality=known.mortality, fertility=known.fertility).flows
    net = flows["net_migration"]
    people = past.population.isel(year=slice(1, None)).assign_coords(year=net["year"])
    parts = {"births": flows["births"], "deaths": flows["deaths"]}
    parts |= {"in_migration": 0.06 * people + net.clip(min=0.0), "immigration": 0.04 * people}
    parts |= {"out_migration": 0.08 * people - net.clip(max=0.0), "emigration": 0.02 * people}
    return check_balance(with_flows(past, **parts))


def test_births_and_deaths_at_the_nations_rates_change_nothing(past, known, plain):
    flows = residual_accounts(past.population, mortality=known.mortality, fertility=known.fertility).flows
    births = flows["births"].sum("age")
    told = with_flows(past, births=births, deaths=flows["deaths"])
    np.testing.assert_allclose(forecast_by(default, told, YEARS, sources=known).population, plain.population, rtol=2e-4)
    only_deaths = with_flows(past, deaths=flows["deaths"])
    made = forecast_by(default, only_deaths, YEARS, sources=known).population
    np.testing.assert_allclose(made, plain.population, rtol=1e-9)


def test_twice_as_many_births_are_twice_as_many_children(past, known, plain):
    births = residual_accounts(past.population, mortality=known.mortality, fertility=known.fertility).flows["births"]
    told = with_flows(past, births=births * xr.DataArray([1.0, 1.0, 2.0], coords={"area": births["area"]}))
    children = forecast_by(default, told, YEARS, sources=known).flows["births"].sum(["sex", "age"])
    expected = plain.flows["births"].sum(["sex", "age"])
    ratio = (children / expected).isel(year=0)
    np.testing.assert_allclose(ratio.isel(area=[0, 1]), 1.0, rtol=1e-3)
    # drawn to the nation by 400 of some 2,200 births
    assert 1.7 < float(ratio.isel(area=2)) < 2.0


def test_births_of_some_years_only_are_used_in_those(past, known, plain):
    births = residual_accounts(past.population, mortality=known.mortality, fertility=known.fertility).flows["births"]
    late = with_flows(past, births=2.0 * births.isel(year=slice(-2, None)))
    all_years = with_flows(past, births=2.0 * births)
    made = [
        float(forecast_by(default, one, YEARS, sources=known).flows["births"].sel(area="4001", year=2020).sum())
        for one in (plain_accounts(past), late, all_years)
    ]
    assert made[0] < made[1] < made[2]


def plain_accounts(past):
    return Accounts(past.population)


def test_deaths_by_cell_or_as_totals_tell_migration_apart():
    # 100 women reach age 2, 90 are left; 5 died, so 5 left on balance, of whom 5 / (1 + m / 2) count at the end
    people = xr.DataArray(
        np.array([[[0.0, 0.0], [100.0, 0.0], [0.0, 90.0], [0.0, 0.0]], [[0.0, 0.0]] * 4]),
        coords={"sex": ["female", "male"], "age": range(4), "year": [2020, 2021]},
        attrs={"units": "persons"},
    )
    deaths = xr.zeros_like(people.isel(year=[0])).assign_attrs(units="persons/year")
    deaths.loc[{"sex": "female", "age": 2}] = 5.0
    rates = np.full((2, 4, 1), 0.1)
    for known in (deaths, deaths.sum(["sex", "age"], keep_attrs=True)):
        net = net_survivors(cohorts_of(Accounts(people, xr.Dataset({"deaths": known}))), rates)
        assert net[0, 2, 0] == pytest.approx(-5.0 / 1.05)
    expected = 90.0 - 100.0 * 0.95 / 1.05
    assert net_survivors(cohorts_of(Accounts(people)), rates)[0, 2, 0] == pytest.approx(expected)
    adjusted = xr.Dataset({"deaths": deaths, "adjustment": -deaths.assign_attrs(units="persons/year")})
    adjusted["adjustment"].attrs["units"] = "persons/year"
    assert net_survivors(cohorts_of(Accounts(people, adjusted)), rates)[0, 2, 0] == pytest.approx(0.0)


def test_gross_moves_change_no_person_but_say_how_many_move(gross, known):
    silent = Accounts(gross.population, gross.flows[["births", "deaths"]])
    told, untold = (forecast_by(default, one, YEARS, sources=known) for one in (gross, silent))
    np.testing.assert_allclose(told.population, untold.population, rtol=0, atol=1e-9)
    check_balance(told)
    flows = told.flows
    net = flows["in_migration"] + flows["immigration"] - flows["out_migration"] - flows["emigration"]
    np.testing.assert_allclose(net, untold.flows["in_migration"] - untold.flows["out_migration"], atol=1e-9)
    # as many leave for each who is there as did in the last five years, a fifth of the turnover to abroad
    before, left = (_leaving(one, years) for one, years in ((gross, slice(-5, None)), (told, slice(None))))
    np.testing.assert_allclose(left, before, rtol=0.1)
    assert default(gross, YEARS, sources=known).attrs["moves"] == "gross"
    emigrants = flows["emigration"].sum() / (flows["emigration"] + flows["out_migration"]).sum()
    assert float(emigrants) == pytest.approx(0.2, abs=0.05)


def _leaving(accounts, years):
    """Leavers per person of a large area, at the ages that move."""
    flows = accounts.flows.isel(year=years).sel(area="4001", age=slice(1, 70))
    people = age_up(accounts.population).sel(area="4001", age=slice(1, 70), year=flows["year"])
    return float((flows["out_migration"] + flows["emigration"]).sum() / people.sum())


def test_moves_in_one_direction_stay_net(gross, known):
    one_way = Accounts(gross.population, gross.flows[["births", "deaths", "in_migration"]])
    assert default(one_way, YEARS, sources=known).attrs["moves"] == "net"


def test_moves_within_the_country_alone_have_no_abroad(gross, known):
    inside = Accounts(gross.population, gross.flows[["in_migration", "out_migration"]])
    assumed = default(inside, YEARS, sources=known)
    assert assumed.attrs["moves"] == "gross"
    assert "immigration" not in assumed
    assert bool(((assumed["in_migration"] > 0.0) & (assumed["out_migration"] > 0.0)).sel(age=30).all())


def test_housing_without_gross_moves_is_an_error(past, known):
    with pytest.raises(SchemaError, match="housing: the accounts have no moves in both directions by sex and age"):
        default(past, YEARS, sources=known, housing=with_housing(pytest.fail))


def test_totals_of_moves_give_moves_in_both_directions_of_these_totals(past, known, plain, gross):
    totals = {name: gross.flows[name].sum(["sex", "age"]) for name in gross.flows if name not in ("births", "deaths")}
    for told in (totals, totals | {"deaths": gross.flows["deaths"].sum(["sex", "age"])}):
        given = with_flows(past, **told)
        assumed = default(given, YEARS, sources=known)
        assert assumed.attrs["moves"] == "gross"
        made = forecast_by(default, given, YEARS, sources=known)
        for name in ("in_migration", "immigration", "out_migration", "emigration"):
            first = made.flows[name].isel(year=0).sum(["sex", "age"])
            np.testing.assert_allclose(first, totals[name].isel(year=slice(-5, None)).mean("year"), rtol=0.35)
        if "deaths" not in told:
            np.testing.assert_allclose(made.population, plain.population, rtol=1e-9)


def test_totals_in_one_direction_say_nothing_of_turnover(past, known, gross):
    one = with_flows(past, in_migration=gross.flows["in_migration"].sum(["sex", "age"]))
    assert default(one, YEARS, sources=known).attrs["moves"] == "net"


def test_every_component_says_where_it_comes_from(past, known, gross):
    said = component_sources(default(past, YEARS))
    assert said["mortality"].startswith("a Gompertz curve through the old cohorts")
    assert said["fertility"] == "local level; by age: a standard schedule by age"
    assert said["in_migration"] == "local, above the nation; nation: the sum of 3 areas"
    told = component_sources(default(gross, YEARS, sources=known))
    assert told["mortality"].startswith("given, ")
    assert "given" not in {*said.values(), *told.values()}


def test_the_result_of_one_selected_area_says_which_it_is(past):
    one = default(Accounts(past.population.sel(area="3203")), YEARS)
    assert one["area"].item() == "3203"
    assert "area" not in default(Accounts(past.population.sel(area="3203", drop=True)), YEARS).coords

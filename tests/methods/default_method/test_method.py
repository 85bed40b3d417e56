"""The default method as a whole: against plain loops, as a method, with much and with little knowledge."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.engine import project
from kompaslite.evaluation import backtest
from kompaslite.methods import DefaultParameters, Sources, call_method, default, forecast_by
from kompaslite.schema import SchemaError
from tests.methods.default_method import oracle
from tests.worlds.history import sources
from tests.worlds.known import AREAS, YEARS, beside, observed


@pytest.fixture(scope="module")
def past():
    return observed()


@pytest.fixture(scope="module")
def known():
    return beside()


@pytest.fixture(scope="module")
def made(past, known):
    return forecast_by(default, past, YEARS, sources=known)


@pytest.mark.parametrize(
    ("first", "area_groups"), [(2008, None), (2016, None), (2012, {"3201": "a", "4001": "a", "3203": "b"})]
)
def test_the_forecast_is_that_of_plain_loops(known, first, area_groups):
    past = observed(first=first)
    found = forecast_by(partial(default, area_groups=area_groups), past, YEARS, sources=known).population.values[
        ..., 1:
    ]
    numbers = [0, 0, 1] if area_groups is None else [0, 1, 0]
    expected = oracle.forecast(past, known, numbers, len(YEARS))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_it_fits_the_contract_of_a_method(past, known, made):
    assumed = call_method(default, past, YEARS, sources=known)
    units = {name: part.attrs["units"] for name, part in assumed.data_vars.items()}
    assert units == {
        "fertility": "1/year",
        "sex_ratio_at_birth": "1",
        "mortality": "1/year",
        "in_migration": "persons/year",
        "out_migration": "1/year",
    }
    assert assumed["mortality"].dims == ("area", "sex", "age", "year")
    assert assumed["year"].values.tolist() == list(YEARS)
    assert not bool(((assumed["in_migration"] > 0.0) & (assumed["out_migration"] > 0.0)).any())
    assert assumed.attrs["moves"] == "net"
    check_balance(made)
    xr.testing.assert_identical(made.population, project(past.population.sel(year=2020), assumed).population)


def test_the_order_of_areas_makes_no_difference(past, known, made):
    turned = Accounts(past.population.isel(area=[2, 0, 1]))
    again = forecast_by(default, turned, YEARS, sources=known).population.sel(area=list(AREAS))
    xr.testing.assert_allclose(again, made.population, rtol=1e-12)


def test_it_cannot_see_the_future(past, known):
    rng = np.random.default_rng(3)

    def spoilt(array, last):
        noise = array.copy(data=rng.uniform(0.0, 1.0, array.shape))
        return array.where(array["year"] <= last, noise).assign_attrs(array.attrs)

    later = Sources(
        nation=Accounts(spoilt(known.nation.population, 2015)),
        mortality=spoilt(known.mortality, 2014),
        fertility=spoilt(known.fertility, 2014),
    )
    arguments = {"origins": [2013, 2015], "horizon": 3}
    seen = backtest(past, default, sources=known, **arguments)
    blind = backtest(Accounts(spoilt(past.population, 2015)), default, sources=later, **arguments)
    np.testing.assert_array_equal(seen["forecast"].values, blind["forecast"].values)


def test_shorter_histories_are_enough_down_to_three_populations(known):
    short = forecast_by(default, observed(first=2018), YEARS, sources=known).population
    assert bool((short > 0.0).any("age").all())
    words = r"default: needs 3 years of population, and the population has 2, 2019 to 2020. Choose a later origin"
    with pytest.raises(SchemaError, match=words):
        default(observed(first=2019), YEARS, sources=known)
    with pytest.raises(SchemaError, match="default: needs 3 years of population, and the nation has 2, 2019 to 2020"):
        default(observed(), YEARS, sources=replace(known, nation=known_last(known, 2)))


def known_last(known, years):
    return Accounts(known.nation.population.isel(year=slice(-years, None)))


def test_tables_published_late_are_continued_from_where_they_end(past, known):
    late = replace(known, lags={"mortality": 2, "fertility": 3}).known_at(2020)
    late = replace(late, nation=Accounts(known.nation.population.sel(year=slice(2019))))
    on_time = forecast_by(default, past, YEARS, sources=known).population.sum(["sex", "age"])
    from_late = forecast_by(default, past, YEARS, sources=late).population.sum(["sex", "age"])
    assert not np.allclose(from_late, on_time, rtol=1e-9)
    np.testing.assert_allclose(from_late, on_time, rtol=0.02)


@pytest.mark.parametrize(
    ("absent", "words"),
    [
        ("nation", "nation: the sum of 3 areas"),
        ("mortality", "mortality: a Gompertz curve through the old cohorts of the population, without a trend"),
        ("fertility", "fertility: a standard schedule by age"),
    ],
)
def test_what_is_absent_is_stood_in_for_and_named(past, known, absent, words):
    without = replace(known, **{absent: None})
    assert words in default(past, YEARS, sources=without).attrs["sources"]
    found, expected = (forecast_by(default, past, YEARS, sources=one).population for one in (without, known))
    np.testing.assert_allclose(found.sum(["sex", "age"]), expected.sum(["sex", "age"]), rtol=0.06)
    assert not np.array_equal(found, expected)


def test_population_tables_alone_are_enough(past, made):
    alone = forecast_by(default, past, YEARS).population.sum(["sex", "age"])
    np.testing.assert_allclose(alone, made.population.sum(["sex", "age"]), rtol=0.06)


def test_one_place_without_areas(past, known):
    whole = past.population.sel(area=["4001"])
    by_area = forecast_by(default, Accounts(whole), YEARS, sources=known).population
    single = forecast_by(default, Accounts(whole.isel(area=0, drop=True)), YEARS, sources=known).population
    assert "area" not in single.dims
    np.testing.assert_array_equal(single, by_area.isel(area=0))


def test_groups_share_the_level_of_their_migration(past, known):
    # four times 4001, of which three grow by a tenth more in the last year: the fourth is told so by its group only
    codes = ["4001", "4002", "4003", "5001"]
    people = xr.concat([past.population.sel(area="4001")] * 4, dim=xr.Variable("area", codes))
    grown = people.copy()
    grown.loc[{"area": codes[1:3], "year": 2020}] *= 1.1
    strong = DefaultParameters().changed("level.group_shrink", 1e3)

    def growth(area_groups):
        assumed = default(Accounts(grown), YEARS, sources=known, area_groups=area_groups, parameters=strong)
        return project(grown.sel(year=2020), assumed).population.sel(year=2025).sum(["sex", "age"])

    by_county, apart = growth(None), growth({code: code for code in codes})
    assert float(by_county.sel(area="4001")) > float(apart.sel(area="4001")) * 1.01
    np.testing.assert_allclose(by_county.sel(area="5001"), apart.sel(area="5001"), rtol=1e-9)


def test_an_area_without_a_group_stands_by_itself_and_is_listed(past, known):
    some = default(past, YEARS, sources=known, area_groups={"3201": "x", "3203": "x"})
    assert some.attrs["without_group"] == "4001"
    xr.testing.assert_allclose(some, default(past, YEARS, sources=known))
    with pytest.raises(SchemaError, match="area_groups: none of the 3 areas is named; they name 0301"):
        default(past, YEARS, sources=known, area_groups={"0301": "x"})


def changed_people(accounts, change):
    return Accounts(change(accounts.population).assign_attrs(units="persons"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda p: p.where((p["area"] != "3203") | (p["year"] < 2020), 0.0),
            "population: 1 areas have nobody on 1 January 2020: 3203. Their past says nothing",
        ),
        (lambda p: p.sel(sex=["female"]), "both sexes are needed"),
        (
            lambda p: p.sel(age=slice(1, None)),
            "population: the first age is 1, but newborns join at age 0",
        ),
        (lambda p: p.sel(year=[2016, 2018, 2020]), "its ages are 1 years wide, but its populations 2 years apart"),
        (lambda p: p.sel(age=slice(0, 70)), "the last age is 70, but from 80 on"),
        (lambda p: p.expand_dims(draw=[0, 1]), "population: dimension draw is not known here"),
    ],
)
def test_populations_that_cannot_be_used_are_named(past, known, change, words):
    with pytest.raises(SchemaError, match=words):
        default(changed_people(past, change), YEARS, sources=known)


BAD_SOURCES = [
    ("mortality", lambda m: m.sel(year=slice(None, 2010)), "mortality: the table ends in 2010, more than 5 years"),
    ("mortality", lambda m: m.sel(year=slice(2015, None)), "known together from 2015 on, but the areas' history"),
    ("mortality", lambda m: m.drop_sel(year=2012), "mortality: the years 2000 to 2019 have gaps"),
    ("mortality", lambda m: m.isel(age=slice(0, 90)), "mortality: 11 labels of dimension age are missing"),
    ("mortality", lambda m: m * 1000, "mortality: .* are not rates between 0 and 2"),
    ("mortality", lambda m: m.isel(year=0), "mortality: dimension year is missing"),
    ("fertility", lambda f: f.sel(year=slice(None, 2010)), "fertility: the table ends in 2010, more than 5 years"),
    ("fertility", lambda f: f * 0.0, "fertility: no births at ages above 0"),
    ("fertility", lambda f: f.assign_coords(age=f["age"] + 5), "fertility: the population has no age 101"),
    (
        "nation",
        lambda n: Accounts(n.population.isel(age=slice(0, 95))),
        "nation: 6 labels of dimension age are missing",
    ),
    ("nation", lambda n: Accounts(n.population.sel(year=slice(2012, None))), "known together from 2012 on"),
]


@pytest.mark.parametrize(("part", "change", "words"), BAD_SOURCES)
def test_sources_that_do_not_fit_are_named(known, part, change, words):
    with pytest.raises(SchemaError, match=words):
        default(observed(), YEARS, sources=replace(known, **{part: change(getattr(known, part))}))


def test_years_must_follow_the_last_observed_one(past, known):
    with pytest.raises(SchemaError, match="follow the last observed one, 2020, 2021 and so on; they are 2021, 2022"):
        default(past, [2021, 2022], sources=known)


def test_a_loss_that_empties_a_cell_is_an_error_and_listed(past, known):
    # in 3201 an age has four or five people: taken at their word, one year's losses and the level leave nobody
    brave = DefaultParameters().changed("shape.age_shrink", 1e-6).changed("shape.window", 1)
    words = r"default: 20 cells of 1 areas would lose more people than they have: 3201; the first is area 3201, sex"
    with pytest.raises(SchemaError, match=words):
        default(past, YEARS, sources=known, parameters=brave)


def test_fewer_years_of_mortality_have_no_trend(past, known):
    one = replace(
        known,
        mortality=sources(first=2002, last=2019).mortality.isel(year=[-1] * 18).assign_coords(year=range(2002, 2020)),
    )
    assumed = default(past, YEARS, sources=one)
    young = assumed["mortality"].sel(area="4001", age=slice(0, 79))
    np.testing.assert_allclose(young.isel(year=-1), young.isel(year=0), rtol=1e-9)


def test_a_small_place_alone_is_forecast_on_a_standard_curve_of_mortality_that_is_named(past):
    people = past.population.sel(area=["3201"])
    small = Accounts((people / people.sel(year=2020).sum() * 150.0).round().assign_attrs(people.attrs))
    assumed = default(small, YEARS)
    assert "mortality: a standard curve (Norway 2020-2023), because too few old people die" in assumed.attrs["sources"]
    assert forecast_by(default, small, YEARS).population.sum() > 0.0

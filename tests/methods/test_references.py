"""Reference methods against their definition, done by hand."""

from functools import partial

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods import (
    Sources,
    forecast_by,
    half_trend,
    hamilton_perry,
    linear_trend,
    no_change,
    plain_cohort_component,
)
from kompaslite.schema import SchemaError
from tests.worlds.history import history, sources

YEARS = range(2020, 2030)


@pytest.fixture(scope="module")
def observed():
    return history()


def totals(accounts):
    return accounts.population.sum(["sex", "age"])


def test_no_change_keeps_every_cell(observed):
    made = forecast_by(no_change, observed, YEARS).population
    last = observed.population.sel(year=2020)
    for year in (2021, 2030):
        np.testing.assert_allclose(made.sel(year=year), last, atol=1e-9)


@pytest.mark.parametrize(("maker", "share"), [(linear_trend, 1.0), (half_trend, 0.5)])
def test_trends_follow_the_mean_change_and_keep_the_shares(observed, maker, share):
    made = forecast_by(maker(10), observed, YEARS)
    known = totals(observed)
    slope = (known.sel(year=2020) - known.sel(year=2010)) / 10
    np.testing.assert_allclose(totals(made).sel(year=2025), known.sel(year=2020) + 5 * share * slope)
    shares = made.population / totals(made)
    np.testing.assert_allclose(shares.sel(year=2030), shares.sel(year=2020), atol=1e-12)


def test_a_trend_takes_what_history_there_is_down_to_its_least(observed):
    short = Accounts(observed.population.sel(year=range(2014, 2021)))
    made, known = totals(forecast_by(linear_trend(10), short, YEARS)), totals(observed)
    slope = (known.sel(year=2020) - known.sel(year=2014)) / 6
    np.testing.assert_allclose(made.sel(year=2021), known.sel(year=2020) + slope)
    with pytest.raises(SchemaError, match=r"linear_trend\(10\): needs 9 years of population, and has 7, 2014 to 2020"):
        forecast_by(linear_trend(10, at_least=8), short, YEARS)


def test_hamilton_perry_without_shrinkage_is_the_cohort_change_ratio(observed):
    made = forecast_by(hamilton_perry(window=5, shrink=1e-9), observed, [2020])
    known = observed.population.sel(area="C", sex="female")
    ratio = known.sel(age=31, year=range(2016, 2021)).sum() / known.sel(age=30, year=range(2015, 2020)).sum()
    forecast = float(made.population.sel(area="C", sex="female", age=31, year=2021))
    assert forecast == pytest.approx(float(ratio * known.sel(age=30, year=2020)), rel=1e-6)
    open_group = (
        known.sel(age=100, year=range(2016, 2021)).sum() / known.sel(age=[99, 100], year=range(2015, 2020)).sum()
    )
    old = float(made.population.sel(area="C", sex="female", age=100, year=2021))
    assert old == pytest.approx(float(open_group * known.sel(age=[99, 100], year=2020).sum()), rel=1e-6)


def test_hamilton_perry_relates_children_to_the_women_of_their_year(observed):
    made = forecast_by(hamilton_perry(window=5, births_window=3, shrink=1e-9), observed, [2020]).population
    women = observed.population.sel(area="C", sex="female", age=slice(15, 49)).sum("age")
    boys = observed.population.sel(area="C", sex="male", age=0)
    mothers = (women.sel(year=range(2017, 2020)).sum() + women.sel(year=range(2018, 2021)).sum()) / 2
    per_woman = boys.sel(year=range(2018, 2021)).sum() / mothers
    later = float(made.sel(area="C", sex="female", age=slice(15, 49), year=2021).sum())
    expected = float(per_woman) * (float(women.sel(year=2020)) + later) / 2
    assert float(made.sel(area="C", sex="male", age=0, year=2021)) == pytest.approx(expected, rel=1e-6)


def test_shrinkage_draws_small_areas_towards_all(observed):
    known = observed.population.sel(sex="male", year=range(2010, 2021))
    start, end = known.sel(age=24).isel(year=slice(None, -1)), known.sel(age=25).isel(year=slice(1, None))
    pooled = float(end.sum() / start.sum())
    made = forecast_by(hamilton_perry(window=10, shrink=1e9), observed, [2020]).population
    now = observed.population.sel(sex="male", age=24, year=2020)
    np.testing.assert_allclose(made.sel(sex="male", age=25, year=2021), pooled * now, rtol=1e-5)


def test_plain_cohort_component_returns_a_stationary_history():
    # nobody is born or dies beyond the rates, and net migration is the same every year: the last year repeats
    observed, known = history(last=2012), sources()
    made = forecast_by(partial(plain_cohort_component, window=1), observed, [2012], sources=known.known_at(2012))
    assert set(made.flows) >= {"births", "deaths", "in_migration", "out_migration"}
    # gains are the counts of the year before, by sex and age
    gained = made.flows["in_migration"].sel(year=2012)
    deaths = known.mortality.sel(year=2011)
    start = observed.population.sel(year=2011).shift(age=1, fill_value=0.0)
    end = observed.population.sel(year=2012)
    net = end - start + deaths * (start + end) / 2
    inner = {"age": slice(1, 99)}
    np.testing.assert_allclose(gained.sel(inner), net.sel(inner).clip(min=0.0), atol=1e-9)


def test_plain_cohort_component_says_what_it_needs(observed):
    with pytest.raises(SchemaError, match="mortality and fertility of the nation are needed"):
        forecast_by(plain_cohort_component, observed, YEARS)
    with pytest.raises(SchemaError, match="mortality and fertility of the nation are needed"):
        forecast_by(plain_cohort_component, observed, YEARS, sources=Sources())
    short = Accounts(observed.population.sel(year=[2019, 2020]))
    with pytest.raises(SchemaError, match="needs 6 years of population, and has 2, 2019 to 2020"):
        forecast_by(plain_cohort_component, short, YEARS, sources=sources())


def test_a_trend_below_zero_is_an_error_not_a_floor(observed):
    people = observed.population.sel(year=[2019, 2020])
    falling = people.where(people["year"] == 2019, people * 0.5).assign_attrs(people.attrs)
    with pytest.raises(SchemaError, match=r"are not counts of at least 0.*damp its trend"):
        forecast_by(linear_trend(1), Accounts(falling), YEARS)


def test_empty_areas_and_cohorts_are_named(observed):
    empty = observed.population.where(observed.population["area"] != "A", 0.0).assign_attrs(units="persons")
    with pytest.raises(SchemaError, match="1 areas are empty, so they have no shares by age; the first is at area A"):
        forecast_by(no_change, Accounts(empty), YEARS)
    with pytest.raises(SchemaError, match="cohorts were empty in all years"):
        forecast_by(hamilton_perry(shrink=0.0), Accounts(empty), YEARS)


def test_one_area_without_the_dimension_works(observed):
    alone = Accounts(observed.population.sel(area="C", drop=True))
    both = forecast_by(linear_trend(5), observed, YEARS).population.sel(area="C", drop=True)
    xr.testing.assert_allclose(forecast_by(linear_trend(5), alone, YEARS).population, both)

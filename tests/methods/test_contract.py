"""What a method is handed, and what it may return."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods import (
    Sources,
    average_methods,
    call_method,
    default,
    forecast_by,
    half_trend,
    hamilton_perry,
    linear_trend,
    no_change,
    scale_to_total,
)
from kompaslite.methods import plain_cohort_component as plain
from kompaslite.schema import SchemaError
from tests.worlds.history import history, sources

YEARS = range(2020, 2023)


@pytest.fixture(scope="module")
def observed():
    return history(first=2012)


def changed(change):
    """A method that changes what no_change returns."""

    def method(observed, years, *, sources=None):
        return change(no_change(observed, years))

    return method


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.isel(year=slice(1, None)), "1 labels of dimension year are missing that the forecast has: 2020"),
        (lambda a: a.assign_coords(year=a["year"] + 1), "labels of dimension year are missing"),
        (lambda a: a.isel(area=[0, 1]), "1 labels of dimension area are missing that the population has: C"),
        (lambda a: a.reindex(area=["A", "B", "C", "D"], fill_value=0.0), "surplus.*D"),
        (lambda a: a.sel(sex=["male"]), "labels of dimension sex are missing that the population has: female"),
        (lambda a: a.sel(age=range(90)), "11 labels of dimension age are missing"),
        (lambda a: a["mortality"], "a method returns a Dataset of assumptions, not DataArray"),
        (lambda a: a.rename(mortality="death"), "unknown variable death"),
    ],
)
def test_what_does_not_fit_is_named(observed, change, words):
    with pytest.raises(SchemaError, match=words):
        forecast_by(changed(change), observed, YEARS)


def test_labels_in_another_order_are_put_right(observed):
    shuffled = changed(lambda a: a.isel(area=[2, 0, 1], sex=[1, 0]))
    made, expected = (forecast_by(one, observed, YEARS) for one in (shuffled, no_change))
    xr.testing.assert_allclose(made.population, expected.population)


@pytest.mark.parametrize("years", [[], [2021], [2020, 2022], [2019, 2020]])
def test_years_follow_the_last_observed_one(observed, years):
    with pytest.raises(SchemaError, match="the years of a forecast follow the last observed one, 2020"):
        call_method(no_change, observed, years)


def test_sources_are_handed_to_those_that_ask(observed):
    seen = []

    def curious(observed, years, sources=None):
        seen.append(sources)
        return no_change(observed, years)

    known = sources()
    forecast_by(curious, observed, YEARS, sources=known)
    forecast_by(no_change, observed, YEARS, sources=known)
    assert seen == [known]


def test_sources_end_at_the_date_each_with_its_lag(observed):
    dwellings = xr.Dataset(
        {
            "stock": ("year", np.arange(5.0)),
            "completions": ("year", np.arange(5.0)),
            "planned": (("origin", "year"), np.ones((3, 5))),
        },
        coords={"year": range(2014, 2019), "origin": [2015, 2016, 2017]},
    )
    known = sources()
    everything = Sources(observed, known.mortality, known.fertility, dwellings, lags={"mortality": 2, "nation": 0})
    then = everything.known_at(2016)
    assert then.nation.years[-1] == 2016
    assert then.mortality["year"].values[-1] == 2013
    assert then.fertility["year"].values[-1] == 2015
    stock, built = then.dwellings["stock"].dropna("year"), then.dwellings["completions"].dropna("year")
    assert (stock["year"].values[-1], built["year"].values[-1]) == (2016, 2015)
    assert then.dwellings["origin"].values.tolist() == [2015, 2016]


@pytest.mark.parametrize("lags", [{"mortality": -1}, {"deaths": 1}])
def test_impossible_lags_are_refused(lags):
    with pytest.raises(SchemaError, match="is not a lag of at least 0 years"):
        Sources(lags=lags)


def test_a_source_of_which_nothing_was_known_is_an_error():
    with pytest.raises(SchemaError, match="mortality: nothing was known before 2000; it begins in 2000"):
        sources().known_at(2000)


def test_dwellings_without_year_are_an_error():
    with pytest.raises(SchemaError, match="stock has no year"):
        Sources(dwellings=xr.Dataset({"stock": 5.0})).known_at(2020)


def test_the_mean_of_methods_is_the_mean_of_their_populations(observed):
    known = sources()
    methods = [no_change, linear_trend(5), plain]
    shares = [0.2, 0.3, 0.5]
    made = forecast_by(average_methods(methods, weights=shares), observed, YEARS, sources=known)
    each = [forecast_by(method, observed, YEARS, sources=known).population for method in methods]
    mean = sum(share * one for share, one in zip(shares, each, strict=True))
    xr.testing.assert_allclose(made.population, mean, rtol=0, atol=1e-9)
    # of the three, one only says something about deaths: its rates are those of the mean
    rates = [
        one.flows["deaths"].isel(year=0)
        / (one.population.isel(year=0).shift(age=1) + one.population.isel(year=1).drop_vars("year"))
        for one in (made, forecast_by(plain, observed, YEARS, sources=known))
    ]
    old = {"area": "C", "age": slice(60, 90)}
    np.testing.assert_allclose(rates[0].sel(old), rates[1].sel(old))


def test_means_of_methods_without_components_are_adjustment(observed):
    made = forecast_by(average_methods([no_change, linear_trend(5)]), observed, YEARS)
    assert "adjustment" in made.flows
    expected = (
        forecast_by(linear_trend(5), observed, YEARS).population + forecast_by(no_change, observed, YEARS).population
    )
    xr.testing.assert_allclose(made.population, expected / 2)


@pytest.mark.parametrize(
    ("methods", "weights", "words"),
    [
        ([], None, "0 methods"),
        ([no_change], [0.5, 0.5], "1 methods, but 2 weights"),
        ([no_change, no_change], [0.7, 0.7], "sum to 1"),
        ([no_change, no_change], [1.5, -0.5], "at least 0"),
    ],
)
def test_weights_that_do_not_fit_are_refused(methods, weights, words):
    with pytest.raises(SchemaError, match=words):
        average_methods(methods, weights=weights)


def test_a_structure_is_held_to_the_total_of_another_method(observed):
    known = sources()
    made = forecast_by(scale_to_total(plain, linear_trend(5)), observed, YEARS, sources=known).population
    shape = forecast_by(plain, observed, YEARS, sources=known).population
    total = forecast_by(linear_trend(5), observed, YEARS).population.sum(["sex", "age"])
    xr.testing.assert_allclose(made.sum(["sex", "age"]), total)
    xr.testing.assert_allclose(made / made.sum(["sex", "age"]), shape / shape.sum(["sex", "age"]))


def test_a_structure_is_held_to_a_table_of_vintages(observed):
    table = xr.DataArray(
        np.full((2, 3, 3), 5_000.0) + np.array([0.0, 1.0])[:, None, None],
        coords={"origin": [2018, 2020], "area": ["C", "B", "A"], "year": [2021, 2022, 2023]},
    )
    made = forecast_by(scale_to_total(no_change, table), observed, YEARS).population.sum(["sex", "age"])
    np.testing.assert_allclose(made.sel(year=[2021, 2022, 2023]), 5_001.0)
    np.testing.assert_allclose(made.sel(year=2020), observed.population.sel(year=2020).sum(["sex", "age"]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.isel(year=slice(None, -1)), "total: 1 years are missing: 2023"),
        (lambda t: t.isel(area=[0]), "total: 2 labels of dimension area are missing"),
        (lambda t: -t, "total: 9 of 9 values are not counts"),
        (lambda t: t.expand_dims(origin=[2018]), "there is no forecast from 2020; the origins are 2018"),
    ],
)
def test_a_table_that_does_not_fit_is_named(observed, change, words):
    table = xr.DataArray(np.full((3, 3), 5e3), coords={"area": ["A", "B", "C"], "year": [2021, 2022, 2023]})
    with pytest.raises(SchemaError, match=words):
        forecast_by(scale_to_total(no_change, change(table)), observed, YEARS)


def test_one_place_without_areas_may_not_be_given_areas(observed):
    alone = Accounts(observed.population.sel(area="A", drop=True))
    with pytest.raises(SchemaError, match="the population that was given has no dimension area"):
        call_method(changed(lambda a: a.expand_dims(area=["A"])), alone, YEARS)


@pytest.mark.parametrize("maker", [hamilton_perry, half_trend, linear_trend, average_methods, scale_to_total])
def test_a_function_that_makes_a_method_is_told_from_a_method(observed, maker):
    with pytest.raises(SchemaError, match=f"{maker.__name__} takes .* A function that makes a method is called first"):
        forecast_by(maker, observed, YEARS)


def test_a_function_without_sources_is_told_how_a_method_is_written(observed):
    def mine(observed, years):
        return no_change(observed, years)

    with pytest.raises(SchemaError, match=r"is written def mine\(observed, years, \*, sources=None\)"):
        forecast_by(mine, observed, YEARS)
    with pytest.raises(SchemaError, match=r"not partial\. It makes a method"):
        forecast_by(changed(lambda _: half_trend(5)), observed, YEARS)


@pytest.mark.parametrize("method", [default, no_change, plain, half_trend(5), linear_trend(5), hamilton_perry()])
@pytest.mark.parametrize("years", [2020, "2020", [2031], [], [2020.5], None])
def test_every_method_says_which_years_it_can_forecast(observed, method, years):
    with pytest.raises(SchemaError, match="years"):
        method(observed, years)
    with pytest.raises(SchemaError, match="accounts are needed, not DataArray"):
        method(observed.population, YEARS)


def test_a_method_gets_a_copy_that_it_cannot_write_to_and_nothing_beside_it(observed):
    people = observed.population.assign_coords(later=("area", np.arange(observed.population.sizes["area"])))
    people = people.assign_attrs(later=5)
    births = people.sel(age=0, drop=True).isel(year=slice(None, -1)).assign_attrs(units="persons/year")
    before, seen = people.copy(deep=True), []

    def curious(observed, years, *, sources=None):
        for array in (observed.population, observed.flows["births"]):
            with pytest.raises(ValueError, match="read-only"):
                array.values[...] = 0.0
            seen.append((set(array.coords) - set(array.dims), set(array.attrs)))
        return no_change(observed, years)

    forecast_by(curious, Accounts(people, xr.Dataset({"births": births})), YEARS)
    xr.testing.assert_identical(people, before)
    assert seen == [(set(), {"units"})] * 2

"""Rolling origins: refitted, blind to the future, with every exclusion listed."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import backtest, exclude_areas, excluded_areas, score
from kompaslite.methods import (
    Sources,
    average_methods,
    default,
    forecast_by,
    half_trend,
    hamilton_perry,
    linear_trend,
    no_change,
    plain_cohort_component,
)
from kompaslite.schema import SchemaError
from tests.worlds.history import history, sources

ORIGINS = [2012, 2014, 2016]
METHODS = {
    "no_change": no_change,
    "linear_trend": linear_trend(5),
    "half_trend": half_trend(5),
    "hamilton_perry": hamilton_perry(),
    "plain": plain_cohort_component,
    "default": default,
    "combined": average_methods([default, plain_cohort_component]),
}


@pytest.fixture(scope="module")
def observed():
    return history()


def with_garbage(observed, known, year):
    """The same history and sources, with anything at all after 1 January of a year."""
    rng = np.random.default_rng(8)

    def spoilt(array, last):
        noise = xr.DataArray(rng.uniform(0.0, 1.0, array.shape), coords=array.coords, dims=array.dims)
        scale = float(array.max())
        return array.where(array["year"] <= last, noise * scale).assign_attrs(array.attrs)

    later = Sources(mortality=spoilt(known.mortality, year - 1), fertility=spoilt(known.fertility, year - 1))
    flows = xr.Dataset({name: spoilt(flow, year - 1) for name, flow in observed.flows.data_vars.items()})
    return Accounts(spoilt(observed.population, year), flows), later


@pytest.mark.parametrize("name", METHODS)
def test_the_future_cannot_be_seen(observed, name):
    known = sources()
    spoilt, spoilt_known = with_garbage(observed, known, 2014)
    arguments = {"origins": [2012, 2014], "horizon": 4}
    seen = backtest(observed, METHODS[name], sources=known, **arguments)
    blind = backtest(spoilt, METHODS[name], sources=spoilt_known, **arguments)
    np.testing.assert_array_equal(seen["forecast"].values, blind["forecast"].values)
    assert not np.array_equal(seen["observed"].values, blind["observed"].values)


def test_a_method_is_handed_copies_that_end_at_the_origin(observed):
    births = observed.population.sel(age=0).isel(year=slice(None, -1)).drop_vars("age")
    flows = xr.Dataset({"births": births.assign_attrs(units="persons/year")})
    accounts, handed = Accounts(observed.population, flows), []

    def curious(known, years, sources):
        handed.append((known, sources, years))
        return no_change(known, years)

    backtest(accounts, curious, origins=ORIGINS, horizon=3, lag=1, sources=sources())
    for origin, (known, beside, years) in zip(ORIGINS, handed, strict=True):
        assert years == [origin, origin + 1, origin + 2]
        assert known.years[-1] == origin
        assert known.flows["year"].values[-1] == origin - 2
        assert beside.mortality["year"].values[-1] == origin - 1
        assert not np.shares_memory(known.population.values, accounts.population.values)
        assert not np.shares_memory(beside.mortality.values, sources().mortality.values)


def test_what_is_tested_is_what_is_published(observed):
    made = backtest(observed, linear_trend(5), origins=ORIGINS, horizon=4)
    known = Accounts(observed.population.sel(year=slice(None, 2014)))
    published = forecast_by(linear_trend(5), known, range(2014, 2018)).population
    np.testing.assert_allclose(made["forecast"].sel(origin=2014, lead=3), published.sel(year=2017), rtol=1e-12)


def test_each_forecast_stands_beside_its_outcome(observed):
    made = backtest(observed, no_change, origins=[2016, 2012], horizon=6)
    assert made["forecast"].dims == made["observed"].dims == ("origin", "lead", "area", "sex", "age")
    assert made["origin"].values.tolist() == [2012, 2016]
    assert made["year"].sel(origin=2016, lead=5).item() == 2021
    np.testing.assert_array_equal(made["observed"].sel(origin=2016, lead=4), observed.population.sel(year=2020))
    assert bool(np.isnan(made["observed"].sel(origin=2016, lead=[5, 6])).all())
    assert bool(made["forecast"].notnull().all())
    expected = observed.population.sel(year=2012).sum(["sex", "age"])
    np.testing.assert_array_equal(made["jump_off"].sel(origin=2012), expected)
    assert score(made).attrs["without_outcome"] == 2 * 3


def test_areas_are_chosen_and_broken_ones_listed(observed):
    flags = xr.DataArray(
        np.zeros((3, 16), dtype=bool), coords={"area": ["A", "B", "C"], "year": observed.population["year"].values}
    )
    flags.loc[{"area": "B", "year": slice(2005, 2009)}] = True
    flagged = Accounts(observed.population.assign_coords(estimated=flags))
    made = backtest(flagged, no_change, origins=ORIGINS, horizon=2)
    assert made["area"].values.tolist() == ["A", "C"]
    assert excluded_areas(made).to_dict("records") == [{"area": "B", "reason": "estimated: 2005-2009"}]
    assert excluded_areas(score(made)).equals(excluded_areas(made))
    chosen = backtest(flagged, no_change, origins=ORIGINS, horizon=2, areas=["C", "A"])
    assert chosen["area"].values.tolist() == ["C", "A"]
    assert excluded_areas(chosen).empty


def test_set_aside_lists_incomplete_estimated_and_broken_areas(observed):
    people = observed.population.where(
        (observed.population["area"] != "A") | ~observed.population["year"].isin([2005, 2007])
    )
    kept = exclude_areas(people, broken={"B": "lost a part in 2020", "9999": "is not here"})
    assert kept["area"].values.tolist() == ["C"]
    assert excluded_areas(kept).to_dict("records") == [
        {"area": "A", "reason": "incomplete: 2005, 2007"},
        {"area": "B", "reason": "broken borders: lost a part in 2020"},
    ]
    # the list goes on to the hindcasts
    made = backtest(Accounts(kept), no_change, origins=ORIGINS, horizon=2)
    assert excluded_areas(made).equals(excluded_areas(kept))
    with pytest.raises(SchemaError, match=r"all 3 areas are set aside; the first is .*incomplete: 2005, 2007"):
        exclude_areas(kept, broken={"C": "it broke"})


def test_draws_of_a_method_are_kept(observed):
    def drawn(known, years, *, sources=None):
        made = no_change(known, years)
        return made.assign(adjustment=made["adjustment"] * xr.DataArray([1.0, 0.999], coords={"draw": [0, 1]}))

    made = backtest(observed, drawn, origins=[2012], horizon=2)
    assert made["forecast"].dims[0] == "draw"
    assert "coverage_80" in score(made)


def test_flows_follow_the_areas(observed):
    births = observed.population.sel(age=0).isel(year=slice(None, -1)).drop_vars("age")
    accounts = Accounts(observed.population, xr.Dataset({"births": births.assign_attrs(units="persons/year")}))
    seen = []

    def curious(known, years, *, sources=None):
        seen.append(known.flows["births"]["area"].values.tolist())
        return no_change(known, years)

    backtest(accounts, curious, origins=[2012], horizon=1, areas=["B"])
    assert seen == [["B"]]


def test_a_bar_can_be_shown(observed, capsys):
    backtest(observed, no_change, origins=ORIGINS, horizon=1, progress=True)
    assert "backtest" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"origins": [2004, 2012]}, "1 are outside the years of the population, 2005 to 2020: 2004"),
        ({"origins": [2021]}, "Choose origins from 2005 to 2019"),
        ({"origins": [2020]}, "2020 is the last observed year, so a forecast from it has no outcome"),
        ({"origins": []}, "at least one, and each once"),
        ({"origins": [2012, 2012]}, "at least one, and each once"),
        ({"horizon": 0}, "horizon: 0 is not a whole number"),
        ({"areas": ["A", "X"]}, "1 of 2 are not in the population: X. It has A, B, C"),
        ({"areas": []}, "0 of 0 are not in the population"),
        ({"method": linear_trend(10, at_least=8)}, r"backtest, origin 2012: linear_trend\(10\): needs 9 years"),
        ({"method": plain_cohort_component}, "origin 2012: plain_cohort_component.*mortality and fertility"),
        ({"sources": sources(first=2015)}, "backtest, origin 2012: mortality: nothing was known before 2012"),
        ({"lag": -1}, "backtest, origin 2012: known_at: lag: -1 is not a whole number"),
        (
            {"method": lambda o, y, **_: no_change(o, y).expand_dims(scenario=["high"])},
            "origin 2012: the method returns scenarios",
        ),
        (
            {"method": lambda o, y, **_: no_change(o, y).isel(year=[0])},
            "origin 2012: method: fertility: 2 labels of dimension year are missing",
        ),
        (
            {"method": lambda o, y, **_: no_change(o, y).isel(area=[0])},
            "origin 2012: method: adjustment: 2 labels of dimension area are missing",
        ),
        (
            {"method": lambda o, y, **_: no_change(o, y).isel(sex=[0])},
            "origin 2012: method: mortality: 1 labels of dimension sex are missing",
        ),
    ],
)
def test_bad_input_is_named_with_its_origin(observed, arguments, words):
    given = {"method": no_change, "origins": ORIGINS, "horizon": 3, **arguments}
    with pytest.raises(SchemaError, match=words):
        backtest(observed, given.pop("method"), **given)


def test_a_population_without_areas_is_refused(observed):
    with pytest.raises(SchemaError, match="no dimension area"):
        backtest(Accounts(observed.population.sel(area="A", drop=True)), no_change, origins=[2012], horizon=1)

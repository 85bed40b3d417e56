"""Arguments of another kind are refused by name: no bare traceback, and no wrong number."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.backtest import backtest, official_hindcasts
from kompaslite.methods import (
    combine,
    forecast_by,
    half_trend,
    hamilton_perry,
    hold_to_total,
    linear_trend,
    no_change,
    plain_cohort_component,
)
from kompaslite.schema import SchemaError
from kompaslite.scoring import Bootstrap, score, shelf_life
from tests.methods.builders import history

OBSERVED = history()
TOTAL = OBSERVED.population.sum(["sex", "age"])


def run(method=no_change, **changes):
    return backtest(OBSERVED, method, **{"origins": [2015, 2016], "horizon": 2, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"origins": 2015}, "origins: 2015 is no sequence of years"),
        ({"origins": None}, "origins: None is no sequence of years"),
        ({"origins": "2015"}, "origins: '2015' is no sequence of years"),
        ({"origins": ["2015"]}, "origins: '2015' is not a whole number"),
        ({"origins": [2015.5]}, r"origins: 2015\.5 is not a whole number"),
        ({"origins": [True]}, "origins: True is not a whole number"),
        ({"horizon": 1.5}, r"horizon: 1\.5 is not a whole number of at least 1"),
        ({"horizon": "3"}, "horizon: '3' is not a whole number"),
        ({"horizon": 0}, "horizon: 0 is not a whole number of at least 1"),
        ({"lag": 0.5}, r"origin 2015: known_at: lag: 0\.5 is not a whole number of at least 0"),
        ({"method": 3}, r"origin 2015: method: a method is a function .* not int"),
    ],
)
def test_backtests(changes, words):
    with pytest.raises(SchemaError, match=words):
        run(**changes)


def test_a_backtest_reads_accounts():
    with pytest.raises(SchemaError, match=r"observed: .*DataArray"):
        backtest(OBSERVED.population, no_change, origins=[2015], horizon=1)


def test_a_fault_of_the_method_itself_says_from_which_origin():
    def broken(observed, years):
        return 1 / (2016 - years[0])

    with pytest.raises(ZeroDivisionError) as caught:
        run(lambda observed, years: broken(observed, years) and no_change(observed, years))
    assert caught.value.__notes__ == ["backtest: the method failed at origin 2016."]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measures": []}, "measures: there are none"),
        ({"by": ("lead", "lead")}, "by: each dimension once; they are lead, lead"),
        ({"bootstrap": 5}, "bootstrap: 5 is no Bootstrap"),
        ({"weights": 0.0 * TOTAL.isel(year=0, drop=True)}, "weights: all are 0"),
    ],
)
def test_scores(changes, words):
    with pytest.raises(SchemaError, match=words):
        score(run(), **changes)


def test_bootstrap_and_shelf_life():
    with pytest.raises(SchemaError, match="resamples: 0 is not a whole number of at least 1"):
        Bootstrap(0)
    with pytest.raises(SchemaError, match=r"level 1\.5 is not between 0 and 1"):
        Bootstrap(level=1.5)
    for wrong in ({"within": 0.0}, {"share": 2.0}, {"within": np.nan}):
        with pytest.raises(SchemaError, match=r"within .* is above 0, and share .* at most 1"):
            shelf_life(run(), **wrong)


@pytest.mark.parametrize(
    ("methods", "weights", "words"),
    [
        (no_change, None, "methods are a list of functions"),
        ({"a": no_change}, None, "methods are a list of functions"),
        ([3, no_change], None, "methods are a list of functions"),
        ([no_change, no_change], {"a": 0.5}, "weights are numbers in the order of the methods"),
        ([no_change, no_change], ["a", "b"], "weights are numbers of at least 0 that sum to 1; they are a, b"),
        ([no_change, no_change], [np.nan, 1.0], "weights are numbers of at least 0 that sum to 1"),
        ([], None, "0 methods"),
    ],
)
def test_combinations(methods, weights, words):
    with pytest.raises(SchemaError, match=words):
        combine(methods, weights=weights)


def test_a_total_is_of_each_area_and_of_nothing_else():
    with pytest.raises(SchemaError, match=r"total: a method or a labelled array .* not int"):
        hold_to_total(no_change, 5)
    whole = TOTAL.sum("area")
    by_sex = OBSERVED.population.sum("age")
    draws = TOTAL * xr.DataArray([1.0, 1.1], coords={"draw": [0, 1]})
    for table, words in ((whole, "area"), (by_sex, "sex"), (draws, "draw")):
        with pytest.raises(SchemaError, match=rf"total: .*{words}"):
            run(hold_to_total(no_change, table))
    place = Accounts(OBSERVED.population.isel(area=0, drop=True))
    last = place.years[-2]
    known = Accounts(place.population.sel(year=slice(None, last)))
    made = forecast_by(hold_to_total(no_change, TOTAL.isel(area=0, drop=True)), known, [last])
    np.testing.assert_allclose(made.population.sum(["sex", "age"]).values[-1], TOTAL.isel(area=0, year=-1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: linear_trend("a"), r"linear_trend\(a\): years: 'a' is not a whole number of at least 1"),
        (lambda: half_trend(1.5), r"half_trend\(1\.5\): years: 1\.5 is not a whole number"),
        (lambda: half_trend(5, at_least=0), "at_least: 0 is not a whole number of at least 1"),
        (lambda: half_trend(5, at_least=6), "at_least 6 must be 1 to 5"),
        (lambda: hamilton_perry(window=0), "hamilton_perry: window: 0 is not a whole number of at least 1"),
        (lambda: hamilton_perry(births_window=2.5), "births_window: 2.5 is not a whole number"),
        (lambda: hamilton_perry(shrink=-1.0), r"shrink -1\.0 is not a number of persons of at least 0"),
        (lambda: plain_cohort_component(window="5"), "window: '5' is not a whole number of at least 1"),
    ],
)
def test_reference_methods(make, words):
    with pytest.raises(SchemaError, match=words):
        make()


def test_official_tables():
    table = TOTAL.expand_dims(origin=[2015])
    for leads in (0, 1.5):
        with pytest.raises(SchemaError, match=f"leads: {leads} is not a whole number of at least 1"):
            official_hindcasts(table, OBSERVED.population, leads=leads)
    with pytest.raises(SchemaError, match=r"observed: a labelled array .* not Accounts"):
        official_hindcasts(table, OBSERVED)

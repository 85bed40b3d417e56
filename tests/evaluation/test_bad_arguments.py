"""Arguments of another kind are refused by name: no bare traceback, and no wrong number."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import (
    Bootstrap,
    ErrorPool,
    backtest,
    empirical_intervals,
    exclude_areas,
    excluded_areas,
    explain_deviation,
    interval_around,
    make_hindcasts,
    official_hindcasts,
    revisions,
    score,
    shelf_life,
    size_class,
    sum_groups,
    sum_over_sex_age,
)
from kompaslite.methods import (
    Sources,
    assumptions_for_path,
    average_methods,
    forecast_by,
    half_trend,
    hamilton_perry,
    linear_trend,
    no_change,
    plain_cohort_component,
    scale_to_total,
)
from kompaslite.schema import SchemaError
from tests.worlds.history import history

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
    def broken(observed, years, *, sources=None):
        return 1 / (2016 - years[0])

    with pytest.raises(ZeroDivisionError) as caught:
        run(lambda observed, years, **_: broken(observed, years) and no_change(observed, years))
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
        average_methods(methods, weights=weights)


def test_a_total_is_of_each_area_and_of_nothing_else():
    with pytest.raises(SchemaError, match=r"total: a method or a labelled array .* not int"):
        scale_to_total(no_change, 5)
    whole = TOTAL.sum("area")
    by_sex = OBSERVED.population.sum("age")
    draws = TOTAL * xr.DataArray([1.0, 1.1], coords={"draw": [0, 1]})
    for table, words in ((whole, "area"), (by_sex, "sex"), (draws, "draw")):
        with pytest.raises(SchemaError, match=rf"total: .*{words}"):
            run(scale_to_total(no_change, table))
    place = Accounts(OBSERVED.population.isel(area=0, drop=True))
    last = place.years[-2]
    known = Accounts(place.population.sel(year=slice(None, last)))
    made = forecast_by(scale_to_total(no_change, TOTAL.isel(area=0, drop=True)), known, [last])
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
        (
            lambda: plain_cohort_component(OBSERVED, [2020], window="5"),
            "window: .5. is not a whole number",
        ),
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


TABLE = xr.DataArray([[1.0], [2.0]], coords={"origin": [2020, 2021], "year": [2022]})
COORDS = {"origin": [2020], "lead": [1], "area": ["A", "B"]}
ONE = xr.DataArray([[[110.0, 990.0]]], coords=COORDS)
STARTS = ONE.isel(lead=0, drop=True)
MADE = make_hindcasts(ONE, ONE * 0.95, STARTS)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: make_hindcasts("a", ONE, STARTS), r"forecast: a labelled array .* not str"),
        (lambda: make_hindcasts(ONE.isel(lead=0), ONE, STARTS), "forecast: dimension lead is missing"),
        (lambda: score(MADE.assign_coords(lead=[0])), "lead: 1 of 1 values are no years after the origin"),
        (lambda: sum_over_sex_age(5), r"hindcasts: a Dataset .* not int"),
        (lambda: sum_over_sex_age(MADE, keep="area"), "keep any of sex, age, age_group, .* not area"),
        (lambda: sum_groups(5), r"sum_groups: a labelled array .* not int"),
        (lambda: sum_groups(ONE), "sum_groups: dimension age is missing"),
        (lambda: size_class(5), r"persons: a labelled array .* not int"),
        (lambda: size_class(-ONE), "persons: 2 of 2 values are not populations of at least 0; the first is -110"),
        (
            lambda: size_class(ONE * np.nan),
            r"persons: 2 of 2 values .*; the first is nan",
        ),
    ],
)
def test_hindcasts_groups_and_classes(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ErrorPool(growth="a"), "growth is a number of at least 0"),
        (lambda: ErrorPool(near_lead=np.nan), "the others are above 0"),
        (lambda: ErrorPool(fewest=2.5), r"fewest: 2\.5 is not a whole number of at least 1"),
        (lambda: empirical_intervals(MADE, quantiles=0.5), r"quantiles: .* they are 0\.5"),
        (lambda: empirical_intervals(MADE, quantiles=["a"]), "quantiles: .* they are a"),
        (lambda: empirical_intervals(MADE, quantiles=[np.nan]), "quantiles: .* they are nan"),
        (lambda: empirical_intervals(MADE, pool=5), r"pool: ErrorPool\(\.\.\.\) is needed, not int"),
        (lambda: interval_around(5, MADE), r"forecast: a labelled array .* not int"),
        (lambda: excluded_areas(5), "excluded: a population, hindcasts or scores are needed, not int"),
        (lambda: exclude_areas(OBSERVED.population, broken=["3201"]), "broken: a mapping is needed"),
        (lambda: exclude_areas(OBSERVED.population, estimated="x"), r"estimated: a labelled array .* not str"),
        (lambda: revisions(TABLE.astype(str)), "forecasts: .*"),
        (lambda: revisions(TABLE, actual=5), r"actual: a labelled array .* not int"),
        (lambda: revisions(TABLE, actual=ONE.isel(lead=0, origin=0)), "actual: .*area"),
    ],
)
def test_intervals_lists_and_revisions(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


@pytest.mark.parametrize("name", ["forecast", "actual", "replanned"])
def test_deviations_are_of_accounts(name):
    given = dict.fromkeys(["forecast", "actual", "replanned"], OBSERVED) | {name: OBSERVED.population}
    with pytest.raises(SchemaError, match=rf"{name}: .*DataArray"):
        explain_deviation(given["forecast"], given["actual"], replanned=given["replanned"])


def test_areas_that_are_not_there_are_not_listed():
    elsewhere = xr.DataArray([True], coords={"area": ["0000"]})
    kept = exclude_areas(OBSERVED.population, estimated=elsewhere, broken={"0001": "merged"})
    assert excluded_areas(kept).empty


def drawn(labels):
    def method(observed, years, *, sources=None):
        made, draws = no_change(observed, years), labels(years[0])
        if not draws:
            return made
        change = made["adjustment"] * xr.DataArray(np.ones(len(draws)), coords={"draw": draws})
        return made.assign(adjustment=change.assign_attrs(made["adjustment"].attrs))

    return method


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"areas": "A"}, r"areas: 'A' is no list of area codes\. Write for example"),
        ({"areas": 5}, "areas: 5 is no list of area codes"),
        ({"areas": ["A", "A"]}, "areas: each once; they are A, A"),
        ({"sources": 5}, r"sources: Sources\(\.\.\.\) is needed, not int"),
        ({"method": drawn(lambda year: [0, 1, 2][: year - 2013])}, "2016: .* 3 draws, 0 to 2, and 2 draws, 0 to 1 at"),
        ({"method": drawn(lambda year: [0] if year == 2015 else [])}, "2016: .* no draws, and 1 draws, 0 to 0 at"),
        (
            {"method": lambda o, y, **_: no_change(o, y).expand_dims(origin=[1])},
            "the method returns scenarios or origins",
        ),
    ],
)
def test_backtests_of_areas_and_draws(changes, words):
    with pytest.raises(SchemaError, match=words):
        run(**changes)


@pytest.mark.parametrize("dim", ["scenario", "draw", "origin"])
def test_a_past_is_one(dim):
    with pytest.raises(SchemaError, match=f"a past has no dimension {dim}"):
        backtest(Accounts(OBSERVED.population.expand_dims({dim: [2000]})), no_change, origins=[2015], horizon=1)


def test_one_year_has_no_outcome():
    once = Accounts(OBSERVED.population.isel(year=[0]))
    for origin in (2005, 2015):
        with pytest.raises(SchemaError, match="known in 2005 only, so no forecast has an outcome"):
            backtest(once, no_change, origins=[origin], horizon=1)


def test_an_area_that_was_set_aside_is_named_with_the_reason():
    kept = exclude_areas(OBSERVED.population, broken={"B": "merged"})
    with pytest.raises(
        SchemaError, match=r"not in the population: B\. .* Set aside before: B \(broken borders: merged\)"
    ):
        backtest(Accounts(kept), no_change, origins=[2015], horizon=1, areas=["B"])


RATES = xr.DataArray([0.1, 0.2], coords={"year": [2020, 2021]})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Sources(nation=OBSERVED.population), "Sources: nation: accounts are needed, not DataArray"),
        (lambda: Sources(mortality=5), r"Sources: mortality: a labelled array .* not int"),
        (lambda: Sources(fertility=RATES.isel(year=0, drop=True)), "Sources: fertility: dimension year is missing"),
        (lambda: Sources(dwellings=RATES), r"Sources: dwellings: a Dataset .* not DataArray"),
        (lambda: Sources(lags=[1]), "lags: years by the name of a source are needed"),
        (lambda: Sources(lags={"mortality": 0.5}), "lags: mortality: 0.5 is not a lag of at least 0 years"),
        (lambda: Sources(lags={"mortality": "1"}), "lags: mortality: 1 is not a lag of at least 0 years"),
        (lambda: Sources(mortality=RATES).known_at("2022"), "year: '2022' is not a whole number"),
        (lambda: forecast_by(no_change, OBSERVED.population, [2020]), "method: observed: accounts are needed"),
        (lambda: forecast_by(no_change, OBSERVED, [2020], sources=5), r"Sources\(\.\.\.\) is needed, not int"),
        (lambda: average_methods([no_change], weights=0.5), "weights are numbers in the order of the methods"),
        (
            lambda: average_methods([no_change, no_change], weights={0.3, 0.7}),
            "weights are numbers in the order of the methods",
        ),
        (lambda: hamilton_perry(shrink="a"), "shrink 'a' is not a number of persons"),
        (lambda: assumptions_for_path(5), r"path: a labelled array .* not int"),
        (lambda: assumptions_for_path(TOTAL), "path: dimension sex, age is missing"),
        (
            lambda: forecast_by(hamilton_perry(), Accounts(OBSERVED.population.sel(sex=["male"])), [2020]),
            "hamilton_perry: population: 1 labels of dimension sex are missing",
        ),
    ],
)
def test_sources_and_methods(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


def test_weights_may_be_an_array():
    made = forecast_by(average_methods([no_change, linear_trend(5)], weights=np.array([0.25, 0.75])), OBSERVED, [2020])
    listed = forecast_by(average_methods([no_change, linear_trend(5)], weights=[0.25, 0.75]), OBSERVED, [2020])
    xr.testing.assert_identical(made.population, listed.population)


@pytest.mark.parametrize("make", [lambda a, b: average_methods([a, b]), scale_to_total])
def test_no_draw_is_dropped_where_methods_meet(make):
    three, two = drawn(lambda _: [0, 1, 2]), drawn(lambda _: [0, 1])
    with pytest.raises(
        SchemaError, match="methods: 1 labels of dimension draw are missing that another of them has: 2"
    ):
        forecast_by(make(three, two), OBSERVED, [2020])
    assert forecast_by(make(three, no_change), OBSERVED, [2020]).population.sizes["draw"] == 3


LATER = TOTAL.assign_coords(year=TOTAL.year + 2)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (xr.concat([LATER, LATER.isel(year=[-1])], "year"), "total: 1 labels of dimension year occur more than once"),
        (LATER.expand_dims(origin=[2020, 2020]), "total: 1 labels of dimension origin occur more than once"),
        (LATER.assign_coords(area=[1, 2, 3]), "total: 3 area codes are not text"),
        (LATER.drop_vars("year"), "total: dimension year has no labels"),
        (LATER.isel(area=[0, 1]), "total: 1 labels of dimension area are missing"),
        (LATER.where(LATER.area != "A"), "total: 2 of 6 values are not counts"),
    ],
)
def test_tables_of_totals(table, words):
    with pytest.raises(SchemaError, match=words):
        forecast_by(scale_to_total(no_change, table), OBSERVED, [2020, 2021])


def test_a_total_is_read_by_label_and_nobody_becomes_nobody():
    turned = LATER.isel(area=[2, 0, 1], year=slice(None, None, -1))
    made = forecast_by(scale_to_total(no_change, turned), OBSERVED, [2020, 2021]).population
    xr.testing.assert_allclose(made.sum(["sex", "age"]).sel(year=[2021, 2022]), LATER.sel(year=[2021, 2022]))
    empty = Accounts(OBSERVED.population.where(OBSERVED.population.area != "A", 0.0))
    with pytest.raises(SchemaError, match=r"structure: 3 totals are of nobody.* the first is at area A"):
        forecast_by(scale_to_total(hamilton_perry(), LATER), empty, [2020, 2021])


VINTAGE = TOTAL.sel(year=slice(2014, 2020)).expand_dims(origin=[2014])


@pytest.mark.parametrize(
    ("table", "observed", "words"),
    [
        (VINTAGE, OBSERVED.population.expand_dims(draw=[0, 1]), "observed: dimension draw is not known here"),
        (VINTAGE, OBSERVED.population.expand_dims(scenario=["a"]), "observed: dimension scenario is not known here"),
        (VINTAGE.expand_dims(draw=[0, 1]), TOTAL, "projections: dimension draw is not known here"),
        (VINTAGE.assign_coords(origin=["2014"]), TOTAL, "projections: the origins are not whole years"),
        (VINTAGE.assign_coords(origin=[2014.0]), TOTAL, "projections: the origins are not whole years"),
        (VINTAGE.assign_coords(area=[1, 2, 3]), TOTAL, "projections: 3 area codes are not text"),
    ],
)
def test_published_tables(table, observed, words):
    with pytest.raises(SchemaError, match=words):
        official_hindcasts(table, observed)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: revisions(xr.Dataset()), "forecasts: this Dataset has no variable forecast"),
        (lambda: revisions(MADE.isel(origin=0)), "forecasts: dimension origin is missing"),
        (lambda: revisions(-TABLE), "forecasts: 2 of 2 values are not counts of at least 0"),
        (lambda: revisions(TABLE.assign_coords(origin=["a", "b"])), "forecasts: the origins are not whole years"),
        (lambda: exclude_areas(OBSERVED.population.isel(area=0, drop=True)), "population: dimension area is missing"),
        (
            lambda: exclude_areas(OBSERVED.population, broken={3201: "merged"}),
            "broken: area codes are text; 3201 is not",
        ),
        (lambda: exclude_areas(OBSERVED.population, estimated=FLAGS.astype(str)), "estimated: flags are true or false"),
        (lambda: exclude_areas(OBSERVED.population, estimated=FLAGS * np.nan), "estimated: flags are true or false"),
    ],
)
def test_vintages_and_areas_set_aside(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


FLAGS = xr.DataArray([False, False, True], coords={"area": ["A", "B", "C"]})


def test_revisions_need_no_library_beyond_those_that_the_package_asks_for():
    code = (
        "import sys; sys.modules['bottleneck'] = sys.modules['numbagg'] = None\n"
        "import numpy as np, xarray as xr, kompaslite as kl\n"
        "table = xr.DataArray([[50.0, np.nan], [np.nan, 7.0], [46.0, 9.0]],"
        " coords={'origin': [2018, 2020, 2022], 'year': [2030, 2031]})\n"
        "found = kl.evaluation.revisions(table)\n"
        "print(found.revision.values.tolist(), found.from_first.values.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert done.strip() == "[[nan, nan], [nan, nan], [-4.0, 2.0]] [[0.0, nan], [nan, 0.0], [-4.0, 2.0]]"


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (np.nan, "forecast: 9 of 9 values are not counts of at least 0; the first is nan at area A, year 2020"),
        (-1.0, "forecast: 9 of 9 values are not counts of at least 0"),
        (
            xr.DataArray([0.0, 1.0, 1.0], coords={"area": ["A", "B", "C"]}),
            "jump-off: 1 of 3 .* the first is 0 at area A",
        ),
        ("text", "forecast: values are of type"),
    ],
)
def test_intervals_are_around_people(factor, words):
    made = sum_over_sex_age(backtest(OBSERVED, linear_trend(5), origins=range(2008, 2020), horizon=3))
    ahead = forecast_by(linear_trend(5), OBSERVED, [2020, 2021]).population.sum(["sex", "age"])
    with pytest.raises(SchemaError, match=words):
        interval_around(ahead.astype(str) if isinstance(factor, str) else ahead * factor, made)

"""Hindcasts from which a number would come that is wrong: refused by name, or put in order by label."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import (
    Bootstrap,
    backtest,
    common_cases,
    empirical_intervals,
    excluded_areas,
    interval_around,
    make_hindcasts,
    score,
    shelf_life,
    size_class,
    sum_over_sex_age,
)
from kompaslite.methods import linear_trend, no_change
from kompaslite.schema import SchemaError
from tests.worlds.history import history

COORDS = {"origin": [2020, 2021], "lead": [1, 2], "area": ["A", "B"]}
PEOPLE = xr.DataArray(np.arange(8.0).reshape(2, 2, 2) + 100.0, coords=COORDS)
MADE = make_hindcasts(PEOPLE, PEOPLE * 0.97, PEOPLE.isel(lead=0, drop=True))
QUANTILES = MADE.assign(forecast=PEOPLE * xr.DataArray([0.9, 1.0, 1.1], coords={"quantile": [0.1, 0.5, 0.9]}))
OBSERVED = history()


def run(method, **changes):
    return backtest(OBSERVED, method, **{"origins": [2012, 2014], "horizon": 2, **changes})


def drawn(*factors):
    return MADE.assign(forecast=PEOPLE * xr.DataArray(list(factors), coords={"draw": np.arange(len(factors))}))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            lambda: MADE.assign(observed=-PEOPLE),
            r"observed: 8 of 8 values are infinite or below 0; the first is -100 at",
        ),
        (lambda: MADE.assign(forecast=-PEOPLE), "forecast: 8 of 8 values are infinite or below 0"),
        (lambda: MADE.assign_coords(origin=["a", "b"]), "labels of dimension origin are not whole years"),
        (lambda: MADE.assign_coords(lead=[0.5, 1.5]), "labels of dimension lead are not whole years"),
        (lambda: MADE.assign(observed=MADE.observed.expand_dims(age=[1])), "no dimension age that its forecast lacks"),
        (lambda: QUANTILES.assign_coords(quantile=[10, 50, 90]), "probabilities between 0 and 1; they are 10, 50, 90"),
        (lambda: QUANTILES.assign_coords(quantile=["a", "b", "c"]), "probabilities between 0 and 1"),
        (lambda: QUANTILES.assign_coords(quantile=[0.9, 0.5, 0.1]), "16 quantiles are below the one before"),
        (lambda: QUANTILES.assign(forecast=QUANTILES.forecast.expand_dims(draw=[0])), "two distributions"),
        (lambda: drawn(1.0, np.nan), "8 forecasts lack some labels of dimension draw; the first is at origin 2020"),
    ],
)
def test_hindcasts_that_cannot_be_scored(made, words):
    with pytest.raises(SchemaError, match=words):
        score(made(), by=())


def test_quantiles_are_read_by_label():
    turned = QUANTILES.isel(quantile=[2, 0, 1])
    measures = ["crps", "mape", "interval_score_80"]
    xr.testing.assert_allclose(score(turned, measures=measures), score(QUANTILES, measures=measures))


def test_when_an_error_was_known_follows_from_origin_and_lead():
    made = sum_over_sex_age(run(no_change, origins=[2008, 2010, 2012, 2014], horizon=5))
    right = empirical_intervals(made)
    for changed in (made.drop_vars("year"), made.assign_coords(year=made["year"] * 0)):
        xr.testing.assert_identical(empirical_intervals(changed), right)


def test_references_are_aligned_by_label():
    mine, other = run(no_change), run(linear_trend(5))
    mine, other = (one.assign(observed=one.observed.where((one.area != "A") | (one.lead < 2))) for one in (mine, other))
    turned = other.isel(area=[2, 0, 1], lead=[1, 0], origin=[1, 0])
    right = score(mine, references={"trend": other}, bootstrap=Bootstrap(20))
    xr.testing.assert_allclose(score(mine, references={"trend": turned}, bootstrap=Bootstrap(20)), right)
    lacking = turned.assign(observed=turned.observed.where(turned.area != "B"))
    with pytest.raises(SchemaError, match="reference trend: 4 of 12 forecasts have an outcome on one side only"):
        score(mine, references={"trend": lacking})


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ({"trend": MADE.assign(observed=PEOPLE)}, "reference trend: 8 of 8 outcomes are not those of the hindcasts"),
        ({"": MADE}, "references: '' is no name"),
        ({1: MADE}, "references: 1 is no name"),
        ([MADE], "references: a mapping of names to hindcasts"),
        (MADE, "references: a mapping of names to hindcasts"),
    ],
)
def test_references(references, words):
    with pytest.raises(SchemaError, match=words):
        score(MADE, references=references)


def test_a_measure_that_a_reference_cannot_have_names_it():
    with pytest.raises(SchemaError, match="reference trend: measures: group_error needs forecasts by age"):
        score(run(no_change), references={"trend": sum_over_sex_age(run(linear_trend(5)))})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: score(MADE, by=5), "5 is no name, nor a list of names"),
        (lambda: score(MADE, measures=5), "5 is no name, nor a list of names"),
        (lambda: score(MADE, measures=[5]), "measures: 5 is not known"),
        (lambda: sum_over_sex_age(MADE, keep=5), "5 is no name, nor a list of names"),
        (lambda: Bootstrap(level="a"), "level 'a' is not between 0 and 1"),
        (lambda: shelf_life(MADE, within="a"), "within 'a' is above 0"),
        (lambda: shelf_life(MADE, by=("origin", "origin")), "each once, not by origin, origin"),
        (lambda: shelf_life(MADE.drop_vars("jump_off"), by="size_class"), "size_class needs the coordinate jump_off"),
        (lambda: size_class(PEOPLE, [0, 1]), "classes: the smallest population by label is needed"),
    ],
)
def test_other_arguments(call, words):
    with pytest.raises(SchemaError, match=words):
        call()


def test_the_shelf_life_reads_leads_by_label():
    made = sum_over_sex_age(run(linear_trend(5), horizon=4))
    assert shelf_life(made.isel(lead=[3, 0, 2, 1]), within=0.01).identical(shelf_life(made, within=0.01))


def test_what_is_compared_keeps_its_draws_and_its_ages():
    three, two = common_cases(drawn(0.9, 1.0, 1.1), drawn(0.9, 1.1))
    assert (three.sizes["draw"], two.sizes["draw"]) == (3, 2)
    by_age = run(no_change)
    for part, words in ((by_age.isel(age=slice(50)), "51 labels of dimension age"), (by_age.isel(sex=[0]), "sex")):
        with pytest.raises(SchemaError, match=f"hindcasts, number 2: .*{words}"):
            common_cases(by_age, part)
    with pytest.raises(SchemaError, match="common_cases: the hindcasts share no origin, lead or area"):
        common_cases(MADE, MADE.assign_coords(area=["X", "Y"]))


def test_areas_that_are_not_compared_are_listed():
    made = run(no_change)
    left, right = common_cases(made.sel(area=["A", "B"]), made.sel(area=["C", "B"]))
    reason = "not in all of the hindcasts compared"
    for one in (left, right, score(left)):
        assert excluded_areas(one).to_dict("records") == [
            {"area": "A", "reason": reason},
            {"area": "C", "reason": reason},
        ]


@pytest.mark.parametrize("dtype", ["float16", "uint16", "int16", "float32"])
def test_scores_of_narrow_numbers_are_those_of_wide_ones(dtype):
    people = (PEOPLE * 300.0).round().astype(dtype)
    made = make_hindcasts(people, (people * 0.9).astype(dtype), people.isel(lead=0, drop=True))
    wide = make_hindcasts(*(one.astype(float) for one in (made.forecast, made.observed, made.jump_off)))
    found, right = (score(one, by=()) for one in (made, wide))
    for measure in ("mape", "wape", "bias", "rmse"):
        assert np.isfinite(found[measure])
        assert float(found[measure]) == float(right[measure])


def test_a_method_cannot_change_the_history_it_is_given():
    seen = []

    def writes(observed, years, *, sources=None):
        seen.append(sorted(map(str, observed.population.coords)) + sorted(observed.population.attrs))
        with pytest.raises(ValueError, match="read-only"):
            observed.population.values[...] = 0.0
        for flow in observed.flows.data_vars.values():
            with pytest.raises(ValueError, match="read-only"):
                flow.values[...] = 0.0
        return no_change(observed, years, sources=sources)

    future = OBSERVED.population.assign_coords(
        later=("year", OBSERVED.population.isel(area=0).sum(["sex", "age"]).values)
    )
    marked = Accounts(future.assign_attrs(outcome=[1, 2, 3]), OBSERVED.flows)
    before = marked.population.copy(deep=True)
    found = backtest(marked, writes, origins=[2012], horizon=2)
    xr.testing.assert_identical(marked.population, before)
    xr.testing.assert_equal(found.forecast, run(no_change, origins=[2012]).forecast)
    assert seen == [["age", "area", "sex", "year", "units"]]


@pytest.mark.parametrize("dims", [[], ["area"]])
def test_an_interval_around_one_year_is_refused_in_words(dims):
    made = MADE.assign_coords(jump_off=MADE.jump_off)
    one = xr.DataArray([100.0, 200.0], coords={"area": ["A", "B"]}, dims=["area"]).assign_coords(year=2028)
    with pytest.raises(
        SchemaError, match=r"forecast: dimensions are area, year with the jump-off and the years after it"
    ):
        interval_around(one if dims else one.isel(area=0), made)

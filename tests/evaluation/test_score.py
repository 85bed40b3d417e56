"""Scores against the `scores` package, naive loops, and the text of the errors."""

import numpy as np
import pytest
import scores.continuous
import xarray as xr

from kompaslite.evaluation import Bootstrap, common_cases, make_hindcasts, score
from kompaslite.evaluation.groups import SIZE_CLASSES, size_class, sum_groups
from kompaslite.schema import SchemaError
from tests.worlds.hindcasts import AREAS, by_age, totals, with_draws


@pytest.fixture
def hindcasts():
    return totals()


def pooled(hindcasts, lead):
    """Pairs of one lead that have an outcome."""
    one = hindcasts.sel(lead=lead)
    return one["forecast"].where(one["observed"].notnull()), one["observed"]


def test_point_errors_equal_those_of_scores(hindcasts):
    found = score(hindcasts)
    for lead in (1, 3, 4):
        forecast, observed = pooled(hindcasts, lead)
        here = found.sel(lead=lead)
        assert float(here["rmse"]) == pytest.approx(float(scores.continuous.rmse(forecast, observed)))
        relative = scores.continuous.mae(forecast / observed, observed / observed)
        assert float(here["mape"]) == pytest.approx(100 * float(relative))
        share = scores.continuous.mae(forecast, observed) / observed.mean()
        assert float(here["wape"]) == pytest.approx(100 * float(share))
        assert float(here["bias"]) == pytest.approx(float(scores.continuous.pbias(forecast, observed)))


def test_pairs_without_outcome_are_left_out_and_counted(hindcasts):
    found = score(hindcasts)
    # outcomes end in 2021: origins 2016-2018 have 3, 3, 3, 2 pairs at leads 1-4, for six areas
    assert found["count"].values.tolist() == [18, 18, 18, 12]
    assert found.attrs["without_outcome"] == 6
    assert score(hindcasts, by=())["count"].item() == 66


def test_group_error_equals_a_naive_loop():
    hindcasts = by_age()
    groups = ["0", "1-5", "6-66", "67+"]
    found = score(hindcasts, measures="group_error", groups=groups)
    apart, people = hindcasts["forecast"] - hindcasts["observed"], hindcasts["observed"]
    for lead in (1, 2):
        values = []
        for origin in (2016, 2017):
            for area in AREAS:
                cell = {"origin": origin, "lead": lead, "area": area}
                error = apart.sel(cell).sum("sex").values
                parts = (error[:1], error[1:6], error[6:67], error[67:])
                values.append(sum(abs(part.sum()) for part in parts) / float(people.sel(cell).sum()))
        assert float(found["group_error"].sel(lead=lead)) == pytest.approx(100 * np.mean(values))


def test_coverage_and_crps_of_draws_equal_naive_figures():
    hindcasts = with_draws()
    found = score(hindcasts, by=(), measures=["coverage_80", "crps", "interval_score_80"])
    covered, crps, width = [], [], []
    for origin in hindcasts["origin"].values:
        for lead in hindcasts["lead"].values:
            for area in AREAS:
                cell = hindcasts.sel(origin=origin, lead=lead, area=area)
                seen, draws = float(cell["observed"]), cell["forecast"].values
                if np.isnan(seen):
                    continue
                low, high = np.quantile(draws, [0.1, 0.9])
                covered.append(low <= seen <= high)
                apart = np.abs(draws[:, None] - draws[None]).mean() / 2
                crps.append((np.abs(draws - seen).mean() - apart) / seen)
                width.append((high - low + 10 * (max(low - seen, 0) + max(seen - high, 0))) / seen)
    assert float(found["coverage_80"]) == pytest.approx(100 * np.mean(covered))
    assert float(found["crps"]) == pytest.approx(100 * np.mean(crps))
    assert float(found["interval_score_80"]) == pytest.approx(100 * np.mean(width))


def test_quantiles_score_as_the_draws_that_they_come_from():
    hindcasts = with_draws(draws=400)
    levels = np.linspace(0.005, 0.995, 199)
    quantiles = hindcasts["forecast"].quantile(levels, dim="draw")
    as_quantiles = make_hindcasts(quantiles, hindcasts["observed"], hindcasts["jump_off"])
    mine, theirs = (score(one, by=(), measures=["crps", "mape"]) for one in (as_quantiles, hindcasts))
    assert float(mine["crps"]) == pytest.approx(float(theirs["crps"]), rel=0.01)
    assert float(mine["mape"]) == pytest.approx(float(theirs["mape"]), rel=1e-9)


def test_size_class_takes_the_population_at_the_origin(hindcasts):
    found = score(hindcasts, by=("lead", "size_class"))
    assert found["mape"].dims == ("lead", "size_class")
    small = hindcasts.sel(area=["A", "B"])
    expected = score(small)["mape"]
    np.testing.assert_allclose(found["mape"].sel(size_class="under 3,000"), expected)
    assert found["count"].sel(lead=1).values.tolist() == [6, 3, 3, 3, 3]


def test_by_origin_and_area_is_each_pair_alone(hindcasts):
    found = score(hindcasts, by=("origin", "lead", "area"), measures="mape")["mape"]
    expected = 100 * abs(hindcasts["forecast"] / hindcasts["observed"] - 1)
    xr.testing.assert_allclose(found.drop_attrs(), expected.reset_coords(drop=True))


def test_by_age_group_sums_ages_first():
    hindcasts = by_age()
    found = score(hindcasts, by=("lead", "age_group"), measures="wape", groups=["0-66", "67+"])
    old = hindcasts.sel(age=slice(67, None)).sum(["sex", "age"])
    expected = (
        100 * abs(old["forecast"] - old["observed"]).sum(["origin", "area"]) / old["observed"].sum(["origin", "area"])
    )
    np.testing.assert_allclose(found["wape"].sel(age_group="67+"), expected)


def test_weights_are_those_of_a_weighted_mean(hindcasts):
    weights = xr.DataArray([1.0, 0, 2, 0, 0, 3], coords={"area": AREAS})
    found = score(hindcasts, measures="mape", weights=weights)["mape"]
    each = 100 * abs(hindcasts["forecast"] / hindcasts["observed"] - 1)
    xr.testing.assert_allclose(
        found.drop_attrs(), each.weighted(weights).mean(["origin", "area"]).reset_coords(drop=True)
    )


def test_skill_is_one_less_the_quotient_and_zero_against_itself(hindcasts):
    other = totals(seed=9).assign(observed=hindcasts["observed"])
    found = score(hindcasts, references={"self": hindcasts, "other": other})
    np.testing.assert_allclose(found["mape_skill"].sel(reference="self"), 0, atol=1e-12)
    expected = 1 - score(hindcasts)["mape"] / score(other)["mape"]
    np.testing.assert_allclose(found["mape_skill"].sel(reference="other"), expected)
    assert "bias_skill" not in found
    np.testing.assert_allclose(found["bias_difference"].sel(reference="other"), found["bias"] - score(other)["bias"])


def test_bootstrap_draws_whole_areas(hindcasts):
    found = score(hindcasts, measures="wape", bootstrap=Bootstrap(resamples=200, seed=3))
    assert found["estimate"].values.tolist() == ["value", "lower", "upper"]
    np.testing.assert_allclose(found["wape"].sel(estimate="value"), score(hindcasts)["wape"])
    rng, naive = np.random.default_rng(3), []
    counts = rng.multinomial(6, np.full(6, 1 / 6), size=200)
    for row in counts:
        picked = hindcasts.sel(lead=1).isel(area=np.repeat(np.arange(6), row))
        error, seen = abs(picked["forecast"] - picked["observed"]), picked["observed"]
        naive.append(100 * float(error.sum() / seen.sum()))
    np.testing.assert_allclose(found["wape"].sel(lead=1, estimate="lower"), np.quantile(naive, 0.025))
    np.testing.assert_allclose(found["wape"].sel(lead=1, estimate="upper"), np.quantile(naive, 0.975))


def test_bootstrap_of_a_difference_is_paired(hindcasts):
    # the same forecasts, all a little worse: each resample shows the difference, so the interval excludes zero
    worse = hindcasts.assign(forecast=hindcasts["observed"] + 1.1 * (hindcasts["forecast"] - hindcasts["observed"]))
    worse["forecast"] = worse["forecast"].fillna(hindcasts["forecast"])
    found = score(hindcasts, references={"worse": worse}, bootstrap=Bootstrap(resamples=100))
    assert bool((found["mape_difference"].sel(estimate="upper") < 0).all())


def test_a_class_that_no_resample_holds_has_no_interval_but_a_value(hindcasts):
    found = score(hindcasts, by="size_class", measures="mape", bootstrap=Bootstrap(resamples=1, seed=0))
    assert bool(found["mape"].sel(estimate="value").notnull().all())


def test_units_are_said(hindcasts):
    found = score(hindcasts, references={"self": hindcasts})
    assert found["mape"].attrs["units"] == "per cent"
    assert found["rmse_difference"].attrs["units"] == "persons"
    assert found["mape_skill"].attrs["units"] == "ratio"


def test_common_leaves_what_all_forecast(hindcasts):
    fewer = hindcasts.sel(area=AREAS[:4], lead=[1, 2])
    fewer = fewer.assign(forecast=fewer["forecast"].where(fewer["area"] != "B"))
    mine, theirs = common_cases(hindcasts, fewer)
    assert mine["area"].values.tolist() == AREAS[:4]
    assert score(mine)["count"].values.tolist() == score(theirs)["count"].values.tolist() == [9, 9]
    score(mine, references={"fewer": theirs})


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (lambda h: h.drop_vars("observed"), {}, "variable observed is missing"),
        (lambda h: h.isel(area=0, drop=True), {}, "dimension area is missing"),
        (lambda h: h.rename(lead="step"), {}, "dimension lead is missing"),
        (lambda h: h.expand_dims(scenario=["x"]), {}, "dimension scenario is not known here"),
        (lambda h: h.assign(observed=h["observed"] * np.nan), {}, "no forecast has an outcome"),
        (lambda h: h.assign(forecast=h["forecast"] * np.inf), {}, "72 values are infinite"),
        (lambda h: h, {"by": "month"}, "by: month is not known"),
        (lambda h: h, {"by": "age"}, "no dimension age"),
        (lambda h: h, {"measures": "mae"}, "'mae' is not known"),
        (lambda h: h, {"measures": "group_error"}, "these are of totals only"),
        (lambda h: h, {"measures": "crps"}, "no dimension quantile or draw"),
        (lambda h: h, {"measures": "coverage_80"}, "Give it one with empirical_intervals"),
        (lambda h: h.drop_vars("jump_off"), {"by": "size_class"}, "needs the coordinate jump_off"),
        (lambda h: h, {"by": "area", "bootstrap": Bootstrap()}, "no interval by area"),
        (
            lambda h: h,
            {"weights": xr.DataArray([1.0], coords={"area": ["A"]})},
            "5 labels of dimension area are missing",
        ),
        (lambda h: h, {"weights": xr.DataArray([1.0], coords={"age": [0]})}, "dimension age is not origin"),
        (lambda h: h, {"references": {"short": totals(leads=(1, 2))}}, "reference short: 2 labels of dimension lead"),
        (lambda h: h, {"references": {"cut": totals(last=2020)}}, "reference cut: 12 of 72 forecasts"),
    ],
)
def test_bad_input_is_named(hindcasts, change, arguments, words):
    with pytest.raises(SchemaError, match=words):
        score(change(hindcasts), **arguments)


def test_outcomes_of_zero_have_no_percentage_but_a_weighted_error(hindcasts):
    empty = hindcasts.assign(observed=hindcasts["observed"].where(hindcasts["area"] != "A", 0.0))
    with pytest.raises(SchemaError, match=r"mape: 12 of 72 outcomes are 0.*first is at origin 2016, lead 1, area A"):
        score(empty)
    assert float(score(empty, by=(), measures="wape")["wape"]) > 0


def test_quantiles_of_ages_are_not_summed():
    hindcasts = by_age()
    quantiles = hindcasts["forecast"].expand_dims(quantile=[0.1, 0.5, 0.9])
    with pytest.raises(SchemaError, match="do not add to quantiles of their sum"):
        score(make_hindcasts(quantiles, hindcasts["observed"], hindcasts["jump_off"]), measures="wape")


def test_missing_quantiles_are_named(hindcasts):
    quantiles = hindcasts["forecast"].expand_dims(quantile=[0.25, 0.75])
    made = make_hindcasts(quantiles, hindcasts["observed"], hindcasts["jump_off"])
    with pytest.raises(SchemaError, match=r"quantile 0\.5 is missing; there are 0\.25, 0\.75"):
        score(made, measures="mape")


@pytest.mark.parametrize("arguments", [{"resamples": 0}, {"level": 1.0}, {"resamples": "many"}])
def test_a_bootstrap_without_meaning_is_refused(arguments):
    with pytest.raises(SchemaError, match="Bootstrap"):
        Bootstrap(**arguments)


def test_group_error_has_no_value_by_age():
    with pytest.raises(SchemaError, match="no value by age"):
        score(by_age(), by="age", measures="group_error")


def test_groups_that_leave_ages_out_are_refused_by_group_error():
    with pytest.raises(SchemaError, match="in no group"):
        score(by_age(), measures="group_error", groups=["0-5"])


def test_size_classes_include_their_smallest_population():
    found = size_class(xr.DataArray([0, 2_999, 3_000, 50_000], dims="area")).values.tolist()
    labels = list(SIZE_CLASSES)
    assert found == [labels[0], labels[0], labels[1], labels[4]]
    with pytest.raises(SchemaError, match="ascend from 0"):
        size_class(xr.DataArray([1.0], dims="area"), {"some": 5})


def test_a_missing_age_makes_its_group_missing():
    people = xr.DataArray([1.0, np.nan, 3.0], coords={"age": [0, 1, 2]})
    np.testing.assert_array_equal(sum_groups(people, ["0-1", "2+"]), [np.nan, 3.0])


def test_what_is_no_hindcasts_is_refused(hindcasts):
    with pytest.raises(
        SchemaError, match=r"hindcasts: a Dataset \(xarray.Dataset\) of variables is needed, not NoneType"
    ):
        common_cases(None)
    with pytest.raises(SchemaError, match="common_cases: there are no hindcasts"):
        common_cases()
    with pytest.raises(SchemaError, match=r"hindcasts.forecast: values are of type <U"):
        score(hindcasts.astype(str))

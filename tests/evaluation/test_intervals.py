"""Empirical intervals: from errors known at the origin, calibrated where errors repeat."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.evaluation import (
    ErrorPool,
    empirical_intervals,
    interval_around,
    make_hindcasts,
    score,
    sum_groups,
    sum_over_sex_age,
)
from kompaslite.evaluation.error_pool import weighted_quantiles
from kompaslite.schema import SchemaError
from tests.worlds.hindcasts import by_age

ORIGINS = list(range(2000, 2020))
LEADS = [1, 2, 3, 4, 5]


def walks(*, areas=60, seed=4, last=2020, spread=0.01):
    """No-change hindcasts of populations that walk at random; errors grow with the root of the lead."""
    rng = np.random.default_rng(seed)
    codes = [f"a{i:02d}" for i in range(areas)]
    size = np.exp(rng.uniform(np.log(1e3), np.log(1e5), areas))
    path = size * np.exp(np.cumsum(rng.normal(0, spread, (40, areas)), 0))
    path = xr.DataArray(path, coords={"year": range(1995, 2035), "area": codes})
    start = path.sel(year=ORIGINS).rename(year="origin")
    target = xr.DataArray(np.add.outer(ORIGINS, LEADS), coords={"origin": ORIGINS, "lead": LEADS})
    observed = path.sel(year=target).drop_vars("year")
    forecast = start.expand_dims(lead=LEADS).transpose("origin", "lead", "area")
    return make_hindcasts(forecast, observed.where(target <= last), start)


@pytest.fixture(scope="module")
def hindcasts():
    return walks()


def test_intervals_cover_what_they_say(hindcasts):
    made = empirical_intervals(hindcasts).sel(origin=slice(2006, None))
    found = score(made, measures=["coverage_80", "coverage_95"])
    # 60 areas x 10-14 origins that overlap: two to three points of chance
    assert abs(found["coverage_80"].values - 80).max() < 5
    assert abs(found["coverage_95"].values - 95).max() < 3


def test_only_errors_known_at_the_origin_count(hindcasts):
    origin = 2010
    rng = np.random.default_rng(0)
    noise = xr.DataArray(rng.uniform(0.5, 2.0, hindcasts["observed"].shape), dims=hindcasts["observed"].dims)
    spoilt = hindcasts.assign(
        observed=hindcasts["observed"].where(hindcasts["year"] <= origin, hindcasts["observed"] * noise)
    )
    seen, blind = (empirical_intervals(one)["forecast"].sel(origin=slice(None, origin)) for one in (hindcasts, spoilt))
    np.testing.assert_array_equal(seen.values, blind.values)
    later = (empirical_intervals(one)["forecast"].sel(origin=slice(origin + 1, None)) for one in (hindcasts, spoilt))
    assert not np.array_equal(*(one.values for one in later))


def test_the_first_origin_knows_nothing_and_leads_unseen_follow_the_growth(hindcasts):
    found = empirical_intervals(hindcasts, quantiles=[0.1, 0.5, 0.9])
    assert found.attrs["without_interval"] == [2000]
    # 60 areas: in 2001 one error each, in 2002 two of the first origin and one of the second
    assert found["known_errors"].sel(origin=[2000, 2001, 2002]).values.tolist() == [0, 60, 180]
    made = found["forecast"]
    assert bool(made.sel(origin=2000).isnull().all())
    # on 1 January 2001 errors of lead 1 only are known: other leads are wider by the root of the lead
    second = made.sel(origin=2001) / hindcasts["forecast"].sel(origin=2001)
    width = second.sel(quantile=0.9) - 1.0
    np.testing.assert_allclose(width.sel(lead=4), 2.0 * width.sel(lead=1))
    np.testing.assert_allclose(second.sel(quantile=0.1), 2.0 - second.sel(quantile=0.9))
    np.testing.assert_allclose(made.sel(quantile=0.5), hindcasts["forecast"].where(made.sel(quantile=0.5).notnull()))


def test_areas_of_like_size_speak_for_each_other():
    quiet, loud = walks(areas=30, seed=1, spread=0.005), walks(areas=30, seed=2, spread=0.05)
    small = {name: loud[name] / 1e2 for name in ("forecast", "observed")}
    small = make_hindcasts(small["forecast"], small["observed"], loud["jump_off"] / 1e2)
    small = small.assign_coords(area=[f"b{i:02d}" for i in range(30)])
    both = xr.concat([small, quiet], dim="area", coords="different", compat="equals")
    made = empirical_intervals(both, quantiles=[0.9])["forecast"].sel(quantile=0.9, origin=2015, lead=1)
    wide = made / both["forecast"].sel(origin=2015, lead=1) - 1
    largest = quiet["jump_off"].sel(origin=2015).idxmax("area").item()
    assert float(wide.sel(area="b00")) > 4 * float(wide.sel(area=largest))


def test_an_interval_around_the_future_continues_that_of_the_hindcasts(hindcasts):
    years = range(2020, 2031)
    people = xr.DataArray(
        np.ones((60, 11)) * hindcasts["jump_off"].sel(origin=2019).values[:, None],
        coords={"area": hindcasts["area"].values, "year": years},
        attrs={"units": "persons"},
    )
    found = interval_around(people, hindcasts, quantiles=[0.1, 0.9])
    assert found.dims == ("quantile", "area", "year")
    assert found["year"].values.tolist() == list(range(2021, 2031))
    assert found.attrs["units"] == "persons"
    width = (found.sel(quantile=0.9) - found.sel(quantile=0.1)) / people.sel(year=found["year"]) / 2
    # a walk of 1 % a year: 1.28 % at lead 1, 4.05 % at lead 10
    assert float(width.sel(year=2021).mean()) == pytest.approx(0.0128, rel=0.1)
    assert float(width.sel(year=2030).mean()) == pytest.approx(0.0405, rel=0.15)


def test_age_groups_have_intervals_of_their_own():
    hindcasts = by_age()
    grouped = sum_over_sex_age(hindcasts.map(sum_groups, keep_attrs=True, groups=["0-19", "20+"]), keep=["age_group"])
    few = ErrorPool(fewest=1)
    made = empirical_intervals(grouped, quantiles=[0.1, 0.5, 0.9], pool=few)
    width = made["forecast"].sel(origin=2017, quantile=0.9) / grouped["forecast"].sel(origin=2017)
    # fewer ages, larger relative errors
    assert float(width.sel(age_group="0-19").mean()) > float(width.sel(age_group="20+").mean())
    single = empirical_intervals(grouped.sel(age_group=["20+"]), quantiles=[0.1, 0.5, 0.9], pool=few)
    xr.testing.assert_allclose(single["forecast"], made["forecast"].sel(age_group=["20+"]))


def test_a_quantile_below_nobody_is_nobody(hindcasts):
    wild = hindcasts.assign(observed=hindcasts["observed"] * 3.0)
    made = empirical_intervals(wild, quantiles=[0.01, 0.99])["forecast"]
    assert float(made.min()) == 0.0


def test_weighted_quantiles_without_weights_are_the_usual_ones():
    values = np.sort(np.random.default_rng(2).normal(size=50))
    levels = np.array([0.1, 0.5, 0.93])
    found = weighted_quantiles(values, np.ones((1, 50)), levels)[0]
    np.testing.assert_allclose(found, np.quantile(values, levels, method="hazen"))
    doubled = weighted_quantiles(values, np.r_[np.ones(25), np.zeros(25)][None], levels)[0]
    np.testing.assert_allclose(doubled, np.quantile(values[:25], levels, method="hazen"), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (lambda h: h, {"quantiles": [0.9, 0.1]}, "numbers that ascend between 0 and 1"),
        (lambda h: h, {"quantiles": [0.0, 0.5]}, "numbers that ascend between 0 and 1"),
        (lambda h: h.drop_vars("jump_off"), {}, "the coordinate jump_off"),
        (lambda h: h.assign(forecast=h["forecast"] * 0.0), {}, "6,000 forecasts are 0"),
        (
            lambda h: h.isel(origin=[0, 1], area=[0, 1]),
            {},
            "20 errors must be known, and at no origin are there more than 2",
        ),
        (lambda h: h.assign(forecast=h["forecast"].expand_dims(draw=[0, 1])), {}, "an interval already, by draw"),
    ],
)
def test_hindcasts_that_do_not_fit_are_named(hindcasts, change, arguments, words):
    with pytest.raises(SchemaError, match=words):
        empirical_intervals(change(hindcasts), **arguments)


def test_forecasts_that_do_not_fit_are_named(hindcasts):
    people = xr.DataArray(np.ones((2, 2)), coords={"area": ["a00", "a01"], "year": [2000, 2001]})
    with pytest.raises(SchemaError, match="0 errors are known on 1 January 2000, which are too few"):
        interval_around(people, hindcasts)
    with pytest.raises(SchemaError, match="Sum it, or score hindcasts by the same; keep"):
        interval_around(people.expand_dims(age=[0]), hindcasts)


@pytest.mark.parametrize("arguments", [{"growth": -1.0}, {"near_lead": 0.0}, {"near_size": 0.0}, {"fewest": 0}])
def test_pools_without_meaning_are_refused(arguments):
    with pytest.raises(SchemaError, match="ErrorPool"):
        ErrorPool(**arguments)

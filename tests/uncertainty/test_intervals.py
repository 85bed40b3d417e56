"""Intervals: from draws where there are any, else from past errors, and both say which."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.engine import project
from kompaslite.evaluation import interval_around, make_hindcasts
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.sample import assumptions_of
from kompaslite.uncertainty.intervals import interval_table, intervals, summarise
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary
from tests.uncertainty.test_summary import GROUPS
from tests.worlds.country import AGES, AREAS


def some_hindcasts():
    rng = np.random.default_rng(4)
    labels = {"origin": range(2016, 2026), "lead": range(1, 6), "area": AREAS, "sex": ["female", "male"], "age": AGES}
    forecast = xr.DataArray(np.full([len(one) for one in labels.values()], 100.0), coords=labels)
    errors = 1.0 + 0.02 * rng.standard_normal((10, 5, 4, 1, 1)) * np.sqrt(np.arange(1, 6))[:, None, None, None]
    year = forecast["origin"] + forecast["lead"]
    observed = (forecast * errors).where(year <= 2026)
    return make_hindcasts(forecast, observed, (forecast.isel(lead=0, drop=True)).sum(["sex", "age"]))


@pytest.fixture
def with_draws(small):
    return project(small.people, assumptions_of(small.futures))


def test_draws_in_memory_are_summarised_as_a_run_would(small, with_draws):
    kept = Reduce(groups=GROUPS, exceeds={"full": ("6-12", 1800.0)}, keep_draws=True)
    found = summarise(with_draws, reduce=kept)
    expected = project_summary(small.people, small.futures, reduce=kept)
    assert set(found.data_vars) == set(expected.data_vars)
    for name in found.data_vars:
        xr.testing.assert_allclose(found[name], expected[name], rtol=1e-12)
        assert found[name].dims == expected[name].dims
    assert found.attrs["kind"] == "draws"


def test_intervals_come_from_draws_where_there_are_any(with_draws):
    found = intervals(with_draws, groups=GROUPS)
    assert found.attrs["kind"] == "draws"
    assert found["quantiles"].attrs["label"] == "interval from draws of the assumptions, 130 draws"
    assert found["quantile"].values.tolist() == [0.025, 0.1, 0.5, 0.9, 0.975]


def test_intervals_come_from_past_errors_else(small):
    forecast = project(small.people, small.baseline)
    hindcasts = some_hindcasts()
    found = intervals(forecast, hindcasts=hindcasts, groups=GROUPS)
    label = "interval from past errors of the method, 10 origins 2016-2025"
    assert found.attrs == {"kind": "empirical", "label": label}
    assert found["quantiles"].attrs == {"kind": "empirical", "label": label, "units": "persons"}
    assert found["quantiles"].dims == ("quantile", "area", "age_group", "year")
    assert found["age_group"].values.tolist() == [*GROUPS, "total"]
    middle = forecast.population.sum(["sex", "age"])
    total = found["quantiles"].sel(age_group="total", drop=True)
    np.testing.assert_allclose(total.sel(quantile=0.5), middle)
    assert (total.sel(year=2026).max("quantile") == total.sel(year=2026).min("quantile")).all()
    around = interval_around(middle, hindcasts.sum(["sex", "age"], skipna=False), quantiles=(0.1, 0.9))
    xr.testing.assert_allclose(total.sel(quantile=[0.1, 0.9], year=around["year"]), around)
    width = (total.sel(quantile=0.9) - total.sel(quantile=0.1)) / middle
    assert (width.diff("year") > 0.0).all()


def test_without_draws_or_hindcasts_there_is_no_interval(small):
    forecast = project(small.people, small.baseline)
    with pytest.raises(SchemaError, match=r"the forecast has no draws.* Give hindcasts=backtest\(\.\.\.\)"):
        intervals(forecast)
    with pytest.raises(SchemaError, match="hindcasts: sex is missing"):
        intervals(forecast, hindcasts=some_hindcasts().sum("sex", skipna=False))
    with pytest.raises(SchemaError, match="forecast: dimension draw is missing"):
        summarise(forecast)
    with pytest.raises(SchemaError, match="regions are for project_summary"):
        summarise(forecast.population.expand_dims(draw=[0]), reduce=Reduce(groups=GROUPS, regions={"all": None}))


def test_table_says_in_every_row_what_the_interval_rests_on(small, with_draws):
    empirical = intervals(project(small.people, small.baseline), hindcasts=some_hindcasts(), groups=GROUPS)
    for summary, kind in ((intervals(with_draws, groups=GROUPS), "draws"), (empirical, "empirical")):
        table = interval_table(summary, level=0.8)
        assert set(table["kind"]) == {kind}
        assert (table["level"] == 0.8).all()
        assert (table["low"] <= table["median"]).all()
        assert (table["median"] <= table["high"]).all()
        assert len(table) == 4 * 4 * 7
    with pytest.raises(SchemaError, match=r"the quantile 0\.05, 0\.95 is not in the summary"):
        interval_table(empirical, level=0.9)

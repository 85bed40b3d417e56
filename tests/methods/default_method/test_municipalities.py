"""The default method on real municipalities, beside Statistics Norway's projection of 2016."""

import numpy as np
import pytest

from kompaslite.evaluation import backtest, common_cases, official_hindcasts, score, sum_over_sex_age
from kompaslite.methods import default, half_trend

#: Measured by `benchmarks/skill.py`; a change of a hundredth is a change of the method.
MAPE = {1: 0.75, 3: 1.41, 5: 2.33, 10: 3.38}
WAPE = {1: 0.40, 3: 1.16, 5: 1.69, 10: 2.88}


@pytest.fixture(scope="module")
def observed(shared):
    assert shared.is_dir()
    from benchmarks.municipalities import read_population

    return read_population()


@pytest.fixture(scope="module")
def sources(shared):
    assert shared.is_dir()
    from benchmarks.municipalities import read_sources

    return read_sources()


def test_from_2016_it_is_nearer_than_the_official_projection_at_every_lead(observed, sources):
    from benchmarks.municipalities import read_official_2016

    made = sum_over_sex_age(backtest(observed, default, origins=[2016], horizon=10, sources=sources))
    published = official_hindcasts(read_official_2016(), observed.population, leads=10)
    ours, theirs = (score(one, measures=["mape", "wape"]) for one in common_cases(made, published))
    for name, figures in (("mape", MAPE), ("wape", WAPE)):
        assert bool((ours[name] < theirs[name]).all()), name
        np.testing.assert_allclose(ours[name].sel(lead=list(figures)), list(figures.values()), atol=0.008)


def test_a_small_county_alone_is_forecast_better_than_by_half_its_trend(observed, sources):
    telemark = [code for code in observed.population["area"].values.tolist() if code.startswith("40")]
    arguments = {"origins": [2011, 2014], "horizon": 8, "areas": telemark}
    ours = backtest(observed, default, sources=sources, **arguments)
    trend = backtest(observed, half_trend(10, at_least=1), **arguments)
    found = score(ours, measures=["mape", "group_error"], by=(), references={"half_trend": trend})
    assert float(found["mape_difference"].squeeze()) < -0.1
    assert float(found["group_error_difference"].squeeze()) < -2.0

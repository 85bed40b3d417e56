"""The scoring rules against the `scores` package and against naive loops."""

import numpy as np
import pytest
import scores.continuous
import scores.probability
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kompaslite.evaluation.measures import (
    crps_of_draws,
    crps_of_quantiles,
    inside,
    interval_score,
    pinball,
    resampling_weights,
)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_crps_of_draws_equals_that_of_scores(rng):
    draws, observed = rng.normal(10, 2, (40, 25)), rng.normal(10, 3, 40)
    theirs = scores.probability.crps_for_ensemble(
        xr.DataArray(draws, dims=("case", "member")),
        xr.DataArray(observed, dims="case"),
        ensemble_member_dim="member",
        method="ecdf",
        preserve_dims=["case"],
    )
    np.testing.assert_allclose(crps_of_draws(observed, draws), theirs, rtol=1e-12)


def test_crps_of_many_quantiles_nears_the_closed_form_of_the_normal(rng):
    levels = (np.arange(999) + 1) / 1000
    observed = rng.normal(0, 1.5, 200)
    quantiles = np.broadcast_to(stats.norm.ppf(levels), (200, 999))
    # Gneiting & Raftery (2007), equation 21 for the standard normal
    closed = observed * (2 * stats.norm.cdf(observed) - 1) + 2 * stats.norm.pdf(observed) - 1 / np.sqrt(np.pi)
    np.testing.assert_allclose(crps_of_quantiles(observed, quantiles, levels), closed, atol=2e-3)


def test_interval_score_equals_that_of_scores(rng):
    observed, lower = rng.normal(0, 2, 60), rng.normal(-1, 0.2, 60)
    upper = lower + rng.gamma(2.0, 1.0, 60)
    theirs = scores.continuous.interval_score(
        *(xr.DataArray(values, dims="case") for values in (lower, upper, observed)),
        interval_range=0.8,
        preserve_dims=["case"],
    )
    np.testing.assert_allclose(interval_score(observed, lower, upper, 0.8), theirs["total"], rtol=1e-12)


def test_pinball_equals_the_quantile_score_of_scores(rng):
    observed, quantiles = rng.normal(0, 1, 30), rng.normal(0, 1, (30, 2))
    mine = pinball(observed, quantiles, np.array([0.1, 0.7]))
    for i, level in enumerate((0.1, 0.7)):
        theirs = scores.continuous.quantile_score(
            xr.DataArray(quantiles[:, i], dims="case"),
            xr.DataArray(observed, dims="case"),
            level,
            preserve_dims=["case"],
        )
        np.testing.assert_allclose(mine[:, i], theirs, rtol=1e-12)


def test_ends_of_an_interval_are_inside():
    ends, one, two = np.array([1.0, 2.0, 2.1]), np.ones(3), np.full(3, 2.0)
    np.testing.assert_array_equal(inside(ends, one, two), [1, 1, 0])


def test_one_draw_scores_its_absolute_error():
    assert crps_of_draws(np.array([3.0]), np.array([[5.0]]))[0] == 2.0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12),
    st.floats(-1e3, 1e3),
)
def test_crps_of_draws_equals_the_naive_double_loop(draws, observed):
    count = len(draws)
    far = sum(abs(draw - observed) for draw in draws) / count
    apart = sum(abs(one - other) for one in draws for other in draws) / (2 * count**2)
    mine = crps_of_draws(np.array([observed]), np.array([draws]))[0]
    assert mine == pytest.approx(far - apart, abs=1e-9)


def test_resamples_keep_the_number_of_areas_and_the_seed():
    weights = resampling_weights(7, 20, seed=4)
    np.testing.assert_array_equal(weights.sum(1), 7)
    np.testing.assert_array_equal(weights, resampling_weights(7, 20, seed=4))
    assert not np.array_equal(weights, resampling_weights(7, 20, seed=5))

"""Paths of levels: their variance against theory, and the same draw whichever others are made."""

import numpy as np
import pytest

from kompaslite.uncertainty.levels.processes import Process, correlation_root, mean_variance, walk

DRAWS = 40_000
FIELDS = ("persistence", "innovation", "noise", "correlation", "window")


def process(persistence, innovation, noise=0.0, window=0, *, correlation=None):
    size = len(np.atleast_1d(persistence))
    column = [np.atleast_1d(np.asarray(part, dtype=float))[:, None] for part in (persistence, innovation, noise)]
    whole = np.eye(size) if correlation is None else np.array(correlation)
    return Process(*(np.broadcast_to(part, (size, 1)) for part in column), whole, [window] * size)


def normals(components, years, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((2, components, years + 1, DRAWS))


def test_walk_without_mean_spreads_with_the_root_of_the_lead():
    made = walk(process(1.0, 0.2), *normals(1, 9))[0]
    np.testing.assert_allclose(made.std(axis=-1), 0.2 * np.sqrt(np.arange(1, 10)), rtol=0.02)


def test_persistent_level_approaches_its_long_run_spread():
    made = walk(process(0.7, 1.0, 0.5), *normals(1, 40))[0]
    leads = np.arange(1, 41)
    theory = np.sqrt((1 - 0.49**leads) / (1 - 0.49) + 0.25)
    np.testing.assert_allclose(made.std(axis=-1), theory, rtol=0.03)


def test_an_assumption_drawn_to_the_common_mean_errs_as_it_should():
    base = process(0.6, 1.0, 0.8, 5)
    between = np.array([[1.5]])
    made = walk(Process(*(getattr(base, name) for name in FIELDS), between=between), *normals(1, 8))[0]
    times = np.arange(8)
    gamma = 0.6 ** np.abs(times[:, None] - times) / (1 - 0.36) + 0.64 * np.eye(8)
    mean = gamma[:5, :5].mean()
    assert mean_variance(np.array(0.6), np.array(1.0), np.array(0.8), 5) == pytest.approx(mean)
    weight = 2.25 / (2.25 + mean)
    for lead in range(3):
        weights = np.r_[np.full(5, -weight / 5), np.eye(3)[lead]]
        theory = np.sqrt(weights @ gamma @ weights + (1 - weight) ** 2 * 2.25)
        assert made[lead].std() == pytest.approx(theory, rel=0.03)


@pytest.mark.parametrize("window", [1, 4, 15])
def test_mean_of_a_window_is_an_uncertain_mean(window):
    persistence, innovation, noise, horizon = 0.6, 1.0, 0.8, 5
    made = walk(process(persistence, innovation, noise, window), *normals(1, window + horizon))[0]
    times = np.arange(window + horizon)
    gamma = persistence ** np.abs(times[:, None] - times) * innovation**2 / (1 - persistence**2)
    gamma += noise**2 * np.eye(times.size)
    for lead in range(horizon):
        weights = np.zeros(times.size)
        weights[:window] -= 1.0 / window
        weights[window + lead] += 1.0
        assert made[lead].std() == pytest.approx(np.sqrt(weights @ gamma @ weights), rel=0.03)


def test_components_move_together_as_they_are_said_to():
    made = walk(process([0.5, 0.5], [1.0, 2.0], correlation=[[1.0, 0.7], [0.7, 1.0]]), *normals(2, 3))
    assert np.corrcoef(made[:, 0])[0, 1] == pytest.approx(0.7, abs=0.02)
    assert made[1, 0].std() == pytest.approx(2.0, rel=0.02)


def test_correlations_that_sampling_made_impossible_are_mended():
    impossible = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    root = correlation_root(impossible)
    np.testing.assert_allclose(np.diagonal(root @ root.T), 1.0)

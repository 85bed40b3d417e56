"""Reductions on bare arrays: against plain definitions, and the same to the last bit in any shape."""

import numpy as np
import pytest

from kompaslite.uncertainty.summary import reduce as reduction


def values(*shape, seed=0):
    return np.random.default_rng(seed).normal(1000.0, 50.0, size=shape)


@pytest.mark.parametrize("draws", [1, 2, 7, 1000])
def test_quantiles_are_those_of_numpy(draws):
    sample = values(5, 3, draws)
    wanted = [0.0, 0.025, 0.1, 0.5, 0.9, 1.0]
    ordered = reduction.sort_draws(sample.copy())
    np.testing.assert_allclose(reduction.sorted_quantiles(ordered, wanted), np.quantile(sample, wanted, axis=-1))


def test_quantiles_stay_between_their_neighbours_and_in_order():
    ordered = reduction.sort_draws(values(200, 11))
    found = reduction.sorted_quantiles(ordered, np.linspace(0.0, 1.0, 101))
    assert (np.diff(found, axis=0) >= 0.0).all()
    assert (found[0] == ordered[:, 0]).all()
    assert (found[-1] == ordered[:, -1]).all()


def test_mean_does_not_hang_on_the_order_of_draws():
    sample = values(4, 999)
    shuffled = np.random.default_rng(1).permutation(sample, axis=-1)
    first = reduction.sorted_mean(reduction.sort_draws(sample.copy()))
    assert (first == reduction.sorted_mean(reduction.sort_draws(shuffled))).all()
    np.testing.assert_allclose(first, sample.mean(axis=-1), rtol=1e-14)


def test_share_above_counts_what_is_strictly_above():
    assert reduction.share_above(np.array([[1.0, 2.0, 2.0, 5.0]]), np.array([2.0])).tolist() == [0.25]


def test_ranks_against_plain_loops():
    sample = np.random.default_rng(3).integers(0, 4, size=(3, 2, 50)).astype(float)
    expected = np.zeros((3, 3, 2))
    for cell in range(2):
        for draw in range(50):
            column = sample[:, cell, draw].tolist()
            for own, value in enumerate(column):
                better = sum(other > value for other in column)
                equal = column.count(value)
                for rank in range(better, better + equal):
                    expected[rank, own, cell] += 1.0 / equal / 50
    found = reduction.rank_shares(sample)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found.sum(axis=0), 1.0)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


BOUNDS = [(0, 1), (1, 6), (80, 101), (6, 80), (30, 40), (0, 101)]


def test_group_sums_against_slices():
    people = values(3, 4, 2, 101)
    found = reduction.sum_groups(people, BOUNDS)
    for group, (low, high) in enumerate(BOUNDS):
        np.testing.assert_allclose(found[..., group], people[..., low:high].sum(axis=(-1, -2)), rtol=1e-13)


def test_group_sums_have_the_same_bits_in_any_shape():
    people = values(5, 64, 2, 101)
    whole = reduction.sum_groups(people, BOUNDS)
    for part in (slice(0, 1), slice(5, 7), slice(3, 50)):
        assert (reduction.sum_groups(people[:, part], BOUNDS) == whole[:, part]).all()
        assert (reduction.sum_groups(np.asfortranarray(people[2:3, part]), BOUNDS) == whole[2:3, part]).all()
    assert (reduction.sum_groups(people[3, 7], BOUNDS) == whole[3, 7]).all()

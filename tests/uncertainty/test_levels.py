"""Levels: seeded, independent of what else is drawn, and checked."""

import numpy as np
import pytest

from kompaslite.schema import SchemaError
from kompaslite.uncertainty.levels.model import Effect, Levels
from kompaslite.uncertainty.streams import BATCH, check_seed, stream
from tests.worlds.country import AREAS, parameters, some_levels


def test_a_draw_is_the_same_whatever_is_drawn_beside_it():
    levels = some_levels()
    whole = levels.national_paths(7, slice(0, 200), 6)
    local = levels.local_paths(7, slice(0, 200), 6, AREAS)
    for first, last in ((0, 1), (63, 65), (64, 128), (150, 200)):
        part = levels.national_paths(7, slice(first, last), 6)
        own = levels.local_paths(7, slice(first, last), 6, [AREAS[2]])
        for name in part:
            assert (part[name] == whole[name][:, first:last]).all()
        assert (own["migration"][..., 0] == local["migration"][:, first:last, 2]).all()


def test_a_longer_horizon_begins_alike():
    levels = some_levels()
    short, long = levels.national_paths(7, slice(0, 9), 4), levels.national_paths(7, slice(0, 9), 12)
    assert all((short[name] == long[name][:4]).all() for name in short)


def test_a_component_more_or_less_leaves_the_others_as_they_were():
    one = Levels(national=parameters(["fertility"], persistence=0.9, innovation=0.03))
    two = Levels(national=parameters(["fertility", "mortality"], persistence=0.9, innovation=0.03))
    draws = slice(0, BATCH)
    assert (one.national_paths(1, draws, 3)["fertility"] == two.national_paths(1, draws, 3)["fertility"]).all()


def test_another_seed_gives_other_draws_and_draws_differ():
    levels = some_levels()
    first, second = (levels.national_paths(seed, slice(0, 3), 2)["fertility"] for seed in (1, 2))
    assert (first != second).all()
    assert len(set(first[0].tolist())) == 3


def test_few_years_of_history_widen_the_tails():
    known = parameters(["fertility"], persistence=0.0, innovation=1.0)
    sure, unsure = (Levels(national=known, years=years) for years in (0, 6))
    spread = [one.national_paths(3, slice(0, 20_000), 1)["fertility"][0] for one in (sure, unsure)]
    assert np.quantile(np.abs(spread[1]), 0.99) > 1.3 * np.quantile(np.abs(spread[0]), 0.99)
    assert np.median(np.abs(spread[1])) == pytest.approx(np.sqrt(7 / 6) * np.median(np.abs(spread[0])), rel=0.12)


def test_an_uncertain_drift_grows_with_the_lead():
    walk = parameters(["mortality"], persistence=1.0, innovation=0.5)
    made = Levels(national=walk, years=10_000_000).national_paths(3, slice(0, 20_000), 10)["mortality"]
    np.testing.assert_allclose(made.std(axis=-1), 0.5 * np.sqrt(np.arange(1, 11)), rtol=0.04)
    made = Levels(national=walk, years=100).national_paths(3, slice(0, 20_000), 40)["mortality"]
    assert made[-1].std() == pytest.approx(0.5 * np.sqrt(40 + 40**2 / 100), rel=0.04)


@pytest.mark.parametrize("seed", [1.5, "7", None, -1, True, np.float64(3)])
def test_a_seed_that_is_not_whole_is_an_error(seed):
    with pytest.raises(SchemaError, match=r"seed: .* is not a whole number of at least 0\. Give one"):
        check_seed(seed)


def test_seeds_of_numpy_are_whole_numbers():
    assert check_seed(np.int64(4)) == 4


def test_streams_are_those_of_spawned_generators():
    keys = np.random.SeedSequence(5, spawn_key=stream(5, "a").bit_generator.seed_seq.spawn_key)
    assert np.random.default_rng(keys).random() == stream(5, "a").random()
    spawned = np.random.default_rng(5).spawn(3)[2].bit_generator.seed_seq.spawn_key
    assert spawned == (2,)


def test_parameters_are_checked():
    good = parameters(["fertility"], persistence=0.9, innovation=0.03)
    with pytest.raises(SchemaError, match=r"levels\.national: noise is missing"):
        Levels(national=good.drop_vars("noise"))
    with pytest.raises(SchemaError, match=r"persistence holds 1\.2"):
        Levels(national=good.assign(persistence=("component", [1.2])))
    with pytest.raises(SchemaError, match="persistence 1 has no mean"):
        Levels(national=parameters(["fertility"], persistence=1.0, innovation=0.1, window=10))
    with pytest.raises(SchemaError, match="an effect has the component migration, for which there is no model"):
        Levels(national=good, effects=(Effect(component="migration", variable="in_migration", how="scale"),))
    with pytest.raises(SchemaError, match="'double' on 'fertility' is unknown"):
        Effect(component="fertility", variable="fertility", how="double")


def test_where_persons_are_drawn_one_by_one_their_chance_is_not_drawn_twice():
    local = parameters(["migration"], persistence=0.6, innovation=0.0, noise=0.05, areas=AREAS)
    chance = local["noise"]
    for part, left in ((1.0, 0.0), (0.6, 0.8)):
        levels = Levels(
            national=parameters(["migration"], persistence=0.6, innovation=0.01),
            local=local.assign(chance=part * chance),
        )
        with_chance, without = (
            levels.local_paths(1, slice(0, 50), 4, AREAS, chance=one)["migration"] for one in (True, False)
        )
        assert with_chance.std() > 0.0
        np.testing.assert_allclose(without, left * with_chance, rtol=1e-9, atol=1e-12)

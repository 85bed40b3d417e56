"""The parts of the default method, each against figures worked out by hand."""

import numpy as np
import pytest

from kompaslite.methods import DefaultParameters
from kompaslite.methods.default_method.cohorts import Cohorts, aged, at_years, divided
from kompaslite.methods.default_method.inputs import number_groups
from kompaslite.methods.default_method.migration import (
    Levels,
    Pool,
    lent_profile,
    level_ahead,
    local_levels,
    migration_ahead,
    mobility_weights,
    rates_by_age,
    size_similarity,
    without_level,
)
from kompaslite.methods.default_method.parameters import (
    Fertility,
    LocalLevel,
    LocalShape,
    Mortality,
    NationalMigration,
    OldAges,
)
from kompaslite.methods.default_method.vital import (
    central_rates,
    cohort_mortality,
    fertility_ahead,
    local_fertility,
    local_ratio,
    male_share,
    mortality_ahead,
    old_age_correction,
    standard_schedule,
    survival,
)
from kompaslite.schema import SchemaError

LEADS = np.arange(1.0, 4.0)


def cohorts(people):
    nothing = np.full(people[..., 1:].shape, np.nan)
    total = nothing[..., 0, 0, :]
    return Cohorts(np.arange(people.shape[-1] - 1), people, total, total, nothing, nothing)


def test_nobody_is_lost_by_ageing_and_nothing_is_divided_by_nothing():
    people = np.arange(12.0).reshape(2, 3, 2)
    np.testing.assert_array_equal(aged(people).sum(axis=1), people.sum(axis=1))
    np.testing.assert_array_equal(aged(people)[:, 0], 0.0)
    assert divided(np.array([1.0, 5.0]), np.array([0.0, 2.0])).tolist() == [0.0, 2.5]


def test_the_last_year_of_a_table_stands_in_after_it():
    table = np.array([[1.0, 2.0, 3.0]])
    found = at_years(table, np.array([2000, 2001, 2002]), np.array([2001, 2002, 2003, 2009]))
    assert found.tolist() == [[2.0, 3.0, 3.0, 3.0]]


def test_the_nations_migration_returns_to_its_mean():
    # 100 people in two ages; 2, 2 and 5 more of them at age 1 in three years: mean 3, last 5
    start = np.full((1, 2, 3), 50.0)
    net = np.array([[[0.0, 0.0, 0.0], [2.0, 2.0, 5.0]]])
    choices = NationalMigration(mean=3, back=0.5, profile=3)
    ahead = migration_ahead(net, start, LEADS, choices)
    np.testing.assert_allclose(ahead[0, 0], 0.0)
    np.testing.assert_allclose(50.0 * ahead[0, 1], [3 + 2 * 0.5, 3 + 2 * 0.25, 3 + 2 * 0.125])


def test_where_gains_and_losses_nearly_cancel_the_level_is_added():
    start = np.full((1, 2, 2), 50.0)
    net = np.array([[[-9.0, -9.0], [10.0, 12.0]]])
    ahead = migration_ahead(net, start, LEADS, NationalMigration(mean=2, back=0.0, profile=2))
    # profile -.18 and +.22, level .02 usually and 0.02 ahead: nothing to add
    np.testing.assert_allclose(ahead[0, :, 0], [-0.18, 0.22])
    ahead = migration_ahead(net, start, LEADS, NationalMigration(mean=2, back=1.0, profile=2))
    np.testing.assert_allclose(ahead[0, :, 2], [-0.18 + 0.01, 0.22 + 0.01])


def test_fertility_follows_a_damped_and_capped_trend():
    choices = Fertility(trend=1, step=0.1, damping=0.5)
    found = fertility_ahead(np.array([2.0, 2.0 * np.exp(-0.08)]), LEADS, choices)
    np.testing.assert_allclose(np.log(found / 2.0), [-0.08 * s for s in (1.5, 1.75, 1.875)])
    capped = fertility_ahead(np.array([2.0, 1.0]), LEADS, choices)
    np.testing.assert_allclose(np.log(capped), [-0.1 * s for s in (0.5, 0.75, 0.875)])
    later = fertility_ahead(np.array([2.0, 1.0]), LEADS + 1, choices)
    np.testing.assert_allclose(later[:2], capped[1:])
    np.testing.assert_array_equal(fertility_ahead(np.array([0.0, 1.5]), LEADS, choices), 1.5)


def test_boys_are_counted_among_the_children():
    people = np.zeros((2, 3, 3))
    people[:, 0, 1:] = [[40.0, 58.0], [52.0, 50.0]]
    assert male_share(cohorts(people), 1) == pytest.approx(50 / 108)
    assert male_share(cohorts(people), 5) == pytest.approx(102 / 200)


def test_mortality_falls_by_the_trend_of_its_band_and_never_rises():
    years = np.arange(5)
    rates = np.array([[0.01 * 0.98**years, 0.02 * 0.98**years, 0.3 * 1.05**years]])
    choices = Mortality(base=1, trend=5, bands=(0, 2), fall=0.03)
    found = mortality_ahead(rates, np.ones((1, 3)), LEADS, choices)
    np.testing.assert_allclose(found[0, 0], 0.01 * 0.98 ** (4 + LEADS))
    np.testing.assert_allclose(found[0, 2], rates[0, 2, -1])
    capped = mortality_ahead(rates**3, np.ones((1, 3)), LEADS, choices)
    np.testing.assert_allclose(capped[0, 0], rates[0, 0, -1] ** 3 * np.exp(-0.03 * LEADS))


def test_mortality_starts_in_the_middle_of_its_base_years():
    rates = np.array([[0.01 * np.exp(-0.02 * np.arange(6))]])
    found = mortality_ahead(rates, np.ones((1, 1)), LEADS, Mortality(base=3, trend=6, bands=(0,)))
    np.testing.assert_allclose(found[0, 0], 0.01 * np.exp(-0.02 * (5 + LEADS)), rtol=2e-4)
    # nobody died in one year of the band: it has a level, but no trend
    rates[..., 2] = 0.0
    found = mortality_ahead(rates, np.ones((1, 1)), LEADS, Mortality(base=1, trend=6, bands=(0,)))
    np.testing.assert_allclose(found[0, 0], rates[0, 0, -1])


def test_old_cohorts_correct_the_life_table():
    people = np.full((2, 4, 2), 1000.0)
    people[:, 2:, 1] = [900.0, 1600.0]
    rates = np.full((2, 4, 1), 0.1)
    # of 1,000 and of 2,000 of each sex 100 and 400 are gone; at a tenth of the mean of start and end, 95 and 180
    free = old_age_correction(cohorts(people), rates, OldAges(first=2, bands=(3,), correction_shrink=0.0))
    np.testing.assert_allclose(free, [1.0, 1.0, 100 / 95, 400 / 180])
    drawn = old_age_correction(cohorts(people), rates, OldAges(first=2, bands=(3,), correction_shrink=100.0))
    np.testing.assert_allclose(drawn, [1.0, 1.0, 300 / 290, 900 / 460])


def test_somebody_is_left_however_high_mortality_is():
    rates = np.array([0.1, 1.9])
    np.testing.assert_allclose(survival(rates), [0.95 / 1.05, 0.05 / 1.95])
    np.testing.assert_allclose(central_rates(survival(rates)), rates)
    np.testing.assert_allclose(survival(rates, 2.0), survival(rates) ** 2)
    assert (central_rates(survival(rates, 5.0)) < 2.0).all()


def test_local_mortality_is_drawn_to_the_group_and_the_group_to_the_nation():
    choices = OldAges(group_shrink=50.0, local_shrink=100.0)
    deaths, expected = np.array([120.0, 60.0, 30.0]), np.array([100.0, 50.0, 40.0])
    found = local_ratio(deaths, expected, nation=1.0, area_groups=np.array([0, 0, 1]), choices=choices)
    first, second = (60 + 50) / (50 + 50), (120 + 50) / (100 + 50)
    expected_ratio = [(120 + 100 * first) / 200, (60 + 100 * second) / 150, (30 + 100) / 140]
    np.testing.assert_allclose(found, expected_ratio)
    halved = local_ratio(deaths / 2, expected, nation=0.5, area_groups=np.array([0, 0, 1]), choices=choices)
    np.testing.assert_allclose(halved, found)


def test_local_fertility_is_drawn_to_the_group_and_the_group_to_the_nation():
    choices = Fertility(local=2, group_shrink=50.0, local_shrink=100.0)
    births = np.array([[999.0, 70.0, 50.0], [999.0, 30.0, 30.0], [999.0, 10.0, 20.0]])
    expected = np.array([[9.0, 50.0, 50.0], [9.0, 25.0, 25.0], [9.0, 20.0, 20.0]])
    found = local_fertility(births, expected, area_groups=np.array([0, 0, 1]), choices=choices)
    first, second = (60 + 50) / (50 + 50), (120 + 50) / (100 + 50)
    np.testing.assert_allclose(found, [(120 + 100 * first) / 200, (60 + 100 * second) / 150, (30 + 100) / 140])


def pool(rates, exposed):
    exposed = np.asarray(exposed, dtype=float)
    return Pool(np.asarray(rates) * exposed, exposed)


def test_mobility_has_mean_one_and_is_flat_for_one_area_that_does_not_differ():
    rates = np.array([[0.0, 0.1, 0.3, 0.1, 0.0], [0.0, -0.1, -0.3, -0.1, 0.0]])
    exposed = np.array([[0, 100, 100, 100, 0]] * 2)
    found = mobility_weights(pool(rates, exposed), flat_areas=1e-6)
    assert found[[0, 4]].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found[1:4].mean(), 1.0)
    assert found[2] == found.max()
    flat = mobility_weights(pool(rates, exposed), flat_areas=1e9)
    np.testing.assert_allclose(flat[1:4], 1.0, atol=1e-6)
    still = mobility_weights(pool(np.zeros((1, 5)), exposed[:1]), flat_areas=5.0)
    np.testing.assert_allclose(still[1:4], 1.0)
    nobody = mobility_weights(pool(np.zeros((1, 5)), np.zeros((1, 5))), flat_areas=5.0)
    np.testing.assert_array_equal(nobody, 0.0)


def test_places_of_like_size_lend_their_profile_but_not_to_themselves():
    rates = np.array([[0.1, 0.2], [0.3, 0.0], [-0.5, -0.5]])
    similarity = size_similarity(np.array([1e3, 1e3, 1e6]), width=0.5)
    np.testing.assert_allclose(similarity, [[0, 1, 0], [1, 0, 0], [0, 0, 0]], atol=1e-6)
    found = lent_profile(pool(rates, np.full((3, 2), 50)), similarity)
    # one area alike, and one more at the nation's rates: half of its profile
    np.testing.assert_allclose(found[0], [0.15, 0.0], atol=1e-6)
    np.testing.assert_allclose(found[1], [0.05, 0.1], atol=1e-6)
    np.testing.assert_allclose(found[2], 0.0, atol=1e-6)
    alone = lent_profile(pool(rates[:1], np.full((1, 2), 50)), size_similarity(np.array([1e3]), width=0.5))
    np.testing.assert_array_equal(alone, 0.0)


def test_rates_are_drawn_to_bins_and_bins_to_the_prior():
    exposed, rates = np.full((1, 3), 100.0), np.array([[0.0, 0.1, 0.3]])
    prior = np.full((1, 3), 0.02)
    found = rates_by_age(pool(rates, exposed), prior, LocalShape(bins=(0, 1), bin_shrink=200.0, age_shrink=100.0))
    binned = [0.02 + (0 - 2) / 300, 0.02 + (40 - 4) / 400]
    np.testing.assert_allclose(found[0], [(0 + binned[0]) / 2, (0.1 + binned[1]) / 2, (0.3 + binned[1]) / 2])


def test_a_shape_has_no_level():
    exposed, mobility = np.array([[0.0, 100.0, 50.0]]), np.array([0.0, 1.0, 1.0])
    found = without_level(np.array([[0.0, 0.2, 0.1]]), exposed, mobility)
    assert (found * exposed).sum() == pytest.approx(0.0)
    np.testing.assert_allclose(found[0, 1] - found[0, 2], 0.1)


def test_levels_are_drawn_to_their_group():
    exposed = np.array([[1000.0], [3000.0], [500.0]])
    made = local_levels(
        pool([[0.03], [0.01], [0.02]], exposed),
        np.array([[0.01], [0.0], [0.0]]),
        np.array([1.0]),
        area_groups=np.array([0, 0, 1]),
        choices=LocalLevel(group_shrink=1000.0, own_shrink=500.0),
    )
    np.testing.assert_allclose(made.alike, [0.01, 0.0, 0.0])
    group = np.array([30 / 4000, 20 / 2000, 0.0])
    np.testing.assert_allclose(made.group, group)
    np.testing.assert_allclose(made.own, (np.array([20.0, 30.0, 10.0]) - group * exposed[:, 0]) / (exposed[:, 0] + 500))


def test_the_recent_level_counts_in_large_places_and_fades():
    levels = Levels(alike=np.array([0.01] * 2), group=np.array([0.02] * 2), own=np.array([0.03] * 2))
    choices = LocalLevel(damping=0.5, momentum_size=1e4, momentum_decay=0.5)
    found = level_ahead(levels, np.array([0.1, 0.06]), LEADS, size=np.array([3e4, 3e4]), choices=choices)
    np.testing.assert_allclose(found[0], 0.02 + 0.5 * 0.04 + 0.75 * 0.04 * 0.5**LEADS)
    np.testing.assert_allclose(found[1], 0.04)


def test_a_curve_through_old_cohorts_finds_the_mortality_they_had():
    ages = np.arange(101)
    rates = np.exp(-10.0 + 0.1 * ages)
    people = np.zeros((2, 101, 6))
    people[:, :, 0] = 5000.0 * np.exp(-((ages / 85.0) ** 8))
    for year in range(5):
        people[:, :, year + 1] = aged(people[:, :, [year]])[..., 0] * (1 - rates / 2) / (1 + rates / 2)
    table, words = cohort_mortality(cohorts(people), OldAges())
    found = table[..., 0]
    assert words.startswith("a Gompertz curve through the old cohorts")
    np.testing.assert_allclose(found[:, 40:95], np.broadcast_to(rates[40:95], (2, 55)), rtol=0.05)
    standard, words = cohort_mortality(cohorts(people / 20_000.0), OldAges())
    assert words == "a standard curve (Norway 2020-2023), because too few old people die here"
    np.testing.assert_allclose(standard[:, 80, 0], [0.0354, 0.0490], atol=2e-4)
    assert (standard > 0.0).all()
    assert (standard <= 1.5).all()


def test_the_standard_schedule_is_that_of_mothers():
    ages = np.arange(60)
    found = standard_schedule(ages)
    assert found.sum() == pytest.approx(1.0)
    assert found[:15].sum() == found[50:].sum() == 0.0
    assert 30.5 < (found * ages).sum() < 32.0


def test_groups_are_the_first_two_letters_or_as_given():
    assert number_groups(["3201", "0301", "3203"], None)[0].tolist() == [1, 0, 1]
    numbers, alone = number_groups(["a", "b", "c", "d"], {"a": "x", "c": "x"})
    assert numbers[0] == numbers[2]
    assert len(set(numbers.tolist())) == 3
    assert alone == ("b", "d")


@pytest.mark.parametrize(
    ("choice", "value", "words"),
    [
        ("level.damping", 1.5, "LocalLevel: damping is 1.5; it is a number of at least 0 and at most 1"),
        ("shape.window", 0, "LocalShape: window is 0; it is a number of at least 1"),
        ("shape.bins", (1, 5), "shape.bins are first ages, ascending from 0; they are 1, 5"),
        ("mortality.bands", (0, 9, 9), "mortality.bands are first ages, ascending from 0"),
        ("old_ages.bands", (90, 85), "old_ages.bands are first ages, ascending; they are 90, 85"),
        ("nation.back", -0.1, "NationalMigration: back is -0.1"),
        ("fertility.local_shrink", 0.0, "Fertility: local_shrink is 0"),
        ("level.dampening", 0.1, "there is no 'level.dampening'; there are nation.mean, nation.back"),
        ("level", 0.1, "there is no 'level'"),
    ],
)
def test_choices_that_cannot_be_are_named(choice, value, words):
    with pytest.raises(SchemaError, match=words):
        DefaultParameters().changed(choice, value)


def test_choices_are_kept_apart():
    changed = DefaultParameters().changed("level.damping", 0.2)
    assert changed.level.damping == 0.2
    assert DefaultParameters().level.damping == 0.3
    assert changed.shape == DefaultParameters().shape
    assert changed.changed("shape.window", 20).history == 20

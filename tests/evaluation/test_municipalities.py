"""Figures on real municipalities that others have documented; needs the folder of statistics beside the checkout."""

import numpy as np
import pytest

from kompaslite.evaluation import backtest, excluded_areas, official_hindcasts, score, sum_over_sex_age
from kompaslite.methods import half_trend, linear_trend, no_change

LEADS = [1, 3, 5, 10]


@pytest.fixture(scope="module")
def municipalities(shared):
    return pytest.importorskip("benchmarks.municipalities")


@pytest.fixture(scope="module")
def observed(municipalities):
    return municipalities.read_population()


def test_areas_with_broken_borders_are_set_aside(observed):
    # 186 municipalities, of which one lacks 2005, five are estimated by weights and two changed borders in 2020
    assert observed.population.sizes["area"] == 178
    broken = ["1160", "1580", "1875", "4005", "4020", "5055", "5056", "5059"]
    assert excluded_areas(observed.population)["area"].tolist() == broken


def test_the_official_projection_of_2016_has_its_documented_errors(municipalities, observed):
    """Statistics Norway's table 11168, main alternative, against outcome: study of 2026 on the same 178."""
    made = official_hindcasts(municipalities.read_official_2016(), observed.population)
    found = score(made).sel(lead=LEADS)
    np.testing.assert_allclose(found["mape"], [0.77, 1.92, 3.37, 4.42], atol=0.006)
    np.testing.assert_allclose(found["wape"], [0.53, 1.56, 2.30, 3.50], atol=0.006)
    assert found["count"].values.tolist() == [178] * 4


@pytest.mark.parametrize(
    ("method", "mape", "wape"),
    [
        (no_change, [1.06, 2.54, 3.75, 6.52], [1.09, 3.13, 4.98, 9.44]),
        (half_trend(10), [0.90, 2.03, 2.80, 4.08], [0.62, 1.60, 2.35, 3.97]),
        (linear_trend(10), [0.88, 2.01, 2.83, 4.46], [0.46, 1.18, 1.96, 3.83]),
    ],
)
def test_reference_methods_have_their_documented_errors(observed, method, mape, wape):
    """The same study, origins 2010-2025."""
    made = backtest(observed, method, origins=range(2010, 2026), horizon=10)
    found = score(sum_over_sex_age(made)).sel(lead=LEADS)
    np.testing.assert_allclose(found["mape"], mape, atol=0.006)
    np.testing.assert_allclose(found["wape"], wape, atol=0.03)


def test_official_vintages_of_telemark_have_their_documented_error(observed):
    """Statistics Norway's vintages of 2014 and 2016, ten years on, persons-weighted: ages 80-89 2.99 per cent."""
    telemark = pytest.importorskip("benchmarks.telemark")
    from kompaslite.evaluation import sum_groups

    vintages = telemark.read_vintages().sel(age_group=["67-79", "80-89", "90+"], origin=slice(2010, 2016))
    outcome = sum_groups(observed.population.sum("sex"), ["67-79", "80-89", "90+"])
    made = official_hindcasts(vintages, outcome, leads=10)
    assert made.sizes["area"] == 15
    found = score(made, by=("lead", "age_group"), measures="wape")["wape"].sel(lead=10)
    np.testing.assert_allclose(found, [2.32, 2.99, 7.15], atol=0.01)

"""Schedules with few parameters: against the formulas of their papers in plain arithmetic, labels, refusals."""

import math

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import heligman_pollard, peristera_kostaki, rogers_castro, sex_ratio_by_age
from kompaslite.rates.parametric import STARTS
from kompaslite.schema import SchemaError

MOVES = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "mu2": 20.0, "alpha2": 0.1, "lambda2": 0.4, "c": 0.003}
DEATHS = {"A": 5e-4, "B": 0.01, "C": 0.1, "D": 1e-3, "E": 10.0, "F": 20.0, "G": 5e-5, "H": 1.1, "K": 1.0}


def test_rogers_castro_equals_equation_2_of_the_paper():
    """Rogers & Castro (1981), equation 2, without the retirement peak."""
    for age in (0, 1, 17, 23.5, 60, 105):
        expected = (
            0.02 * math.exp(-0.1 * age) + 0.06 * math.exp(-0.1 * (age - 20) - math.exp(-0.4 * (age - 20))) + 0.003
        )
        assert rogers_castro([age], MOVES).item() == pytest.approx(expected, rel=1e-14)


def test_heligman_pollard_equals_the_first_and_the_second_model():
    """Heligman & Pollard (1980): odds of death as a sum of three terms; K is the ninth parameter."""
    for age in (1, 20, 55, 98):
        first = 5e-4 ** ((age + 0.01) ** 0.1) + 1e-3 * math.exp(-10 * math.log(age / 20) ** 2) + 5e-5 * 1.1**age
        assert heligman_pollard([age], DEATHS).item() == pytest.approx(first / (1 + first), rel=1e-12)
    bent = DEATHS | {"H": 1.003, "K": 1.7}
    expected = 5e-4 ** (80.01**0.1) + 1e-3 * math.exp(-10 * math.log(4) ** 2) + 5e-5 * 1.003 ** (80**1.7)
    assert heligman_pollard([80], bent).item() == pytest.approx(expected / (1 + expected), rel=1e-12)


def test_death_probabilities_stay_probabilities_at_any_age():
    probabilities = heligman_pollard(range(0, 400), DEATHS | {"H": 1.2})
    assert (probabilities > 0).all()
    assert (probabilities <= 1).all()


def test_the_total_of_the_two_sided_bell_is_its_area():
    bell = {"level": 0.12, "peak": 31.0, "below": 6.2, "above": 7.5}
    fine = np.arange(0, 80, 0.001)
    area = peristera_kostaki(fine, bell).sum().item() * 0.001
    assert area == pytest.approx(0.12 * math.sqrt(math.pi) / 2 * (6.2 + 7.5), rel=1e-6)
    assert peristera_kostaki([31.0], bell).item() == 0.12


def test_males_per_female_falls_to_one_part_in_e():
    ratio = sex_ratio_by_age([0, 95], {"birth": 1.05, "slope": 0.1, "age": 95.0})
    assert ratio.sel(age=95).item() == pytest.approx(1.05 / math.e)
    assert ratio.sel(age=0).item() == pytest.approx(1.05, rel=1e-4)


def test_parameters_may_carry_any_dimension():
    levels = xr.DataArray([0.003, 0.005], coords={"sex": ["female", "male"]})
    moves = rogers_castro(range(106), MOVES | {"c": levels})
    assert moves.dims == ("sex", "age")
    np.testing.assert_allclose(moves.sel(sex="male") - moves.sel(sex="female"), 0.002)


def test_ages_may_be_an_array_with_labels():
    ages = xr.DataArray([0.5, 1.5], coords={"age": [0, 1]})
    moves = rogers_castro(ages, MOVES)
    assert moves["age"].values.tolist() == [0, 1]
    assert moves.sel(age=1).item() == rogers_castro([1.5], MOVES).item()


@pytest.mark.parametrize("schedule", STARTS, ids=lambda schedule: schedule.__name__)
def test_every_schedule_refuses_wrong_parameters(schedule):
    start = STARTS[schedule]
    first = next(iter(start))
    with pytest.raises(SchemaError, match=f"missing {first}, unknown none"):
        schedule([1], {name: value for name, value in start.items() if name != first})
    with pytest.raises(SchemaError, match="missing none, unknown slant"):
        schedule([1], start | {"slant": 1.0})
    with pytest.raises(SchemaError, match=f"{first} is -1; every parameter is a number of at least 0"):
        schedule([1], start | {first: -1.0})
    with pytest.raises(SchemaError, match=f"{first} is nan"):
        schedule([1], start | {first: float("nan")})

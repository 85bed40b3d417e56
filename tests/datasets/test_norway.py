"""The committed parameters are those that the fitting script finds."""

import numpy as np
import pytest

from benchmarks import schedules
from kompaslite.methods import norway


@pytest.mark.parametrize(
    ("fit", "committed"),
    [
        (schedules.fertility, norway.FERTILITY),
        (schedules.leaving_baerum, norway.LEAVING),
        (lambda folder: schedules.moves(folder, schedules.MOVES_INTO_AKERSHUS), norway.MOVES_INTO_AKERSHUS),
        (schedules.sexes, norway.MALES_PER_FEMALE),
    ],
    ids=["fertility", "leavers", "arrivals", "sexes"],
)
def test_parameters_are_those_that_are_fitted(shared, fit, committed):
    assert fit(shared / "data").parameters == pytest.approx(committed, rel=1e-4)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_mortality_is_the_one_that_is_fitted(shared, sex):
    fitted = schedules.mortality(shared / "data", sex).parameters
    committed = {name: value for name, value in norway.MORTALITY[sex].items() if name not in schedules.FIXED}
    assert fitted == pytest.approx(committed, rel=1e-4)
    assert {name: norway.MORTALITY[sex][name] for name in schedules.FIXED} == schedules.FIXED


def test_the_decline_of_mortality_is_near_the_one_of_each_age_group(shared):
    found = schedules.decline(shared / "data")
    middle = [group.mid + 0.5 if group.right < 110 else 101.0 for group in found.index]
    assert np.abs(norway.decline(np.array(middle)).values - found.to_numpy()).max() < 0.004


def test_who_changes_a_schedule_changes_his_own_copy():
    for schedule in (norway.fertility, norway.mortality):
        mine = schedule()
        mine[:] = 0.0
        mine.attrs["units"] = "mine"
        assert float(schedule().max()) > 0.0
        assert schedule().attrs["units"] == "1/year"

"""Fitting schedules: parameters are found again, from rates, events and age groups, and real figures are met."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.rates import fit_schedule, heligman_pollard, peristera_kostaki, rogers_castro, sex_ratio_by_age
from kompaslite.rates.parametric import STARTS
from kompaslite.schema import SchemaError

TRUE = {
    rogers_castro: {"a1": 0.03, "alpha1": 0.15, "a2": 0.09, "mu2": 22.0, "alpha2": 0.12, "lambda2": 0.3, "c": 0.004},
    peristera_kostaki: {"level": 0.15, "peak": 28.0, "below": 5.0, "above": 9.0},
    sex_ratio_by_age: {"birth": 1.06, "slope": 0.12, "age": 93.0},
}


@pytest.mark.parametrize("schedule", TRUE, ids=lambda schedule: schedule.__name__)
def test_parameters_are_found_again(schedule):
    fit = fit_schedule(schedule(range(100), TRUE[schedule]), schedule)
    assert fit.parameters == pytest.approx(TRUE[schedule], rel=1e-4)
    assert fit.error < 1e-7
    assert fit.share_off < 1e-6


def test_mortality_is_met_although_its_parameters_trade_places():
    observed = heligman_pollard(range(100), STARTS[heligman_pollard] | {"G": 8e-5, "A": 0.002})
    fit = fit_schedule(observed, heligman_pollard, relative=True)
    np.testing.assert_allclose(fit.fitted, observed, rtol=1e-4)


def test_events_in_age_groups_and_people_at_risk():
    groups = ["0-5", "6-15", "16-19", "20-24", "25-29", "30-39", "40-49", "50-66", "67+"]
    people = xr.DataArray(np.linspace(1500.0, 10.0, 106), coords={"age": range(106)})
    moved = rogers_castro(range(106), TRUE[rogers_castro]) * people
    bounds = [int(name.split("-")[0].rstrip("+")) for name in groups]
    events = xr.DataArray(np.add.reduceat(moved.values, bounds), coords={"age_group": groups})
    fit = fit_schedule(events, rogers_castro, exposure=people, weights=1 / events)
    np.testing.assert_allclose(fit.fitted, events, rtol=1e-4)
    renamed = events.assign_coords(age_group=[f"g{i}" for i in range(9)])
    ends = [*(bound - 1 for bound in bounds[1:]), None]
    ranges = {f"g{i}": ages for i, ages in enumerate(zip(bounds, ends, strict=True))}
    again = fit_schedule(renamed, rogers_castro, exposure=people, groups=ranges, weights=1 / renamed)
    assert again.parameters == pytest.approx(fit.parameters)


def test_completed_years_stand_half_a_year_higher():
    rates = peristera_kostaki(np.arange(12, 56) + 0.5, TRUE[peristera_kostaki]).assign_coords(age=range(12, 56))
    assert fit_schedule(rates, peristera_kostaki, offset=0.5).parameters["peak"] == pytest.approx(28.0)
    assert fit_schedule(rates, peristera_kostaki).parameters["peak"] == pytest.approx(27.5)


def test_a_schedule_of_ones_own():
    def line(ages, parameters):
        return xr.DataArray(parameters["slope"] * np.asarray(ages, float), coords={"age": ages}, dims=["age"])

    observed = xr.DataArray([2.0, 4.0, 6.0], coords={"age": [1, 2, 3]})
    assert fit_schedule(observed, line, start={"slope": 1.0}).parameters["slope"] == pytest.approx(2.0)
    with pytest.raises(SchemaError, match="no start is known for this schedule"):
        fit_schedule(observed, line)


def test_norwegian_fertility(shared):
    """Human Fertility Database, Norway 2022, total fertility 1.41."""
    table = pd.read_csv(shared / "data" / "norway_hfd_asfr_1967_2022.csv.gz").query("year == 2022")
    rates = xr.DataArray(table["asfr"].to_numpy(), coords={"age": table["age"].to_numpy()})
    fit = fit_schedule(rates, peristera_kostaki, offset=0.5)
    assert fit.fitted.sum().item() == pytest.approx(1.41, abs=0.01)
    assert fit.share_off < 0.025


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": {"level": 0.0, "peak": 30, "below": 6, "above": 7}}, "level does not start above 0"),
        ({"observed": xr.DataArray([1.0, -1.0], coords={"age": [1, 2]})}, "observed: 1 of 2 values are too small"),
        ({"observed": xr.DataArray([1.0], coords={"age_group": ["0+"]})}, "events by age group need exposure"),
        ({"exposure": xr.DataArray([1.0], coords={"age": [1]})}, "exposure: 1 labels of dimension age are missing"),
        ({"weights": xr.DataArray([1.0], coords={"age": [1]})}, "weights: 1 labels of dimension age are missing"),
        (
            {"observed": xr.DataArray([0.0, 1.0], coords={"age": [1, 2]}), "relative": True},
            "1 of 2 values are too small",
        ),
        (
            {
                "observed": xr.DataArray([1.0], coords={"age_group": ["all"]}),
                "exposure": xr.DataArray([1.0, 1.0], coords={"age": [0, 1]}),
                "groups": {"everybody": (0, None)},
            },
            "the groups are not those of the events, all",
        ),
        (
            {"observed": xr.DataArray([[1.0, 1.0]], coords={"sex": ["female"], "age": [1, 2]})},
            "dimension sex is not known",
        ),
    ],
)
def test_bad_input_is_refused(change, words):
    arguments = {"observed": xr.DataArray([0.1, 0.1], coords={"age": [1, 2]}), "schedule": peristera_kostaki} | change
    with pytest.raises(SchemaError, match=words):
        fit_schedule(arguments.pop("observed"), arguments.pop("schedule"), **arguments)

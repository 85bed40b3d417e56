"""Edits of assumptions, and scenarios side by side."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import life_expectancy
from kompaslite.scenario import Scenario, apply_edits, side_by_side
from kompaslite.schema import SchemaError

YEARS = list(range(2026, 2031))


def baseline():
    labels = {"area": ["A", "B"], "sex": ["female", "male"], "age": list(range(101)), "year": YEARS}
    shape = [len(values) for values in labels.values()]
    age = np.arange(101)[:, None]
    mortality = np.broadcast_to(np.minimum(1.5, 0.0001 * np.exp(0.09 * age)), shape)
    counts = np.broadcast_to(1.0 + 0.0 * age, shape)
    fertility = np.where((age >= 20) & (age < 40), 0.08, 0.0) * np.ones((2, 101, 5))
    fertile = {name: labels[name] for name in ("area", "age", "year")}
    rate, count = {"units": "1/year"}, {"units": "persons/year"}
    return xr.Dataset(
        {
            "fertility": xr.DataArray(fertility, coords=fertile, attrs=rate),
            "mortality": xr.DataArray(mortality, coords=labels, attrs=rate),
            "immigration": xr.DataArray(counts, coords=labels, attrs=count),
            "emigration": xr.DataArray(np.full(shape, 0.01), coords=labels, attrs=rate),
        }
    )


def scenario(**edits):
    return Scenario(name="s", because="test", first_year=2026, last_year=2031, **edits)


def test_without_edits_nothing_changes_at_all():
    before = baseline()
    after = apply_edits(before, scenario())
    for name in before.data_vars:
        np.testing.assert_array_equal(after[name], before[name])


def test_an_edit_of_one_area_leaves_the_other_as_it_was():
    before = baseline()
    edit = {"tfr": {2026: 1.6, 2030: 2.0}, "areas": ["B"], "because": "school"}
    after = apply_edits(before, scenario(fertility=[edit]))
    np.testing.assert_allclose(after.fertility.sel(area="B").sum("age"), [1.6, 1.7, 1.8, 1.9, 2.0], rtol=1e-12)
    np.testing.assert_array_equal(after.fertility.sel(area="A"), before.fertility.sel(area="A"))
    assert after.fertility.attrs["because"] == "school"
    assert after.fertility["area"].values.tolist() == ["A", "B"]


def test_life_expectancy_is_reached():
    edit = {"life_expectancy": {2030: {"female": 85.0, "male": 83.0}}, "because": "trend"}
    after = apply_edits(baseline(), scenario(mortality=[edit]))
    reached = life_expectancy(after.mortality.sel(year=2030, area="A"))
    np.testing.assert_allclose(reached, [85.0, 83.0], atol=1e-6)


def test_a_factor_holds_for_its_ages_only():
    edit = {"component": "emigration", "factor": {2026: 0.5, 2030: 1.0}, "ages": [20, 29], "because": "x"}
    after = apply_edits(baseline(), scenario(migration=[edit])).emigration.isel(area=0, sex=0)
    np.testing.assert_allclose(after.sel(age=25), [0.005, 0.00625, 0.0075, 0.00875, 0.01])
    np.testing.assert_array_equal(after.sel(age=19), 0.01)
    np.testing.assert_array_equal(after.sel(age=30), 0.01)


def test_a_total_is_reached_in_persons():
    edit = {"component": "immigration", "total": {2026: 404.0}, "areas": ["A"], "because": "x"}
    after = apply_edits(baseline(), scenario(migration=[edit]))
    np.testing.assert_allclose(after.immigration.sel(area="A").sum(["sex", "age"]), 404.0)


def test_an_unknown_area_or_component_is_named():
    with pytest.raises(SchemaError, match="1 areas of an edit of fertility are unknown: Z"):
        apply_edits(baseline(), scenario(fertility=[{"tfr": {2026: 1.5}, "areas": ["Z"], "because": "x"}]))
    edit = {"component": "net_migration", "factor": {2026: 1.0}, "because": "x"}
    with pytest.raises(SchemaError, match="the baseline has no net_migration"):
        apply_edits(baseline(), scenario(migration=[edit]))


def test_side_by_side_keeps_what_is_common_once():
    before = baseline()
    low = apply_edits(before, scenario(fertility=[{"tfr": {2026: 1.2}, "because": "x"}]))
    both = side_by_side(baseline=before, low=low)
    assert both.fertility.dims == ("scenario", "area", "age", "year")
    assert "scenario" not in both.mortality.dims
    xr.testing.assert_equal(both.fertility.sel(scenario="baseline", drop=True), before.fertility)
    assert both.fertility.attrs["units"] == "1/year"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda b: b.drop_vars("emigration"), "do not have the same variables: emigration"),
        (lambda b: b.isel(year=slice(0, 2)), "does not have the same labels in baseline, other"),
        (lambda b: b.expand_dims(scenario=["x"]), "has the dimension scenario already"),
    ],
)
def test_side_by_side_of_what_does_not_fit(other, message):
    with pytest.raises(SchemaError, match=message):
        side_by_side(baseline=baseline(), other=other(baseline()))


def test_side_by_side_of_nothing():
    with pytest.raises(SchemaError, match="no scenario is given"):
        side_by_side()


def test_a_scenario_shows_itself_in_a_line_and_as_a_table():
    scenario = Scenario(name="low", because="fewer & fewer", first_year=2026, last_year=2030)
    told = "<Scenario: name low; because fewer & fewer; data baerum; years 2026-2030>"
    assert repr(scenario) == str(scenario) == told
    assert "<tr><th>because</th><td>fewer &amp; fewer</td></tr>" in scenario._repr_html_()

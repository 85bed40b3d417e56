"""Control totals over zones, both ways and with a housing target; whole persons that add up."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import reconcile, whole_persons
from kompaslite.schema import BalanceError, SchemaError

AREAS, SEXES, AGES = ["Havna", "Lia", "Moen"], ["female", "male"], list(range(30))
HEADSHIP = xr.DataArray(np.linspace(0.0, 0.8, 30), coords={"age": AGES})


def zones(seed: int = 0) -> xr.DataArray:
    values = np.random.default_rng(seed).gamma(2.0, 20.0, (3, 2, 30))
    return xr.DataArray(values, coords={"area": AREAS, "sex": SEXES, "age": AGES}, attrs={"units": "persons"})


def controls(seed: int = 1) -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(seed)
    by_cell = zones().sum("area") * xr.DataArray(rng.uniform(0.8, 1.3, (2, 30)), coords={"sex": SEXES, "age": AGES})
    by_zone = zones().sum(["sex", "age"]) * xr.DataArray([0.9, 1.1, 1.2], coords={"area": AREAS})
    return by_cell, by_zone * float(by_cell.sum() / by_zone.sum())


def test_raking_meets_both_ways() -> None:
    by_cell, by_zone = controls()
    result = reconcile(zones(), [by_cell, by_zone])
    assert np.abs(result.sum("area") - by_cell).max() < 1e-9
    assert np.abs(result.sum(["sex", "age"]) - by_zone).max() < 1e-9
    # raking keeps the cross ratios of the cells
    before, after = (part.sel(sex="female", age=[3, 9], area=["Havna", "Lia"]).values for part in (zones(), result))
    odds = [cells[0, 0] * cells[1, 1] / (cells[0, 1] * cells[1, 0]) for cells in (before, after)]
    assert odds[0] == pytest.approx(odds[1], rel=1e-9)
    assert result.attrs == {"units": "persons"}


def test_what_meets_the_controls_is_not_changed() -> None:
    same = reconcile(zones(), [zones().sum("area"), zones().sum(["sex", "age"])])
    assert np.abs(same - zones()).max() < 1e-9
    assert np.array_equal(reconcile(zones()), zones())


def test_controls_and_the_housing_target_are_met_at_once() -> None:
    by_cell, _ = controls()
    homes = (zones() * HEADSHIP).sum(["sex", "age"]) * xr.DataArray([0.95, 1.1, 1.0], coords={"area": AREAS})
    homes = homes * float((by_cell * HEADSHIP).sum() / homes.sum())
    result = reconcile(zones(), [by_cell], households=homes, headship=HEADSHIP)
    assert np.abs(result.sum("area") - by_cell).max() < 1e-9
    assert np.abs((result * HEADSHIP).sum(["sex", "age"]) - homes).max() < 1e-9
    assert float(result.min()) >= 0.0


def test_zone_totals_and_households_are_met_at_once() -> None:
    by_zone = zones().sum(["sex", "age"]) * 1.02
    homes = (zones() * HEADSHIP).sum(["sex", "age"]) * 0.98
    result = reconcile(zones(), [by_zone], households=homes, headship=HEADSHIP)
    assert np.abs(result.sum(["sex", "age"]) - by_zone).max() < 1e-9
    assert np.abs((result * HEADSHIP).sum(["sex", "age"]) - homes).max() < 1e-9


def test_draws_are_reconciled_each_by_itself() -> None:
    by_cell, by_zone = controls()
    both = xr.concat([zones(0), zones(5)], xr.Variable("draw", [0, 1]))
    result = reconcile(both, [by_cell, by_zone])
    assert np.abs(result.sel(draw=1, drop=True) - reconcile(zones(5), [by_cell, by_zone])).max() < 1e-8


def test_control_totals_that_conflict_are_an_error() -> None:
    by_cell, by_zone = controls()
    with pytest.raises(BalanceError, match=r"the control by area and the control by sex, age conflict: they sum to"):
        reconcile(zones(), [by_cell, by_zone * 1.01])


def test_control_and_housing_that_conflict_are_an_error_with_both_numbers() -> None:
    by_cell, _ = controls()
    homes = (zones() * HEADSHIP).sum(["sex", "age"])
    homes = 1.02 * homes * float((by_cell * HEADSHIP).sum() / homes.sum())
    formed = float((by_cell * HEADSHIP).sum())
    with pytest.raises(BalanceError, match=f"form {formed:,.6g} households, the stock of all zones holds"):
        reconcile(zones(), [by_cell], households=homes, headship=HEADSHIP)


def test_housing_that_no_ages_can_fill_is_an_error() -> None:
    by_zone = zones().sum(["sex", "age"])
    with pytest.raises(BalanceError, match=r"the controls conflict: they cannot be met together.* at area"):
        reconcile(zones(), [by_zone], households=by_zone * 0.9, headship=HEADSHIP, rounds=50)


def test_empty_cells_and_bad_input_are_named() -> None:
    by_cell, by_zone = controls()
    nobody = zones().copy()
    nobody.loc["Lia"] = 0.0
    with pytest.raises(
        BalanceError, match=r"1 totals cannot be met because all their cells are empty; the first is .* Lia"
    ):
        reconcile(nobody, [by_zone])
    with pytest.raises(SchemaError, match="values: 1 of 180 values are not counts"):
        reconcile(zones().where(zones() != zones()[0, 0, 0], -1.0), [by_cell])
    with pytest.raises(SchemaError, match="households and headship belong together"):
        reconcile(zones(), [], households=by_zone)
    with pytest.raises(SchemaError, match="control total 1: 1 labels of dimension area are missing"):
        reconcile(zones(), [by_zone.isel(area=[0, 1])])
    with pytest.raises(SchemaError, match="control total 1: dimension colour is not known"):
        reconcile(zones(), [by_zone.rename(area="colour")])


@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 50.0))
@settings(max_examples=40, deadline=None)
def test_whole_persons_add_up_both_ways(seed: int, scale: float) -> None:
    exact = zones(seed) * scale
    whole = whole_persons(exact, seed=seed)
    assert np.array_equal(whole, np.rint(whole))
    for over in ([], ["area"], ["sex", "age"]):
        gap = whole.sum(over) - exact.sum(over) if over else whole - exact
        assert float(np.abs(gap).max()) < 1.0
    assert abs(float(whole.sum() - exact.sum())) <= 0.5
    assert float(whole.min()) >= 0.0


def test_rounding_is_seeded_and_unbiased_enough() -> None:
    exact = zones() * 0.01
    again = [whole_persons(exact, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])
    mean = sum(whole_persons(exact, seed=seed) for seed in range(80)) / 80
    assert float(np.abs(mean - exact).mean()) < 0.15
    assert float(np.corrcoef(mean.values.ravel(), exact.values.ravel())[0, 1]) > 0.95


def test_whole_numbers_stay_and_years_are_rounded_apart() -> None:
    exact = xr.concat([np.rint(zones()), zones(3)], xr.Variable("year", [2025, 2026]))
    whole = whole_persons(exact, seed=1)
    assert np.array_equal(whole.sel(year=2025), exact.sel(year=2025).transpose("area", "sex", "age"))
    assert whole.dims == ("area", "sex", "age", "year")
    with pytest.raises(SchemaError, match="dimension area is missing"):
        whole_persons(zones().isel(area=0, drop=True), seed=1)


def test_a_control_of_nobody_empties_its_cells() -> None:
    zones = xr.DataArray([[40.0, 60.0], [30.0, 20.0]], coords={"area": ["Havna", "Lia"], "age": [0, 1]})
    by_zone = xr.DataArray([0.0, 90.0], coords={"area": ["Havna", "Lia"]})
    np.testing.assert_allclose(reconcile(zones, [by_zone]), [[0.0, 0.0], [54.0, 36.0]], atol=1e-9)


@pytest.mark.parametrize(
    ("cells", "ages", "areas"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [5.0, 5.0], [2.0, 8.0]),
        ([[1.0, 0.0], [3.0, 2.0]], [1.0, 9.0], [5.0, 5.0]),
        ([[1e6, 0.0], [1.0, 1.0]], [1e-3, 9.0], [8.0, 1.001]),
    ],
)
def test_empty_cells_that_a_control_needs_are_named(cells, ages, areas) -> None:
    zones = xr.DataArray(cells, coords={"area": ["Havna", "Lia"], "age": [0, 1]})
    totals = [xr.DataArray(ages, coords={"age": [0, 1]}), xr.DataArray(areas, coords={"area": ["Havna", "Lia"]})]
    with pytest.raises(
        BalanceError, match=r"the control by .* cells are empty and stay so, the first is area Havna, age 1"
    ):
        reconcile(zones, totals)


@pytest.mark.parametrize(
    "values", [[[0.9, 0.1], [0.1, 0.9]], [[0.2, 0.3, 0.5], [0.8, 0.7, 0.5]], [[5.3, 0.7], [1.2, 2.8]]]
)
def test_the_mean_over_seeds_is_the_fraction(values) -> None:
    zones = xr.DataArray(values, coords={"area": ["Havna", "Lia"], "age": range(len(values[0]))})
    mean = np.mean([whole_persons(zones, seed=seed).values for seed in range(2000)], axis=0)
    np.testing.assert_allclose(mean, values, atol=0.05)


def test_rounding_many_cells_adds_up_both_ways_and_does_not_lean() -> None:
    exact = xr.DataArray(
        np.random.default_rng(1).uniform(0, 3, (12, 2, 20)),
        coords={"area": [f"{i:02}" for i in range(12)], "sex": ["female", "male"], "age": range(20)},
    )
    exact = exact + (np.ceil(exact.sum()) - exact.sum()) / exact.size
    drawn = [whole_persons(exact, seed=seed) for seed in range(200)]
    for dims in ([], ["area"], ["sex", "age"], ["area", "sex", "age"]):
        off = [abs(one.sum(dims) - exact.sum(dims)).max().item() for one in drawn]
        assert max(off) < 1.0
    lean = (sum(drawn) / 200 - exact) / np.sqrt(0.25 / 200)
    assert abs(lean).max() < 4.0
    small = exact % 1.0 < 0.2
    assert (sum(drawn) / 200 - exact).where(small).mean().item() == pytest.approx(0.0, abs=0.01)

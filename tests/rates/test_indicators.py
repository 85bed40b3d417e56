"""Age groups and the usual measures, on small numbers worked out by hand."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import age_groups, dependency_ratio, life_expectancy, mean_age, sex_ratio, total_fertility
from kompaslite.schema import SchemaError


def labelled(values, unit="persons", **labels):
    return xr.DataArray(values, coords=labels, dims=list(labels), attrs={"units": unit})


def test_five_year_ages_count_five_years() -> None:
    rates = xr.DataArray(np.full(7, 0.05), coords={"age": range(15, 50, 5)}, attrs={"units": "1/year"})
    assert total_fertility(rates).item() == pytest.approx(1.75)
    assert total_fertility((rates * 5).assign_attrs(units="1/5 years")).item() == pytest.approx(1.75)
    assert total_fertility(rates.drop_attrs()).item() == pytest.approx(1.75)
    assert total_fertility(rates.assign_coords(age=range(20, 27))).item() == pytest.approx(0.35)
    with pytest.raises(SchemaError, match="groups of one width"):
        total_fertility(rates.assign_coords(age=[15, 20, 25, 30, 35, 40, 49]))
    people = xr.DataArray([10.0, 10.0, 10.0], coords={"age": [0, 5, 10]}, attrs={"units": "persons"})
    assert mean_age(people).item() == pytest.approx((2.5 + 7.5 + 10.5) / 3)
    assert mean_age(people.assign_coords(age=range(3))).item() == pytest.approx(1.5)


def test_age_groups_keep_unit_dimensions_and_total():
    people = labelled(np.arange(2 * 106.0).reshape(2, 106), area=["3201", "3203"], age=range(106))
    groups = age_groups(people)
    assert groups.dims == ("area", "age_group")
    assert groups.attrs["units"] == "persons"
    np.testing.assert_array_equal(groups.sum("age_group"), people.sum("age"))
    assert groups.sel(area="3203", age_group="1-5").item() == sum(range(107, 112))


def test_age_groups_of_a_flow_over_years():
    deaths = labelled(np.ones((2, 20, 3)), "persons/year", sex=["female", "male"], age=range(20), year=[1, 2, 3])
    groups = age_groups(deaths, {"primary": (6, 12)})
    assert groups.dims == ("sex", "age_group", "year")
    assert groups.values.ravel().tolist() == [7.0] * 6


def test_age_groups_need_ages_that_are_there():
    people = labelled(np.ones(3), age=[0, 1, 2])
    with pytest.raises(SchemaError, match="dimension age is missing"):
        age_groups(people.rename(age="years_of_age"))
    with pytest.raises(SchemaError, match="1 ages are in no group, the first is 0"):
        age_groups(people, ["1+"], complete=True)


def test_total_fertility_and_life_expectancy_are_those_of_the_fits():
    rates = labelled([[0.1, 0.2], [0.3, 0.4]], "1/year", age=[30, 31], year=[2025, 2026])
    np.testing.assert_allclose(total_fertility(rates), [0.4, 0.6])
    # a constant hazard: survival s from each 1 January to the next, the year of birth counted from its end
    survival = 1.98 / 2.02
    constant = labelled(np.full(600, 0.02), "1/year", age=range(600))
    assert life_expectancy(constant).item() == pytest.approx(survival / (1 - survival), rel=1e-4)


def test_dependency_mean_age_and_sex_ratio():
    people = labelled([[10.0, 20.0, 5.0], [12.0, 18.0, 5.0]], sex=["female", "male"], age=[0, 1, 2])
    assert dependency_ratio(people, young=(0, 0), old=(2, None)).item() == pytest.approx(32 / 38)
    assert mean_age(people).item() == pytest.approx((22 * 0.5 + 38 * 1.5 + 10 * 2.5) / 70)
    np.testing.assert_allclose(sex_ratio(people), [1.2, 0.9, 1.0])
    with pytest.raises(SchemaError, match="both sexes are needed"):
        sex_ratio(people.sel(sex=["female"]))
    with pytest.raises(SchemaError, match="are empty"):
        dependency_ratio(people, young=(0, 1), old=(2, None))
    with pytest.raises(SchemaError, match="young and old overlap"):
        dependency_ratio(people, young=(0, 2), old=(2, None))


def test_the_young_are_below_20_and_the_old_from_65_on_unless_said():
    people = labelled(np.ones(101), age=range(101))
    assert dependency_ratio(people).item() == pytest.approx((20 + 36) / 45)
    only = labelled((np.arange(101) == 65).astype(float) + (np.arange(101) == 20), age=range(101))
    assert dependency_ratio(only).item() == 1.0

"""Age groups and the usual measures, on small numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.indicators import (
    age_groups,
    dependency_ratio,
    life_expectancy,
    mean_age,
    sex_ratio,
    total_fertility,
)
from kompaslite.schema import SchemaError


def labelled(values, unit="persons", **labels):
    return xr.DataArray(values, coords=labels, dims=list(labels), attrs={"units": unit})


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


def test_total_fertility_refuses_rates_per_thousand_and_sums_over_years():
    rates = labelled([[0.1, 0.2], [0.3, 0.4]], "1/year", age=[30, 31], year=[2025, 2026])
    np.testing.assert_allclose(total_fertility(rates), [0.4, 0.6])
    with pytest.raises(SchemaError, match="the unit is '1/3 years'"):
        total_fertility(rates.assign_attrs(units="1/3 years"))
    with pytest.raises(SchemaError, match="fertility: 4 of 4 values"):
        total_fertility(-rates)


def test_life_expectancy_with_a_constant_hazard():
    rates = labelled(np.full(400, 0.02), "1/year", age=range(400))
    # survivors halve their way down geometrically: half a year at birth, then 1/0.02 years, weighted by survival
    survival = 1.98 / 2.02
    expected = 0.5 * (1 + survival) / 2 + survival / 0.02
    assert life_expectancy(rates).item() == pytest.approx(expected, rel=1e-9)


def test_life_expectancy_counts_a_death_at_a_known_age():
    rates = labelled([0.0, 2.0, 2.0], "1/year", age=[0, 1, 2])
    # everyone lives through the year of birth, half a year on average, and dies in the next, half a year on average
    assert life_expectancy(rates).item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        (labelled([0.1, 0.1], "1/year", age=[1, 2]), "single ages from 0 are needed"),
        (labelled([0.1, 0.0], "1/year", age=[0, 1]), r"nobody dies in the open age group 1\+"),
        (labelled([0.1, 8.0], "1/year", age=[0, 1]), "1 of 2 values are not central rates"),
        (labelled([0.1, 0.1], "1/1000", age=[0, 1]), "the unit is '1/1000'"),
    ],
)
def test_life_expectancy_refuses(rates, words):
    with pytest.raises(SchemaError, match=words):
        life_expectancy(rates)


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


def test_norwegian_life_expectancy_is_near_the_published_one(shared):
    """Human Mortality Database, Norway 2022: e0 is 84.4 for women and 80.9 for men in Statistics Norway's tables."""
    table = pd.read_csv(shared / "data" / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    rates = table[(table.year == 2022) & (table.age <= 100)].pivot_table(index="sex", columns="age", values="mx")
    by_reached = rates.to_numpy().copy()
    by_reached[:, 1:] = (by_reached[:, 1:] + by_reached[:, :-1]) / 2
    years = life_expectancy(labelled(by_reached, "1/year", sex=list(rates.index), age=range(101)))
    np.testing.assert_allclose(years.sel(sex=["female", "male"]), [84.4, 80.9], atol=0.15)

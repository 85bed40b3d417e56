"""Life tables: a textbook, closed forms, and rates by age reached."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import cohort_rates, life_expectancy, life_table, survival_ratios
from kompaslite.schema import SchemaError

GROUPS = [0, 1, *range(5, 90, 5)]
# Austria, males, 1992: Preston, Heuveline & Guillot (2001), Demography, box 3.1, pp. 49-51.
PEOPLE = (
    "47925 189127 234793 238790 254996 326831 355086 324222 269963 261971 238011 261612 181385 187962 153832 105169 "
    "73694 57512 32248"
)
DEATHS = "419 70 36 46 249 420 403 441 508 769 1154 1866 2043 3496 4366 4337 5279 6460 6146"
LIVED = (
    "0.068 1.626 2.5 3.143 2.724 2.520 2.481 2.601 2.701 2.663 2.698 2.676 2.645 2.624 2.619 2.593 2.518 2.423 5.247"
)
SURVIVORS = (
    "100000 99133 98986 98910 98815 98334 97704 97151 96492 95588 94195 91937 88711 83845 76377 66225 53803 37441 21134"
)


def numbers(text: str) -> np.ndarray:
    return np.array([float(word) for word in text.split()])


def austria() -> xr.DataArray:
    return xr.DataArray(numbers(DEATHS) / numbers(PEOPLE), coords={"age": GROUPS}).assign_coords(sex="male")


def gompertz(last: int = 100) -> xr.DataArray:
    ages = np.arange(last + 1)
    rates = 0.00003 * np.exp(0.1 * ages)
    rates[0] = 0.003
    return xr.DataArray(rates, coords={"age": ages}, attrs={"units": "1/year"})


@pytest.mark.parametrize("ages", [[80, 85, 90, 95], [0, 1, 2, 3]])
def test_more_deaths_than_people_are_refused_and_a_constant_rate_leaves_somebody(ages: list[int]) -> None:
    width = ages[1] - ages[0]
    m = xr.DataArray(np.array([0.1, 0.3, 2.5, 0.9]) / width, coords={"age": ages})
    with pytest.raises(SchemaError, match=f"in 1 of 3 cells more people would die .* at age {ages[2]}, .*at most 1/m"):
        life_table(m, ax=xr.full_like(m, width / 2.0))
    table, constant = life_table(m), life_table(m, within="constant")
    np.testing.assert_allclose(constant.q[:-1], 1.0 - np.exp(-width * m[:-1]), rtol=1e-12)
    assert table.q[2].item() == pytest.approx(constant.q[2].item())
    for one in (table, constant):
        np.testing.assert_allclose(one.d[:-1] / one.L[:-1], m[:-1], rtol=1e-12)
        assert (one.l > 0.0).all()
    if width == 1:
        rates = cohort_rates(m)
        assert np.isfinite(rates).all()
        assert (rates < 2.0).all()


def test_a_constant_rate_that_is_hardly_any_is_in_the_middle() -> None:
    rates = np.array([1e-12, 1e-6, 1e-4, 0.1, 1.0])
    table = life_table(xr.DataArray(rates, coords={"age": [20, 25, 30, 35, 40]}), within="constant")
    np.testing.assert_allclose(table.a[:-1], [2.5, 2.5, 2.5, 5 * (1 / 0.5 - 1 / np.expm1(0.5))], rtol=1e-3)


def test_who_is_left_lives_on_also_where_nobody_reaches_the_age() -> None:
    m = xr.DataArray([0.1, 2.0, 0.5, 0.25], coords={"age": [10, 11, 12, 13]})
    table = life_table(m)
    assert table.l.values[2:].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(table.e.values[2:], [(1 + 0.5 * -0.4 + 0.6 * 4.0), 4.0])
    whole = life_table(m.assign_coords(age=range(4)), ax=xr.full_like(m, 0.5).assign_coords(age=range(4)))
    with pytest.raises(SchemaError, match="nobody lives in 1 of 3 cells below the open age"):
        survival_ratios(whole)


def test_life_expectancy_knows_the_width_of_its_ages() -> None:
    rates = xr.DataArray([0.02, 0.01, 0.05, 0.4], coords={"age": [0, 5, 10, 15]}, attrs={"units": "1/5 years"})
    single = life_expectancy(rates.assign_coords(age=range(4)).assign_attrs(units="1/year"))
    assert life_expectancy(rates).item() == pytest.approx(5 * single.item())
    per_year = (rates / 5.0).assign_attrs(units="1/year")
    assert life_expectancy(per_year).item() == pytest.approx(5 * single.item())
    with pytest.raises(SchemaError, match="the rates are of 10 years, but the age groups are 5 years wide"):
        life_expectancy(rates.assign_attrs(units="1/10 years"))
    with pytest.raises(SchemaError, match="groups of one width; they are 0, 1, 5, 10"):
        life_expectancy(rates.assign_coords(age=[0, 1, 5, 10]))


def test_abridged_table_of_the_textbook() -> None:
    ax = xr.DataArray(numbers(LIVED), coords={"age": GROUPS})
    table = life_table(austria(), ax=ax, radix=100_000)
    np.testing.assert_array_equal(table["l"].round(), numbers(SURVIVORS))
    assert round(table["e"].sel(age=0).item(), 3) == 72.889
    assert round(table["a"].sel(age=85).item(), 3) == 5.247


def test_years_lived_in_childhood_are_those_of_coale_and_demeny() -> None:
    table = life_table(austria(), infants="coale-demeny")
    assert round(table["a"].sel(age=0).item(), 3) == 0.068
    assert round(table["a"].sel(age=1).item(), 3) == 1.626


def test_greville_comes_closer_to_the_textbook_than_the_middle() -> None:
    expectancy = {
        rule: life_table(austria(), infants="coale-demeny", within=rule)["e"].sel(age=0).item()
        for rule in ("middle", "greville")
    }
    assert abs(expectancy["greville"] - 72.889) < 0.011 < abs(expectancy["middle"] - 72.889)


def test_constant_rate_lives_its_inverse() -> None:
    rate = xr.DataArray(np.full(400, 0.02), coords={"age": np.arange(400)})
    table = life_table(rate, ax=xr.full_like(rate, 0.5 - 0.02 / 12))
    assert table["e"].sel(age=0).item() == pytest.approx(50.0, abs=1e-3)
    assert table["e"].sel(age=30).item() == pytest.approx(50.0, abs=1e-3)


def test_columns_fit_together() -> None:
    table = life_table(gompertz(), radix=1000)
    np.testing.assert_allclose(table["d"].sum(), 1000.0)
    np.testing.assert_allclose(table["l"].diff("age"), -table["d"].isel(age=slice(None, -1)).values)
    np.testing.assert_allclose(table["d"] / table["L"], table["m"])
    np.testing.assert_allclose(table["L"].sum(), table["T"].sel(age=0))


def test_outer_dimensions_and_sexes_each_have_their_table() -> None:
    both = xr.concat([gompertz(), gompertz() * 1.5], "sex").assign_coords(sex=["female", "male"])
    table = life_table(both.expand_dims(area=["3201"]))
    alone = life_table(gompertz().assign_coords(sex="female"))
    np.testing.assert_array_equal(table["e"].sel(area="3201", sex="female"), alone["e"])
    assert (table["e"].sel(sex="male") < table["e"].sel(sex="female")).all()


def test_infant_rule_by_sex_and_its_mean_without() -> None:
    female, male, neither = (
        life_table(frame)["a"].sel(age=0).item()
        for frame in (gompertz().assign_coords(sex="female"), gompertz().assign_coords(sex="male"), gompertz())
    )
    assert female == pytest.approx(0.14903 - 2.05527 * 0.003)
    assert male == pytest.approx(0.14929 - 1.99545 * 0.003)
    assert neither == pytest.approx((female + male) / 2)


@pytest.mark.parametrize("open_age", [100, 95, 80])
def test_expectancy_survives_the_change_to_age_reached(open_age: int) -> None:
    by_exact_age = life_table(gompertz())["e"].sel(age=0).item()
    assert life_expectancy(cohort_rates(gompertz(), open_age=open_age)).item() == pytest.approx(by_exact_age, abs=1e-12)


def test_survival_of_a_stationary_population() -> None:
    table = life_table(gompertz())
    people = [*table["L"].sel(age=slice(0, 94)).values.tolist(), table["T"].sel(age=95).item()]
    ratios = survival_ratios(table, open_age=95).values
    assert ratios[0] == pytest.approx(people[0])
    np.testing.assert_allclose(np.array(people[:-2]) * ratios[1:-1], people[1:-1])
    assert (people[-2] + people[-1]) * ratios[-1] == pytest.approx(people[-1])


def test_rates_of_age_reached_reproduce_the_survival() -> None:
    ratios = survival_ratios(life_table(gompertz()))
    rates = cohort_rates(gompertz())
    np.testing.assert_allclose((1 - rates / 2) / (1 + rates / 2), ratios)
    assert rates.attrs["units"] == "1/year"


def test_nobody_dies_in_the_open_group() -> None:
    endless = gompertz().copy()
    endless[{"age": -1}] = 0.0
    with pytest.raises(SchemaError, match=r"nobody dies in the open age group.*age 100.*rate above 0"):
        life_table(endless)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        (gompertz() * 1000, r"mortality: \d+ of 101 values are not death rates.*divided by 1,000"),
        (-gompertz(), r"mortality: 101 of 101 values"),
        (gompertz().where(gompertz()["age"] != 7), r"the first is nan at age 7"),
        (gompertz().rename(age="alder"), "dimension age is missing"),
    ],
)
def test_bad_rates(rates: xr.DataArray, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        life_table(rates)


def test_survival_needs_single_years_and_a_known_open_age() -> None:
    with pytest.raises(SchemaError, match="single years of age from 0 are needed"):
        survival_ratios(life_table(austria()))
    with pytest.raises(SchemaError, match="open age 120 is not among the ages 1 to 100"):
        survival_ratios(life_table(gompertz()), open_age=120)


def test_radix_above_zero() -> None:
    with pytest.raises(SchemaError, match="radix 0 is not above 0"):
        life_table(gompertz(), radix=0)


def test_survival_needs_a_life_table() -> None:
    with pytest.raises(SchemaError, match="a life table with its columns l, L and T is needed"):
        survival_ratios(xr.DataArray([0.1], coords={"age": [0]}))  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="mortality: it has no ages"):
        life_table(xr.DataArray(np.ones(0), coords={"age": np.arange(0)}))

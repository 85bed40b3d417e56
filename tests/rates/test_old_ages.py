"""Death rates from counts, and the highest ages."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import death_rates, kannisto
from kompaslite.schema import SchemaError

AGES = np.arange(70, 105)


def curve(a: float = 0.06, b: float = 0.12) -> xr.DataArray:
    odds = a * np.exp(b * (AGES - 80.0))
    return xr.DataArray(odds / (1 + odds), coords={"age": AGES}, attrs={"units": "1/year"})


def lived() -> xr.DataArray:
    return xr.DataArray(5000 * np.exp(-0.15 * (AGES - 70)), coords={"age": AGES})


def test_curve_is_found_again_and_continued() -> None:
    closed = kannisto(curve(), lived(), last_age=110, replace_from=90)
    odds = 0.06 * np.exp(0.12 * (np.arange(70, 111) - 80.0))
    np.testing.assert_allclose(closed, odds / (1 + odds), rtol=1e-8)
    assert closed.attrs["units"] == "1/year"


def test_noise_above_is_replaced_and_below_is_kept() -> None:
    rng = np.random.default_rng(3)
    deaths = xr.DataArray(rng.poisson(curve() * lived()).astype(float), coords={"age": AGES})
    noisy = (deaths / lived()).assign_attrs(units="1/year")
    closed = kannisto(noisy, lived(), replace_from=95)
    np.testing.assert_array_equal(closed.sel(age=slice(70, 94)), noisy.sel(age=slice(70, 94)))
    assert (closed.sel(age=slice(95, 110)).diff("age") > 0).all()
    np.testing.assert_allclose(closed.sel(age=slice(95, 104)), curve().sel(age=slice(95, None)), rtol=0.05)


def test_each_outer_cell_has_its_own_curve() -> None:
    both = xr.concat([curve(), curve(b=0.10)], "area").assign_coords(area=["0301", "3201"])
    closed = kannisto(both, lived())
    np.testing.assert_allclose(closed.sel(area="3201"), kannisto(curve(b=0.10), lived()))


def test_too_few_deaths_and_ages() -> None:
    with pytest.raises(SchemaError, match="cannot be fitted to so few deaths"):
        kannisto(curve() * 0, lived())
    with pytest.raises(SchemaError, match="at least five ages from 80"):
        kannisto(curve().sel(age=slice(70, 82)), lived().sel(age=slice(70, 82)))


def counts() -> tuple[xr.DataArray, xr.DataArray]:
    labels = {"age": [0, 1, 2], "year": [2020, 2021]}
    deaths = xr.DataArray([[1.0, 2.0], [0.0, 3.0], [5.0, 6.0]], coords=labels)
    people = xr.DataArray([[100.0] * 3, [50.0] * 3, [10.0, 14.0, 10.0]], coords=labels | {"year": [2020, 2021, 2022]})
    return deaths, people


def test_rates_are_deaths_over_the_mean_of_two_populations() -> None:
    rates = death_rates(*counts())
    np.testing.assert_allclose(rates, [[0.01, 0.02], [0, 0.06], [5 / 12, 0.5]])
    np.testing.assert_allclose(death_rates(*counts(), open_age=1).sel(age=1), [5 / 62, 9 / 62])


def test_a_population_that_ends_early_names_the_year() -> None:
    deaths, people = counts()
    with pytest.raises(SchemaError, match=r"1 labels of dimension year are missing.*2022"):
        death_rates(deaths, people.sel(year=[2020, 2021]))


def test_deaths_where_nobody_lived() -> None:
    deaths, people = counts()
    people = people.where(people["age"] < 2, 0.0)
    with pytest.raises(SchemaError, match=r"died where nobody lived, in .* Choose a lower open_age"):
        death_rates(deaths, people)

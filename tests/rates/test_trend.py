"""Tables over time: nothing is continued without a named rule."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import damped_trend, over_years
from kompaslite.schema import SchemaError


def table(values: list[float], first: int = 2020) -> xr.DataArray:
    years = list(range(first, first + len(values)))
    return xr.DataArray([values], coords={"age": [30], "year": years}, attrs={"units": "1/year"})


def placed(given: xr.DataArray, last: int, rule: str | None = None) -> list[float]:
    return over_years(given, np.arange(2021, last + 1), name="mortality", extrapolate=rule).values[0].tolist()


def test_a_table_that_is_long_enough_is_selected() -> None:
    assert placed(table([1.0, 2.0, 3.0]), 2022) == [2.0, 3.0]


def test_a_table_that_ends_early_is_an_error() -> None:
    with pytest.raises(SchemaError, match=r"mortality: the table ends in 2022, but 3 years after it .*to 2025.*hold"):
        placed(table([1.0, 2.0, 3.0]), 2025)


def test_a_table_that_starts_late_is_an_error_under_any_rule() -> None:
    with pytest.raises(SchemaError, match=r"1 of the years that are wanted are missing, the first is 2021"):
        placed(table([1.0], first=2022), 2022, "hold")


def test_hold_keeps_the_last_year() -> None:
    assert placed(table([1.0, 2.0, 4.0]), 2025, "hold") == [2.0, 4.0, 4.0, 4.0, 4.0]


def test_trend_is_relative_where_all_is_above_zero_and_absolute_elsewhere() -> None:
    assert placed(table([1.0, 2.0, 4.0]), 2024, "trend") == pytest.approx([2.0, 4.0, 8.0, 16.0])
    assert placed(table([-1.0, 2.0, 5.0]), 2024, "trend") == pytest.approx([2.0, 5.0, 8.0, 11.0])


def test_damped_trend_approaches_its_limit() -> None:
    values = damped_trend(table([0.0, 1.0]), range(2022, 2222), damping=0.5).values[0]
    np.testing.assert_allclose(values[:3], [1.5, 1.75, 1.875])
    assert values[-1] == pytest.approx(2.0)
    assert placed(table([-1.0, 0.0]), 2023, "damped") == pytest.approx([0.0, 0.9, 1.71])


def test_a_constant_is_the_same_in_every_year_and_can_be_edited() -> None:
    constant = xr.DataArray([0.1, 0.2], coords={"age": [0, 1]}, attrs={"units": "1/year"})
    years = over_years(constant, np.arange(2026, 2051), name="mortality")
    assert years.dims == ("age", "year")
    assert (years == constant).all()
    years.loc[{"year": 2030}] = 0.5
    assert years.sel(year=2029).values.tolist() == [0.1, 0.2]
    assert years.transpose("year", "age").values.flags["C_CONTIGUOUS"]


def test_the_result_says_what_was_extrapolated() -> None:
    result = over_years(table([1.0, 2.0]), np.arange(2021, 2031), name="mortality", extrapolate="damped")
    assert result.attrs == {"units": "1/year", "extrapolated": "damped after 2021"}


def test_unknown_rule_and_too_short_a_table() -> None:
    with pytest.raises(SchemaError, match=r"extrapolate is 'linear'\. Choose one of hold, trend, damped"):
        placed(table([1.0, 2.0]), 2030, "linear")
    with pytest.raises(SchemaError, match="has the year 2021 only, and a trend needs two"):
        placed(table([1.0], first=2021), 2030, "trend")
    with pytest.raises(SchemaError, match=r"damping is 1\.5"):
        damped_trend(table([0.0, 1.0]), range(2022, 2030), damping=1.5)

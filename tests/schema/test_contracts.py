"""Contracts: every message says what, where, how many, and how to mend it."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.schema import (
    ASSUMPTIONS,
    SIGNS,
    SchemaError,
    conform,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)


def rates(values=0.02):
    coords = {"area": ["Havna", "Vika"], "sex": ["female", "male"], "age": list(range(101))}
    return xr.DataArray(np.full((2, 2, 101), values), coords=coords, attrs={"units": "1/year"})


def test_rates_per_1000_name_first_cell_count_and_mend():
    wrong = rates()
    wrong[0, :, :] = 2.04
    variable = ASSUMPTIONS["mortality"]
    with pytest.raises(SchemaError) as caught:
        require_values(
            wrong, "mortality", low=variable.low, high=variable.high, words=variable.words, mend=variable.mend
        )
    assert str(caught.value) == (
        "mortality: 202 of 404 values are not rates between 0 and 2; the first is 2.04 at area Havna, sex female, "
        "age 0. Rates per 1,000 must be divided by 1,000."
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e-9])
def test_one_bad_value_is_found_wherever_it_stands(value):
    for position in ((0, 0, 0), (1, 1, 100), (0, 1, 50)):
        wrong = rates()
        wrong[position] = value
        with pytest.raises(SchemaError, match="1 of 404 values"):
            require_values(wrong, "rate", low=0.0, high=float("inf"))


def test_good_values_pass_and_bounds_are_included():
    require_values(rates(0.0), "rate", low=0.0, high=0.0)
    require_values(rates().isel(age=slice(0, 0)), "rate", low=0.0)


def test_missing_labels_are_named_before_surplus_ones():
    with pytest.raises(SchemaError, match="1 labels of dimension area are missing that the population has: Sentrum"):
        require_labels(rates(), "area", ["Havna", "Sentrum"], "mortality")
    with pytest.raises(
        SchemaError, match=r"1 labels of dimension area are surplus, the population does not have .* Vika"
    ):
        require_labels(rates(), "area", ["Havna"], "mortality")


def test_labels_are_aligned_by_name_not_by_position():
    values = rates()
    values.loc[{"area": "Vika"}] = 0.5
    turned = require_labels(values, "area", ["Vika", "Havna"], "mortality")
    assert float(turned.sel(area="Vika").mean()) == 0.5
    assert turned["area"].values.tolist() == ["Vika", "Havna"]


def test_dimensions_missing_and_surplus():
    with pytest.raises(SchemaError, match="dimension year is missing; it has area, sex, age"):
        require_dims(rates(), "mortality", needed=("year",))
    with pytest.raises(SchemaError, match="dimension area is not known here; allowed are sex, age"):
        require_dims(rates(), "mortality", allowed=("sex", "age"))


def test_units_are_needed_and_a_three_year_sum_is_not_annual():
    require_unit(rates(), "mortality", "1/year")
    with pytest.raises(SchemaError, match=r"no unit.*assign_attrs\(units='1/year'\)"):
        require_unit(rates().drop_attrs(), "mortality", "1/year")
    with pytest.raises(SchemaError, match="the unit is '1/3 years' where '1/year' is needed"):
        require_unit(rates().assign_attrs(units="1/3 years"), "mortality", "1/year")


def test_conform_orders_dimensions_and_labels():
    turned = rates().transpose("age", "sex", "area").isel(age=slice(None, None, -1), sex=[1, 0])
    xr.testing.assert_identical(conform(turned, "mortality"), rates())


def test_every_assumption_has_a_rule_and_every_flow_a_sign():
    assert all(variable.low < variable.high for variable in ASSUMPTIONS.values())
    assert set(SIGNS.values()) == {-1, 1}


def test_long_lists_stay_short():
    assert short_list(["a"]) == "a"
    assert short_list(list(range(10)), most=2) == "0, 1 and 8 more"


def test_labels_that_are_double_or_absent_are_not_aligned():
    with pytest.raises(SchemaError, match=r"mortality: 1 labels of dimension area occur more than once; .* Havna"):
        require_labels(rates().isel(area=[0, 1, 0]), "area", ["Havna", "Vika"], "mortality")
    with pytest.raises(SchemaError, match="mortality: dimension age has no labels"):
        require_labels(rates().drop_vars("age"), "age", range(101), "mortality")


def test_any_dimension_is_allowed_where_none_is_named():
    odd = rates().rename(area="kind")
    require_dims(odd, "rates", needed=("age",), allowed=None)
    with pytest.raises(SchemaError, match="dimension kind is not known here"):
        require_dims(odd, "rates", needed=("age",))

"""What is bad is counted and shown once; arrays that are used together mean the same areas."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.schema import BalanceError, SchemaError, common_scalars, low_and_high, reject, with_total


def table(values=((1.0, -2.0), (3.0, -4.0))):
    return xr.DataArray(list(values), coords={"area": ["0301", "3201"], "year": [2025, 2026]})


def test_nothing_bad_is_nothing_said():
    reject(table() > 9.0, table(), "never said")


def test_the_first_bad_cell_is_shown_with_its_value():
    with pytest.raises(BalanceError) as error:
        reject(table() < 0.0, table(), "{bad} of {all}: {first:g} at {cell}.", "Mend it.", error=BalanceError)
    assert str(error.value) == "2 of 4: -2 at area 0301, year 2026. Mend it."


def test_the_value_may_lack_dimensions_and_labels():
    with pytest.raises(SchemaError, match="9 at area 0301, year 2025"):
        reject(table() > 0.0, xr.DataArray(9.0), "{first:g} at {cell}")
    bare = xr.DataArray([0.0, 5.0], dims="step")
    with pytest.raises(SchemaError, match="5 at step 1"):
        reject(bare > 0.0, bare, "{first:g} at {cell}")


def test_counts_have_separators():
    many = xr.DataArray(np.ones(2500), coords={"age": np.arange(2500)})
    with pytest.raises(SchemaError, match="2,500 of 2,500"):
        reject(many > 0.0, many, "{bad} of {all}")


def test_one_area_belongs_with_the_same_area_or_with_none():
    one = xr.DataArray(1.0, coords={"area": "9901"})
    assert common_scalars({"people": one, "rates": xr.DataArray(0.1)}) == {"area": "9901"}
    assert common_scalars({"people": one, "rates": one.expand_dims("area")}) == {}


@pytest.mark.parametrize("other", [{"area": "9902"}, {"area": ["9901", "9902"]}])
def test_one_area_does_not_belong_with_others(other):
    one = xr.DataArray(1.0, coords={"area": "9901"})
    rates = xr.DataArray(0.1).expand_dims(other) if isinstance(other["area"], list) else xr.DataArray(0.1, other)
    for pair in ({"people": one, "rates": rates}, {"rates": rates, "people": one}):
        with pytest.raises(SchemaError, match=r"is of area 990\d.* but .* is of area 990\d"):
            common_scalars(pair)


def test_a_total_is_of_all_parts_or_missing():
    assert with_total(table(), "area").sel(area="total").values.tolist() == [4.0, -6.0]
    assert with_total(table(), "area", first=True)["area"].values.tolist() == ["total", "0301", "3201"]
    gap = table(((1.0, np.nan), (3.0, 4.0)))
    assert np.isnan(with_total(gap, "area").sel(area="total", year=2026))


@pytest.mark.parametrize("level", [0.0, 1.0, 80.0, float("nan")])
def test_a_level_is_a_share(level):
    with pytest.raises(SchemaError, match="is not a share"):
        low_and_high(xr.DataArray([1.0, 2.0], dims="draw"), level=level)

"""Dwellings balance like people, and every impossible number names zone, type and year."""

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.schema import BalanceError, SchemaError

KEY = {"area": ["Havna", "Lia"], "dwelling_type": ["row", "block"]}
YEARS = [2025, 2026, 2027]


def start() -> xr.DataArray:
    return xr.DataArray([[100.0, 40.0], [60.0, 10.0]], coords=KEY, attrs={"units": "dwellings"})


def flow(**cells: float) -> xr.DataArray:
    array = xr.DataArray(np.zeros((2, 2, 3)), coords=KEY | {"year": YEARS}, attrs={"units": "dwellings/year"})
    for place, number in cells.items():
        area, kind, year = place.split("_")
        array.loc[area, kind, int(year)] = number
    return array


def test_stock_rolls_forward_and_balances() -> None:
    homes = kh.roll_stock(
        start(),
        flow(Havna_block_2025=12.0, Lia_row_2026=5.0),
        demolitions=flow(Havna_row_2026=7.0),
        conversions=flow(Lia_row_2027=-2.0, Lia_block_2027=3.0),
        vacancy=0.05,
    )
    assert homes.stock.dims == ("area", "dwelling_type", "year")
    assert homes.stock.sel(area="Havna", dwelling_type="block").values.tolist() == [40.0, 52.0, 52.0, 52.0]
    assert homes.stock.sel(area="Lia", dwelling_type="row").values.tolist() == [60.0, 60.0, 65.0, 63.0]
    assert kh.check_dwellings(homes) is homes
    assert np.abs(homes.occupied + homes.vacant - homes.stock).max() < 1e-12
    change = homes.occupied.diff("year", label="lower")
    assert np.abs(homes.occupied_change - change).max() == 0.0


def test_dwellings_that_wait_are_vacant_and_come_later() -> None:
    waits = xr.DataArray([0.0, 3.0, 0.0, 0.0], coords={"year": [2025, 2026, 2027, 2028]}, attrs={"units": "dwellings"})
    only = xr.DataArray([[0.0, 1.0], [0.0, 0.0]], coords=KEY)
    homes = kh.roll_stock(start(), flow(Havna_block_2025=12.0), awaiting=(waits * only).assign_attrs(waits.attrs))
    new = homes.first_homes.sel(area="Havna", dwelling_type="block")
    assert new.values.tolist() == [9.0, 3.0, 0.0]
    assert float(homes.vacant.sum("dwelling_type").sel(area="Havna", year=2026)) == 3.0


def test_draws_and_scenarios_broadcast() -> None:
    built = flow(Havna_block_2025=10.0) * xr.DataArray([1.0, 2.0], coords={"draw": [0, 1]})
    homes = kh.roll_stock(start(), built.assign_attrs(units="dwellings/year"))
    assert homes.stock.dims == ("draw", "area", "dwelling_type", "year")
    assert homes.stock.sel(area="Havna", dwelling_type="block", year=2026).values.tolist() == [50.0, 60.0]
    kh.check_dwellings(homes)


def test_more_demolitions_than_dwellings_are_named() -> None:
    with pytest.raises(
        kh.HousingError, match=r"stock: 2 of 16 .* the first is -2 at area Lia, dwelling_type block, year 2027"
    ):
        kh.roll_stock(start(), flow(), demolitions=flow(Lia_block_2026=12.0))
    stock = kh.roll_stock(start(), flow()).stock
    too_many = flow(Lia_block_2026=12.0)
    with pytest.raises(kh.HousingError, match=r"demolish more .* by 2 at area Lia, dwelling_type block, year 2026"):
        kh.Dwellings(stock, xr.Dataset({"demolitions": too_many}), xr.DataArray(0.0), nothing())


def nothing() -> xr.DataArray:
    return xr.DataArray(0.0, attrs={"units": "dwellings"})


def test_gap_in_the_balance_is_named() -> None:
    homes = kh.roll_stock(start(), flow(Havna_block_2025=12.0))
    wrong = homes.stock.copy()
    wrong.loc["Lia", "row", 2027:] += 4.0
    with pytest.raises(
        BalanceError, match=r"1 of 12 cells .* off by 4 dwellings at area Lia, dwelling_type row, year 2026"
    ):
        kh.check_dwellings(kh.Dwellings(wrong, homes.flows, homes.vacancy, homes.awaiting))


def test_more_vacant_than_there_are_is_named() -> None:
    waits = xr.DataArray(np.full((2, 2), 11.0), coords=KEY, attrs={"units": "dwellings"})
    with pytest.raises(
        kh.HousingError, match=r"occupied dwellings: .* the first is -1 at area Lia, dwelling_type block"
    ):
        kh.roll_stock(start(), flow(), awaiting=waits)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vacancy": 1.2}, "vacancy: 1 of 1 values are not shares of the stock"),
        (
            {"demolitions": flow(Lia_row_2025=-1.0)},
            "demolitions: .* the first is -1 at area Lia, dwelling_type row, year 2025",
        ),
        ({"awaiting": xr.DataArray(3.0)}, "awaiting: no unit"),
        ({"demolitions": flow().isel(year=[0, 1])}, "demolitions: 1 labels of dimension year are missing"),
        (
            {"demolitions": flow().isel(area=[0])},
            "demolitions: 1 labels of dimension area are missing that the stock has: Lia",
        ),
    ],
)
def test_bad_input_is_named(change: dict, message: str) -> None:
    with pytest.raises((SchemaError, kh.HousingError), match=message):
        kh.roll_stock(start(), flow(), **change)


def test_dimension_that_is_missing_or_strange_is_named() -> None:
    with pytest.raises(SchemaError, match="completions: dimension year is missing"):
        kh.roll_stock(start(), start())
    with pytest.raises(SchemaError, match="stock: dimension tenure is not known to housing"):
        kh.roll_stock(start().expand_dims(tenure=["own"]), flow())
    with pytest.raises(SchemaError, match="unknown flow sold"):
        kh.Dwellings(kh.roll_stock(start(), flow()).stock, xr.Dataset({"sold": flow()}), xr.DataArray(0.0), nothing())

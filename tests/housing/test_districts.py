"""Districts sum to the municipality exactly, with moves between them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import check_balance
from kompaslite.engine import project
from kompaslite.schema import SchemaError
from tests.worlds.town import people, rates

AREAS = ["Havna", "Lia", "Moen", "Vik"]


def migration() -> tuple[xr.Dataset, xr.DataArray]:
    folk = people(AREAS)
    assumptions = rates(AREAS, range(2025, 2027))
    return assumptions[["out_migration", "in_migration"]], folk


def test_residue_makes_the_sum_exact_and_has_a_name() -> None:
    folk = people(AREAS)
    whole = folk.sum("area").assign_attrs(units="persons") + 3.0
    joined = kh.with_residue(folk, whole.assign_attrs(units="persons"), residue="no district")
    assert joined["area"].values.tolist() == [*AREAS, "no district"]
    assert np.abs(joined.sum("area") - whole).max() < 1e-9
    assert np.abs(joined.sel(area="no district") - 3.0).max() < 1e-9


def test_districts_with_more_people_than_the_municipality_are_named() -> None:
    folk = people(AREAS)
    whole = folk.sum("area").assign_attrs(units="persons").copy()
    whole.loc["male", 40] -= 2.0
    with pytest.raises(SchemaError, match=r"in 1 of 212 cells .* the first by 2 at sex male, age 40"):
        kh.with_residue(folk, whole)
    with pytest.raises(SchemaError, match="'Lia' is a district already"):
        kh.with_residue(folk, whole, residue="Lia")


def test_zones_keep_their_moves_and_what_leaves_one_arrives_in_another() -> None:
    given, exposure = migration()
    coupled = kh.couple_zones(given, exposure, inside=0.4)
    flows = coupled.moves * exposure
    left = flows.sum("destination") + coupled.out_migration * exposure
    came = flows.sum("area").rename(destination="area") + coupled.in_migration
    assert np.abs(left - given.out_migration * exposure).max() < 1e-9
    assert np.abs(came - given.in_migration).max() < 1e-9
    assert float(coupled.in_migration.min()) >= 0.0
    assert float(coupled.out_migration.min()) >= 0.0
    for area in AREAS:
        assert float(np.abs(coupled.moves.sel(area=area, destination=area)).max()) == 0.0
    assert 0.2 < coupled.moves.attrs["inside"] <= 0.4


def test_affinity_sends_people_to_neighbours() -> None:
    given, exposure = migration()
    near = xr.DataArray(np.full((4, 4), 0.1), coords={"area": AREAS, "destination": AREAS})
    near.loc["Havna", "Lia"] = 5.0
    usual, drawn = (kh.couple_zones(given, exposure, inside=0.2, affinity=how) for how in (None, near))
    more = drawn.moves.sel(area="Havna", destination="Lia") / usual.moves.sel(area="Havna", destination="Lia")
    assert float(more.min()) > 1.5


def test_share_inside_falls_where_too_few_arrive() -> None:
    given, exposure = migration()
    given["in_migration"].loc[:, :, 30] = 0.01
    coupled = kh.couple_zones(given, exposure, inside=0.9)
    assert float(coupled.in_migration.min()) >= 0.0
    inside = coupled.moves.sum("destination") / given.out_migration
    assert float(inside.sel(age=30).max()) < 0.01
    with pytest.raises(SchemaError, match="inside: 1 of 1 values are not shares"):
        kh.couple_zones(given, exposure, inside=1.2)


def test_coupled_zones_project_to_the_sum() -> None:
    given, exposure = migration()
    assumptions = rates(AREAS, range(2025, 2030))
    coupled = kh.couple_zones(given, exposure, inside=0.4)
    assumptions = assumptions.assign({str(name): part for name, part in coupled.items()})
    forecast = check_balance(project(people(AREAS), assumptions))
    moved = forecast.flows.moves_in.sum("area") - forecast.flows.moves_out.sum("area")
    assert np.abs(moved).max() < 1e-9
    flows = forecast.flows
    net = flows.in_migration + flows.immigration - flows.out_migration - flows.emigration
    births = flows.births.sum(["area", "sex", "age"])
    grown = births + (net - flows.deaths).sum(["area", "sex", "age"])
    assert np.abs(forecast.population.sum(["area", "sex", "age"]).diff("year", label="lower") - grown).max() < 1e-8


def test_oslo_s_districts_and_the_unknown_are_oslo(shared: Path) -> None:
    def read(name: str, code: str) -> xr.DataArray:
        frame = pd.read_parquet(shared / "data" / name).astype({"municipality_code": str, code: str, "sex": str})
        frame = frame[(frame["municipality_code"] == "0301") & frame["year"].between(2015, 2026)]
        series = frame.set_index([code, "sex", "age", "year"])["population"].astype(float)
        return xr.DataArray.from_series(series.rename_axis(index={code: "area"})).assign_attrs(units="persons")

    whole = read("population_municipality_age_sex_2005_2026.parquet", "municipality_code").sel(area="0301", drop=True)
    districts = read("population_city_districts_age_sex_2005_2026.parquet", "district_code").fillna(0.0)
    oslo = kh.with_residue(districts.assign_attrs(units="persons"), whole)
    assert oslo.sizes["area"] == 18
    assert float(np.abs(oslo.sum("area") - whole).max()) == 0.0
    assert 0.0 < float(oslo.sel(area="unknown", year=2026).sum()) < 5000.0

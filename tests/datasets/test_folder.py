"""A folder of data: which table is which, and what nobody would read."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.datasets import load_municipality, made_up
from kompaslite.schema import SchemaError
from kompaslite.statbank.fetch import Fetched
from kompaslite.statbank.report import write_tables

PARTS = ("births", "deaths", "in_migration", "out_migration", "immigration", "emigration")


@pytest.fixture(scope="module")
def made():
    return made_up(1, years=range(2018, 2027))


def population(made, place, *, name="population.csv", area=True):
    place.mkdir(exist_ok=True)
    frame = made.population.round().astype(int).rename("persons").to_series().reset_index()
    (frame if area else frame.drop(columns="area")).to_csv(place / name, index=False)
    return place


def yearly(made):
    """Births, deaths and moves by area and year."""
    return {part: made.flows[part].sum(sorted({"sex", "age"} & set(made.flows[part].dims))) for part in PARTS}


def flows(made, place, *, name="flows.csv", area=True, sep=",", exchanged=()):
    frame = xr.Dataset(yearly(made)).round().astype(int).to_dataframe().reset_index()[["area", "year", *PARTS]]
    frame = frame.rename(columns=dict(zip(exchanged, exchanged[::-1], strict=True)))
    (frame if area else frame.drop(columns="area")).to_csv(place / name, index=False, sep=sep)
    return place


@pytest.mark.parametrize(
    ("name", "sep"), [("Flows.csv", ","), ("flows.tsv", "\t"), ("FLOWS.TSV", "\t"), ("changes.csv", ";")]
)
def test_a_table_is_known_by_its_name_whatever_its_letters_and_ending(made, tmp_path, name, sep):
    data = load_municipality(flows(made, population(made, tmp_path / "mine"), name=name, sep=sep))
    assert set(PARTS) <= set(data.observed.flows)
    assert data.sources["flows"] == name
    assert name in data.reading


def test_an_open_document_is_read(made, tmp_path):
    place = population(made, tmp_path / "mine")
    frame = pd.DataFrame({"area": ["9901"], "dwelling_type": ["block"], "dwellings": [1200]})
    pytest.importorskip("odf", reason="pandas writes .ods by odfpy")
    frame.to_excel(place / "dwellings.ods", index=False)
    assert float(load_municipality(place).stock.sum()) == 1200.0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flow.csv", "nothing reads the table flow.csv in mine. Is it flows"),
        ("dwelling.xlsx", "nothing reads the table dwelling.xlsx in mine. Is it dwellings"),
        ("migration.parquet", "nothing reads the table migration.parquet in mine. Tables are population, flows"),
        ("flows2.tsv", "nothing reads the table flows2.tsv in mine. Is it flows"),
    ],
)
def test_a_table_that_nothing_reads_is_named(made, tmp_path, name, words):
    place = population(made, tmp_path / "mine")
    (place / name).write_text("a,b\n1,2\n")
    with pytest.raises(SchemaError, match=words):
        load_municipality(place)


@pytest.mark.parametrize("name", ["readme.txt", "sources.json", ".flows.csv", "~$flows.xlsx", "notes.md"])
def test_what_is_no_table_may_stand_beside(made, tmp_path, name):
    place = population(made, tmp_path / "mine")
    (place / name).write_text("words")
    assert load_municipality(place).observed.years[-1] == 2026


def test_two_tables_of_one_kind_and_links_to_nothing(made, tmp_path):
    place = flows(made, population(made, tmp_path / "mine"))
    flows(made, place, name="changes.csv")
    with pytest.raises(SchemaError, match=r"two tables of flows, changes.csv and flows.csv. Keep one of them"):
        load_municipality(place)
    (place / "changes.csv").unlink()
    (place / "dwellings.csv").symlink_to(place / "gone.csv")
    with pytest.raises(SchemaError, match=r"dwellings.csv in mine is a link to nothing"):
        load_municipality(place)
    (place / "dwellings.csv").unlink()
    (place / "dwellings.csv").mkdir()
    with pytest.raises(SchemaError, match=r"dwellings.csv in mine is no file"):
        load_municipality(place)


@pytest.mark.parametrize("known", [(), ("flows",), ("dwellings",), ("flows", "dwellings")])
def test_a_folder_without_areas_is_of_one_place(made, tmp_path, known):
    place = population(made, tmp_path / "mine", area=False)
    if "flows" in known:
        flows(made, place, area=False)
    if "dwellings" in known:
        pd.DataFrame({"dwelling_type": ["row", "block"], "dwellings": [700, 600]}).to_csv(
            place / "dwellings.csv", index=False
        )
    data = load_municipality(place)
    assert data.observed.population["area"].values.tolist() == ["mine"]
    assert all(flow["area"].values.tolist() == ["mine"] for flow in data.observed.flows.values())
    assert data.stock is None or data.stock["area"].values.tolist() == ["mine"]
    np.testing.assert_array_equal(data.observed.population.sum("area"), made.population.round().sum("area"))


def test_a_place_takes_the_code_that_another_table_has(made, tmp_path):
    data = load_municipality(flows(made, population(made, tmp_path / "mine", area=False)))
    assert data.observed.population["area"].values.tolist() == ["9901"]


#: Of worlds in which the moves of a kind do not cancel out over the years.
SEEDS = {"in_migration": 4, "immigration": 3}


@pytest.mark.parametrize("pair", [("in_migration", "out_migration"), ("immigration", "emigration")])
def test_moves_in_and_out_that_are_exchanged_are_told(tmp_path, pair):
    made = made_up(2, years=range(2018, 2027), seed=SEEDS[pair[0]])
    data = load_municipality(flows(made, population(made, tmp_path / "right")))
    moved = float(abs(data.observed.flows[pair[0]].sum() - data.observed.flows[pair[1]].sum()))
    assert moved > 50
    with pytest.raises(SchemaError, match=rf"flows: {pair[0]} and {pair[1]} seem to be exchanged.*Exchange"):
        load_municipality(flows(made, population(made, tmp_path / "wrong"), exchanged=pair))


def dwellings(name, place, rows):
    pd.DataFrame(rows).to_csv(place / name, index=False)


def test_what_fetch_writes_is_read(made, tmp_path):
    years = {"area": ["9901"], "dwelling_type": ["row", "block"], "year": [2025, 2026]}
    stock = xr.DataArray([[[500.0, 510.0], [600.0, 640.0]]], coords=years, name="dwellings")
    totals = {name: flow.round().assign_attrs(units="persons/year") for name, flow in yearly(made).items()}
    fetched = Fetched(
        accounts=type(made)(made.population.round(), xr.Dataset(totals)),
        dwelling_stock=stock,
        completions=stock - 490.0,
        sources=(),
        notes=(),
        tables={},
    )
    names = write_tables(fetched, tmp_path / "9901")
    assert set(names) >= {"population.csv", "changes.csv", "dwelling_stock.csv", "completions.csv", "sources.json"}
    data = load_municipality(tmp_path / "9901")
    assert set(data.observed.flows) == set(PARTS)
    read = data.stock.sel(area="9901", year=2026)
    assert {kind: read.sel(dwelling_type=kind).item() for kind in ("row", "block")} == {"row": 510, "block": 640}
    assert data.dwellings["completed"].sel(area="9901", year=2026).item() == 510 + 640 - 980


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["9901,row,2026,5", ",block,2026,6"], "area is blank in some rows"),
        (["9901,row,2026,5", "9901,row,2026,6"], "stands twice"),
        (["9901,row,2025,5", "9901,block,2025,6", "9901,row,2026,7"], "lacks a dwelling type"),
        (["9901,row,2026,many"], "dwellings"),
    ],
)
def test_dwellings_that_do_not_fit(made, tmp_path, rows, words):
    place = population(made, tmp_path / "mine")
    (place / "dwellings.csv").write_text("\n".join(["area,dwelling_type,year,dwellings", *rows]) + "\n")
    with pytest.raises(SchemaError, match=words):
        load_municipality(place)

"""The same table in every clothing gives the same population, and every row is accounted for."""

import gzip

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite import readers
from kompaslite.accounts import Accounts
from kompaslite.readers import Columns, TableError, check_table, read_population
from kompaslite.schema import SchemaError
from tests.worlds.tables import (
    AGE_WORDS,
    SEX_WORDS,
    csv_text,
    frame,
    norwegian,
    people,
    rows_of,
    same,
    workbook,
    write,
)


def wide(by: str) -> pd.DataFrame:
    return (
        frame()
        .pivot_table(index=[c for c in ("area", "sex", "age", "year") if c != by], columns=by, values="population")
        .reset_index()
    )


CLOTHES = {
    "tidy csv": ("a.csv", lambda: csv_text(frame(), sep=",")),
    "semicolons": ("a.csv", lambda: csv_text(norwegian())),
    "tabs": ("a.tsv", lambda: csv_text(norwegian(), sep="\t")),
    "packed": ("a.csv.gz", lambda: gzip.compress(csv_text(norwegian()).encode())),
    "quoted everywhere": ("a.csv", lambda: norwegian().to_csv(index=False, quoting=1, sep=";")),
    "windows line ends": ("a.csv", lambda: csv_text(norwegian()).replace("\n", "\r\n")),
    "sep line": ("a.csv", lambda: "sep=;\n" + csv_text(norwegian())),
    "parquet": ("a.parquet", frame),
    "parquet of categories": (
        "a.parquet",
        lambda: frame().astype({"area": "category", "sex": "category", "age": "int8"}),
    ),
    "workbook": ("a.xlsx", frame),
    "workbook with a title": ("a.xlsx", lambda: workbook([["07459: Befolkning"], [], *rows_of(norwegian())])),
    "years across": ("a.csv", lambda: wide("year")),
    "years across with a word": (
        "a.csv",
        lambda: wide("year").rename(columns=lambda c: f"Personer {c}" if isinstance(c, int) else c),
    ),
    "sexes across": ("a.xlsx", lambda: wide("sex").rename(columns=SEX_WORDS)),
    "ages across": ("a.csv", lambda: wide("age").rename(columns=AGE_WORDS)),
    "sex and year across": (
        "a.csv",
        lambda: (
            frame()
            .assign(head=frame()["sex"].map(SEX_WORDS) + " " + frame()["year"].astype(str))
            .pivot_table(index=["area", "age"], columns="head", values="population")
            .reset_index()
        ),
    ),
    "rows in disorder": ("a.csv", lambda: norwegian().sample(frac=1, random_state=1)),
}


@pytest.mark.parametrize("clothing", CLOTHES)
def test_every_clothing_gives_the_same_population(clothing, tmp_path):
    name, content = CLOTHES[clothing]
    read = read_population(write(tmp_path, name, content()))
    assert same(read, people())
    assert read.attrs["units"] == "persons"
    assert read.attrs["rows_used"] + read.attrs["rows_set_aside"] == read.attrs["rows_read"]
    assert Accounts(read).years == (2024, 2025, 2026)


def test_area_codes_are_text_in_every_format(tmp_path):
    for name in ("a.csv", "a.xlsx", "a.parquet"):
        areas = read_population(write(tmp_path, name, frame(("0301", "1103"))))["area"].values.tolist()
        assert areas == ["0301", "1103"]


def test_a_frame_and_a_named_index_are_read_too():
    indexed = frame().set_index(["area", "sex", "age", "year"])
    assert same(read_population(indexed), people())


def test_a_table_without_areas_has_no_area_dimension():
    read = read_population(frame(("3201",)).drop(columns="area"))
    assert read.dims == ("sex", "age", "year")
    fixed = read_population(frame(("3201",)).drop(columns="area"), columns={"fixed": {"area": "3201"}})
    assert fixed["area"].values.tolist() == ["3201"]


def test_a_label_for_all_rows_can_be_declared():
    one = read_population(frame().query("year == 2025").drop(columns="year"), columns={"fixed": {"year": 2025}})
    assert one["year"].values.tolist() == [2025]
    with pytest.raises(TableError, match="which is not understood"):
        read_population(frame().drop(columns="year"), columns={"fixed": {"year": "2021-2023"}})


def test_names_may_stand_for_areas_where_no_code_does():
    named = frame().replace({"area": {"3201": "Havna", "3203": "Sentrum"}})
    assert read_population(named)["area"].values.tolist() == ["Havna", "Sentrum"]


def test_declared_columns_and_labels(tmp_path):
    table = (
        frame().rename(columns={"area": "sted", "population": "bosatte"}).replace({"sex": {"female": "W", "male": "X"}})
    )
    mapping = Columns(area="sted", value="bosatte", labels={"sex": {"W": "female", "X": "male"}})
    assert same(read_population(write(tmp_path, "a.csv", table), columns=mapping), people())


def test_a_zero_sign_must_be_declared(tmp_path):
    text = csv_text(norwegian()).replace(";900\n", ";-\n")
    read = read_population(write(tmp_path, "a.csv", text), columns={"zeros": "-"})
    assert float(read.sel(area="3201", sex="female", age=0, year=2024)) == 0
    assert "'-' read as 0, as told (row 2)" in read.attrs["reading"]


def test_fill_down_repeats_the_label_above(tmp_path):
    table = norwegian()
    table.loc[table["region"].duplicated(), "region"] = ""
    path = write(tmp_path, "a.csv", table)
    with pytest.raises(TableError, match="blank label of dimension area"):
        read_population(path)
    read = read_population(path, columns={"fill_down": True})
    assert same(read, people())
    assert "blank labels of column 'region' filled from above, as told" in read.attrs["reading"]


def test_keep_sets_the_other_rows_aside():
    read = read_population(frame(), keep={"year": [2025, 2026], "area": ["3203"]})
    assert same(read, people().sel(area=["3203"], year=[2025, 2026]))
    assert (read.attrs["rows_used"], read.attrs["rows_set_aside"]) == (16, 32)


def test_keep_of_a_wide_table_uses_part_of_each_row():
    read = read_population(wide("year"), keep={"year": [2025]})
    assert (read.attrs["rows_used"], read.attrs["rows_set_aside"]) == (16, 0)


def test_totals_over_areas_are_not_kept_where_areas_are_left_out(tmp_path):
    total = int(people().sel(age=0, sex="female", year=2024).sum())
    text = csv_text(norwegian()) + f"Sum;Kvinner;0 år;2024;{total}\n"
    read = read_population(write(tmp_path, "a.csv", text), keep={"area": ["3201"]})
    assert same(read, people().sel(area=["3201"]))
    assert (read.attrs["rows_used"], read.attrs["rows_set_aside"]) == (24, 25)


def test_columns_that_are_not_used_are_told():
    read = read_population(frame().assign(navn="Bærum", kilde="x"))
    assert read.attrs["reading"].endswith("columns not used: navn, kilde")


def test_the_country_stays_beside_the_table_when_years_are_kept(tmp_path):
    text = csv_text(norwegian()) + "0 Hele landet;Kvinner;0 år;2025;99\n"
    read = read_population(write(tmp_path, "a.csv", text), keep={"year": [2025, 2026]})
    assert same(read, people().sel(year=[2025, 2026]))
    assert "figures of the whole country beside its parts (row 50)" in read.attrs["reading"]


def test_a_truth_value_among_figures_is_no_figure():
    table = frame().astype({"population": object})
    table.loc[3, "population"] = True
    with pytest.raises(TableError, match=r"'TRUE' is not a number \(row 4\)"):
        read_population(table)


def test_estimates_of_the_table_are_flagged_by_area_and_year():
    table = frame().assign(estimated=lambda t: (t["area"] == "3203") & (t["year"] == 2024))
    read = read_population(table)
    assert read["estimated"].dims == ("area", "year")
    assert read["estimated"].values.tolist() == [[False] * 3, [True, False, False]]
    with pytest.raises(TableError, match="says neither yes nor no: maybe"):
        read_population(frame().assign(estimated="maybe"))


def test_fractions_are_read_when_they_are_announced():
    table = frame().assign(population=frame()["population"] + 0.25)
    with pytest.raises(TableError, match="not whole"):
        read_population(table)
    assert float(read_population(table, whole=False).sum()) == pytest.approx(float(people().sum()) + 12)


def test_a_report_without_reading():
    good, bad = check_table(frame()), check_table(frame().iloc[2:])
    assert good.ok
    assert (good.rows_read, good.rows_used) == (48, 48)
    assert not bad.ok
    assert "2 of 48 cells have no row" in str(bad)


def test_unknown_declarations_are_errors():
    with pytest.raises(SchemaError, match="unknown key aera; the keys are area"):
        read_population(frame(), columns={"aera": "x"})
    with pytest.raises(SchemaError, match="unknown dimension aeg"):
        Columns(labels={"aeg": {}})
    with pytest.raises(SchemaError, match="unknown component birth"):
        Columns(components={"Fødte": "birth"})
    with pytest.raises(SchemaError, match="decimal is 'comma'"):
        Columns(decimal="comma")
    with pytest.raises(SchemaError, match="incomplete is 'drop'"):
        read_population(frame(), incomplete="drop")
    with pytest.raises(TableError, match="keep names the dimension origin"):
        read_population(frame(), keep={"origin": [1]})


def test_an_absent_file_is_an_error_of_the_library(tmp_path):
    with pytest.raises(TableError, match=r"a.csv: 1 problem in 0 rows; nothing was read.\n  1. There is no such file"):
        read_population(tmp_path / "a.csv")
    folder = tmp_path / "b.csv"
    folder.mkdir()
    with pytest.raises(TableError, match="Reading failed"):
        read_population(folder)


def test_what_was_read_can_be_written_to_netcdf(tmp_path):
    pytest.importorskip("h5netcdf")
    read = read_population(frame())
    read.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataarray(tmp_path / "a.nc") as again:
        assert again.attrs["reading"] == read.attrs["reading"]


def test_the_public_names_have_docstrings():
    for name in readers.__all__:
        assert getattr(readers, name).__doc__


@pytest.mark.parametrize("year", [2005, 2026])
def test_the_municipalities_of_a_country(shared, year):
    path = shared / "data" / "population_municipality_age_sex_2005_2026.parquet"
    with pytest.raises(
        TableError, match="212 of 867,504 cells have no row; the first is area 1160, sex female, age 0, year 2005"
    ):
        read_population(path)
    read = read_population(path, keep={"year": range(2006, 2027)} if year == 2026 else None, incomplete="set aside")
    assert read.attrs["rows_read"] == 867_292
    assert read.sizes["area"] == (186 if year == 2026 else 185)
    table = pd.read_parquet(path, filters=[("municipality_code", "==", "3201"), ("year", "==", year)])
    assert np.array_equal(
        read.sel(area="3201", year=year).values.ravel(),
        table.sort_values(["sex", "age"])["population"].to_numpy(),
    )
    assert bool(read["estimated"].sel(area="1580", year=2020))


def test_headers_that_are_the_same_in_words_are_an_error():
    for table in (
        frame().assign(**{"x": 1}).rename(columns={"x": "age"}),
        frame().assign(**{"1": 1}).assign(x=1).rename(columns={"x": 1}),
    ):
        with pytest.raises(TableError, match="Two columns have the header"):
            read_population(table)
    indexed = frame().set_index("age", drop=False)
    with pytest.raises(TableError, match="Two columns have the header 'age'"):
        read_population(indexed)


def test_text_in_parquet_that_is_no_text_is_an_error(tmp_path):
    content = frame().to_parquet()
    for word in (b"female", b"3201"):
        path = write(tmp_path, "a.parquet", content.replace(word, b"\x80" + word[1:]))
        with pytest.raises(TableError, match="not whole Parquet"):
            read_population(path)

"""Broken tables: each is a clear error with its row and its mend, or a correction that is documented and reported."""

# ruff: noqa: E501 - one broken table on a line, as far as it goes

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from kompaslite.readers import AreaCodes, TableError, read_accounts, read_flows, read_population
from kompaslite.schema import SchemaError
from tests.worlds.tables import AREAS, csv_text, frame, norwegian, people, rows_of, same, workbook, write


@dataclass(frozen=True)
class Broken:
    """A file, what it says is wrong with it, and what is expected."""

    what: str
    name: str
    content: Callable[[], object]
    says: str
    error: bool = True
    options: dict | None = None
    areas: tuple[str, ...] = AREAS


def edited(*edits: tuple[str, str], table: pd.DataFrame | None = None) -> str:
    text = csv_text(norwegian() if table is None else table)
    for old, new in edits:
        assert old in text, f"the edit {old!r} would change nothing"
        text = text.replace(old, new, 1)
    return text


def every(old: str, new: str) -> str:
    text = csv_text(norwegian())
    assert old in text
    return text.replace(old, new)


def with_rows(*rows: str) -> str:
    return csv_text(norwegian()) + "\n".join(rows) + "\n"


def without(condition: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    table = frame()
    return table[~condition(table)]


def without_sexes() -> pd.DataFrame:
    return frame().groupby(["area", "age", "year"], as_index=False)["population"].sum()


def with_column(name: str, values: object) -> pd.DataFrame:
    return norwegian().assign(**{name: values})


def values_as(words: Callable[[int], str]) -> str:
    table = norwegian()
    return csv_text(table.assign(Personer=table["Personer"].map(words)))


def spaced(n: int, mark: str = " ") -> str:
    return f"{n:,}".replace(",", mark)


FIRST = "K-3201;Kvinner;0 år;2024;900"
LINE_3 = "K-3201;Kvinner;0 år;2025;937"

BROKEN = [
    # encoding and text
    Broken("Latin-1 instead of UTF-8", "a.csv", lambda: edited().encode("cp1252"), "read as Windows-1252", error=False),
    Broken("byte order mark", "a.csv", lambda: edited().encode("utf-8-sig"), "byte order mark skipped", error=False),
    Broken("UTF-16 with a mark", "a.csv", lambda: edited().encode("utf-16"), "text is utf-16", error=False),
    Broken("UTF-16 without a mark", "a.csv", lambda: edited().encode("utf-16-le"), "zero bytes"),
    Broken("UTF-8 read once as Latin-1", "a.csv", lambda: edited().encode().decode("latin-1"), "no column for sex"),
    Broken(
        "labels read once as Latin-1",
        "a.csv",
        lambda: edited(("0 år;2024", "0 Ã¥r;2024")),
        r"dimension age not understood: '0 Ã¥r' \(not an age\) \(row 2\). The text is UTF-8 that was once read as Latin-1",
    ),
    Broken("DOS code page", "a.csv", lambda: edited().encode("cp865"), "no column for sex, year"),
    Broken("empty file", "a.csv", lambda: b"", "The file is empty"),
    Broken("header only", "a.csv", lambda: edited().splitlines()[0], "header but no rows"),
    Broken("prose", "a.txt", lambda: "There is no table here.\nNone at all.\n", "there is no table"),
    Broken("quotation mark left open", "a.csv", lambda: edited(("K-3201;K", '"K-3201;K')), "quotation mark"),
    Broken(
        "a row cut off",
        "a.csv",
        lambda: csv_text(norwegian())[:-6],
        r"rows do not have the 5 cells of the header \(row 49\)",
    ),
    Broken("a cell too many", "a.csv", lambda: edited((FIRST, FIRST + ";7")), r"5 cells of the header \(row 2\)"),
    Broken("title above, notes below", "a.csv", lambda: "07459: Befolkning\n\n" + edited() + "\nKilde: SSB\n",
           r"title or blank line above the header \(rows 1, 2\)", error=False),
    Broken("blank rows inside", "a.csv", lambda: edited((LINE_3, ";;;;\n" + LINE_3)), r"blank row \(row 3\)", error=False),
    Broken("two columns of one name", "a.csv", lambda: edited(("alder", "år")), "Two columns have the header 'år'"),
    # figures
    Broken("spaces between thousands", "a.csv", lambda: values_as(spaced), "spaces between thousands taken out", error=False),
    Broken("hard spaces between thousands", "a.csv", lambda: values_as(lambda n: spaced(n, "\u00a0")),
           "spaces between thousands taken out", error=False),
    Broken("narrow hard spaces", "a.csv", lambda: values_as(lambda n: spaced(n, "\u202f")), "spaces between", error=False),
    Broken("decimal comma", "a.csv", lambda: values_as(lambda n: f"{n},0"), "a decimal comma read as", error=False),
    Broken("decimal comma with a fraction", "a.csv", lambda: edited((FIRST, FIRST + ",5")), "not whole; the first is 900.5"),
    Broken("point between thousands", "a.csv", lambda: values_as(lambda n: spaced(n, ".")), r"'1.011' may be 1011 or 1.011"),
    Broken("comma between thousands", "a.csv", lambda: values_as(lambda n: f"{n:,}"), r"'1,011' may be 1011 or 1.011"),
    Broken("point between thousands, as told", "a.csv", lambda: values_as(lambda n: spaced(n, ".")),
           "'.' between thousands taken out", error=False, options={"columns": {"decimal": ","}}),
    Broken("negative count", "a.csv", lambda: edited((FIRST, FIRST.replace("900", "-9"))), r"below 0; the first is -9 \(row 2\)"),
    Broken("blank figure", "a.csv", lambda: edited((FIRST, FIRST[:-3])), r"a blank cell where a figure should be \(row 2\)"),
    Broken("two points", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "..")), r"'\.\.': the figure is missing \(row 2\)"),
    Broken("one point", "a.csv", lambda: edited((FIRST, FIRST[:-3] + ".")), r"'\.': no figure is possible"),
    Broken("a colon", "a.csv", lambda: edited((FIRST, FIRST[:-3] + ":")), r"':': the figure is withheld for confidentiality"),
    Broken("a dash", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "-")), r"'-': a zero in some tables.*'zeros'"),
    Broken("NA", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "NA")), "'NA' is not a number"),
    Broken("a spreadsheet's error", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "#REF!")), "'#REF!' is not a number"),
    Broken("footnote mark", "a.csv", lambda: edited((FIRST, FIRST + "*")), r"'900\*' is not a number"),
    Broken("percentage", "a.csv", lambda: edited((FIRST, FIRST + "%")), "is a percentage"),
    Broken("infinite", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "inf")), "'inf' is not a number"),
    Broken("absurdly large", "a.csv", lambda: edited((FIRST, FIRST[:-3] + "9" * 20)), "is not a number"),
    Broken("missing figure in Parquet", "a.parquet", lambda: frame().assign(population=[np.nan, *frame()["population"][1:]]),
           r"blank cell where a figure should be \(row 1\)"),
    Broken("infinite figure in Parquet", "a.parquet", lambda: frame().assign(population=[np.inf, *frame()["population"][1:]]),
           r"inf is not a count of people \(row 1\)"),
    Broken("truth values as figures", "a.parquet", lambda: frame().assign(population=True), "'TRUE' is not a number"),
    # keys
    Broken("double row", "a.csv", lambda: with_rows(FIRST), r"2 cells share their key.*in rows 2, 50 with the same figure"),
    Broken("double row that contradicts", "a.csv", lambda: with_rows(FIRST[:-3] + "901"), "in rows 2, 50 with 900 and 901"),
    Broken("double row by another label", "a.csv", lambda: with_rows(FIRST.replace("K-3201", "3201 Bærum")), "in rows 2, 50"),
    Broken("rows differ in a column not used", "a.csv",
           lambda: pd.concat([with_column("sivilstand", "ugift"), with_column("sivilstand", "gift")]),
           "differ in column 'sivilstand'"),
    Broken("missing age", "a.csv", lambda: without(lambda t: t["age"] == 2), r"age 2 missing throughout; the first gap is after age 1"),
    Broken("missing infants", "a.csv", lambda: without(lambda t: t["age"] == 0), "the first age is 1, not 0"),
    Broken("missing sex", "a.csv", lambda: without(lambda t: t["sex"] == "male"), "only the sex female is there"),
    Broken("no sex column", "a.csv", without_sexes,
           "no column for sex"),
    Broken("missing year", "a.csv", lambda: without(lambda t: (t["year"] == 2025) & (t["area"] == "3203")),
           r"8 of 48 cells have no row; the first is area 3203, sex female, age 0, year 2025 \(only in area 3203; year 2025\)"),
    Broken("missing year, set aside", "a.csv", lambda: without(lambda t: (t["year"] == 2025) & (t["area"] == "3203")),
           "1 areas whose table is not complete: 3203", error=False, options={"incomplete": "set aside"}, areas=("3201",)),
    Broken("one missing row", "a.csv", lambda: frame().iloc[1:], "1 of 48 cells have no row"),
    Broken("gap between years", "a.csv", lambda: frame().replace({"year": {2026: 2029}}), "year 2026, 2027, 2028 missing throughout"),
    # labels
    Broken("unknown sex", "a.csv", lambda: edited(("Kvinner", "Kvinne?")), r"'Kvinne\?' \(not a sex\) \(row 2\)"),
    Broken("sex not stated", "a.csv", lambda: edited(("Kvinner", "Uoppgitt")), "sex not stated: 'Uoppgitt'"),
    Broken("age groups", "a.csv", lambda: every("1 år;", "1-4 år;"), "an age group; single ages are needed"),
    Broken("age groups turned into dates", "a.xlsx",
           lambda: workbook(rows_of(frame().astype(object).replace({"age": {1: pd.Timestamp(2024, 9, 5)}}))),
           "a spreadsheet turns age groups such as 5-9 into dates"),
    Broken("open age below the last", "a.csv", lambda: every("2 år;", "2 år eller eldre;"), "age 2 is open"),
    Broken("age not stated", "a.csv", lambda: every("3 år eller eldre", "Uoppgitt"), "age not stated"),
    Broken("quarters", "a.csv", lambda: every("2024", "2024K1"), "a part of a year"),
    Broken("31 December", "a.csv", lambda: every("2024", "31.12.2023"), "on 1 January of the next year", error=False),
    Broken("1 January", "a.csv", lambda: every(";2024;", ";1.1.2024;"), "a date on 1 January read as its year", error=False),
    Broken("year of two digits", "a.csv", lambda: every(";2024;", ";24;"), "'24' \\(not a year\\)"),
    Broken("blank area", "a.csv", lambda: edited((FIRST, FIRST[6:])), r"blank label of dimension area \(row 2\)"),
    Broken("lost zero of one code among others", "a.csv", lambda: frame(("0301", "3201")).replace({"area": {"0301": "301"}}),
           "leading zero restored, 301 to 0301", error=False, areas=("0301", "3201")),
    Broken("lost zero in a workbook", "a.xlsx", lambda: frame(("0301", "3201")).astype({"area": int}),
           "leading zero restored, 301 to 0301", error=False, areas=("0301", "3201")),
    Broken("lost zero in Parquet", "a.parquet", lambda: frame(("0301", "3201")).astype({"area": int}),
           "leading zero restored, 301 to 0301", error=False, areas=("0301", "3201")),
    Broken("codes of three digits only", "a.xlsx", lambda: frame(("0301",)).astype({"area": int}), "may have lost a zero"),
    Broken("codes of three digits, as told", "a.xlsx", lambda: frame(("0301",)).astype({"area": int}),
           "leading zero restored", error=False, options={"columns": {"digits": 4}}, areas=("0301",)),
    Broken("codes as decimal numbers", "a.csv", lambda: every("K-3201", "3201.0"), "a code written as a decimal number", error=False),
    Broken("county and municipality together", "a.csv", lambda: every("K-3203", "32 Akershus"), "area codes of different levels"),
    Broken("names without codes beside codes", "a.csv", lambda: every("K-3203", "Asker"), "area without a code among areas"),
    # totals
    Broken("total over sexes", "a.csv",
           lambda: with_rows(*(f"K-3201;Begge kjønn;0 år;{year};{v}" for year, v in ((2024, 2244), (2025, 2318), (2026, 2392)))),
           r"total over sex, equal to the sum of its parts \(rows 50, 51, 52\)", error=False),
    Broken("total that differs", "a.csv", lambda: with_rows("K-3201;Begge kjønn;0 år;2024;2245"),
           "total over sex differs from the sum of its parts, by up to 1; the first says 2,245 where the parts sum to 2,244"),
    Broken("total over ages and sexes", "a.csv",
           lambda: with_rows(f"K-3201;I alt;Alle aldre;2024;{int(people().sel(area='3201', year=2024).sum())}"),
           "equal to the sum of its parts", error=False),
    Broken("sum row of a spreadsheet", "a.csv",
           lambda: with_rows(f"Sum;Kvinner;0 år;2024;{int(people().sel(sex='female', age=0, year=2024).sum())}"),
           "equal to the sum of its parts", error=False),
    Broken("sum row that differs", "a.csv", lambda: with_rows("Sum;Kvinner;0 år;2024;1"), "total over area differs"),
    Broken("grand total in every dimension but year", "a.csv",
           lambda: with_rows(f"Sum;I alt;I alt;2024;{int(people().sel(year=2024).sum())}"), "equal to the sum of its parts", error=False),
    Broken("a total of a year that has no parts", "a.csv", lambda: with_rows("K-3201;Begge kjønn;0 år;2027;9"),
           r"total over sex without its parts \(row 50\)"),
    Broken("the country among its parts", "a.csv", lambda: with_rows("0 Hele landet;Kvinner;0 år;2024;27000"),
           r"figures of the whole country beside its parts \(row 50\)", error=False),
    Broken("totals only", "a.csv", lambda: every("Kvinner", "Begge kjønn").replace("Menn", "Begge kjønn"), "has totals only"),
    # measures
    Broken("two units in one column", "a.csv",
           lambda: with_column("enhet", ["personer"] * 47 + ["1000 personer"]), "holds several measures: 'personer', '1000 personer'"),
    Broken("thousands of persons", "a.csv", lambda: with_column("enhet", "1000 personer"), "not persons"),
    Broken("a rate", "a.csv", lambda: with_column("statistikkvariabel", "Prosent av befolkningen"), "not persons"),
    Broken("events instead of a stock", "a.csv", lambda: with_column("statistikkvariabel", "Døde"), "events during the year"),
    Broken("components of change instead of people", "a.csv", lambda: norwegian().rename(columns={"Personer": "Fødte"}),
           r"Components of change \(Fødte\) are read with read_flows"),
    # wrong files
    Broken("workbook called CSV", "a.csv", lambda: workbook(rows_of(frame())), "not text but a workbook"),
    Broken("text called workbook", "a.xlsx", edited, "workbook cannot be opened"),
    Broken("workbook cut off", "a.xlsx", lambda: workbook(rows_of(frame()))[:2000], "workbook cannot be opened"),
    Broken("Parquet cut off", "a.parquet", lambda: b"PAR1" + b"\x00" * 50, "not whole Parquet"),
    Broken("packed file cut off", "a.csv.gz", lambda: gzip.compress(edited().encode())[:80], "broken or cut off"),
    Broken("not packed at all", "a.csv.gz", edited, "not packed although"),
    Broken("JSON cut off", "a.json", lambda: '{"version": "2.0", "class": "data', "not whole JSON"),
    Broken("JSON of an error", "a.json", lambda: json.dumps({"title": "Non-existent value"}), "no JSON-stat 2 dataset"),
    Broken("unknown ending", "a.dbf", edited, "ending of the name is not known"),
    Broken("several sheets", "a.xlsx", lambda: workbook(rows_of(frame()), sheets=("Notes",)), "Several sheets hold something"),
    Broken("several sheets, one named", "a.xlsx", lambda: workbook(rows_of(frame()), sheets=("Notes",)), "48 rows read, 48 used",
           error=False, options={"sheet": "Sheet"}),
    Broken("sheet that is not there", "a.xlsx", lambda: workbook(rows_of(frame())), "no sheet 'X'", options={"sheet": "X"}),
    Broken("merged labels", "a.xlsx", lambda: workbook(rows_of(frame()), merge=("A2:A25", "A26:A49")),
           "merged cells of column 'area' read as repeating", error=False),
    Broken("merged figures", "a.xlsx", lambda: workbook(rows_of(frame()), merge=("E2:E3",)), "merged cells in the figures"),
    Broken("header over two rows", "a.xlsx",
           lambda: workbook([[None, None, "Befolkning", "Befolkning 2"], ["region", "kjønn", 2024, 2025], ["3201", "Menn", 1, 2]]),
           "no column for sex, age, year"),
    # declarations
    Broken("declared column that is absent", "a.csv", edited, "not in the table: Bosatte",
           options={"columns": {"value": "Bosatte"}}),
    Broken("year asked for that is absent", "a.csv", edited, "not in the table: 2019", options={"keep": {"year": [2019, 2024]}}),
]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.what)
def test_broken_table(case, tmp_path):
    path = write(tmp_path, case.name, case.content())
    if case.error:
        with pytest.raises(TableError, match=case.says) as caught:
            read_population(path, **(case.options or {}))
        assert path.name in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.report.rows_used == 0
        return
    read = read_population(path, **(case.options or {}))
    assert same(read, people(case.areas))
    found = read.attrs["reading"]
    assert pd.Series([found]).str.contains(case.says).all(), found
    assert read.attrs["rows_used"] + read.attrs["rows_set_aside"] == read.attrs["rows_read"]


def test_there_are_enough_broken_tables():
    assert len(BROKEN) >= 40
    assert len({case.what for case in BROKEN}) == len(BROKEN)


def test_all_problems_are_told_at_once(tmp_path):
    text = edited((FIRST, FIRST[:-3] + ":"), (LINE_3, LINE_3[:-3] + "-5"), ("Menn;1 år", "Mann?;1 år")) + FIRST + "\n"
    with pytest.raises(TableError) as caught:
        read_population(write(tmp_path, "a.csv", text))
    told = str(caught.value)
    for words in ("withheld", "below 0", "Mann?", "share their key"):
        assert words in told
    assert len(caught.value.report.problems) == 4


def flows_table() -> pd.DataFrame:
    return pd.DataFrame(
        {"kommunenr": ["3201"] * 2 + ["3203"] * 2, "år": [2024, 2025] * 2, "Fødte": [20, 22, 24, 26], "Døde": [5, 6, 7, 8]}
    )  # fmt: skip


FLOWS = [
    ("three-year sums by label", flows_table().assign(år=["2021-2023", "2022-2024"] * 2), "a period of several years"),
    ("three-year sums by unit", flows_table().assign(enhet="personer, sum siste 3 år"), "sums over several years"),
    ("figures every third year", flows_table().replace({"år": {2025: 2027}}), "look like sums over 3 years"),
    ("a stock", flows_table()[["kommunenr", "år"]].assign(Folkemengde=5000), "A population is a stock: read it with read_population"),
    ("a stock in a component column", pd.DataFrame(
        {"komponent": ["Fødte", "Folkemengde"], "år": 2024, "antall": [20, 5000]}), "read it with read_population"),
    ("a stock by its header only", pd.DataFrame({"år": [2024], "folkemengde": [5000]}), "read it with read_population"),
    ("unknown component", pd.DataFrame({"component": ["births", "weddings"], "year": 2024, "value": 3}), "'weddings'"),
    ("net beside gross", flows_table().assign(innflytting=5, nettoinnflytting=2), "counted twice"),
    ("negative births", flows_table().replace({"Fødte": {22: -22}}), "births: 1 figures are below 0"),
    ("half a death", flows_table().assign(Døde=[5.5, 6, 7, 8]), "deaths: 1 figures are not whole"),
    ("a missing year of one area", flows_table().iloc[:3], "births: 1 of 4 cells have no row"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "table", "says"), FLOWS, ids=[case[0] for case in FLOWS])
def test_broken_flows(what, table, says, tmp_path):
    with pytest.raises(TableError, match=says):
        read_flows(write(tmp_path, "flows.csv", table))


def test_a_stock_read_as_births_is_caught_by_its_size(tmp_path):
    total = people().sum(["sex", "age"]).astype(int)
    stock = pd.DataFrame({"area": ["3201", "3203"], "year": 2024, "births": total.sel(year=2024).values})
    with pytest.raises(SchemaError, match="births: 2 areas and years have more than 20% of their people in one year"):
        read_accounts(frame(), stock)


def test_three_year_sums_of_births_are_caught_by_the_children(tmp_path):
    array = people() * 1.0
    array[:, :, 1:, :] = 20_000
    table = array.to_series().astype(int).rename("population").reset_index()
    children = people().sel(age=0).sum("sex")
    births = pd.DataFrame(
        {"area": ["3201", "3203"], "year": 2024, "births": 3 * children.sel(year=2025).values.astype(int)}
    )
    with pytest.raises(SchemaError, match=r"births: 3\.0 times the children of age 0"):
        read_accounts(table, births)


def test_a_code_out_of_force_is_an_error_that_names_the_codes_in_force(tmp_path):
    codes = AreaCodes.from_rows([("3201", "3201", 1.0, 2025, 2026), ("3024", "3201", 1.0, 2020, 2024)])
    table = pd.concat([frame(("3201",)), frame(("3024",)).query("year == 2024")])
    with pytest.raises(TableError, match=r"area 3201 in 2024.*In force that year, of the codes in the table: 3024"):
        read_population(write(tmp_path, "a.csv", table), codes=codes)


def test_mixed_borders_without_a_table_of_codes_are_an_error(tmp_path):
    table = pd.concat([frame(("3024",)).query("year < 2025"), frame(("3201",)).query("year >= 2025")])
    with pytest.raises(TableError, match="24 of 48 cells have no row"):
        read_population(write(tmp_path, "a.csv", table))


def test_the_error_survives_being_sent_to_another_process():
    import pickle

    with pytest.raises(TableError) as caught:
        read_population(frame().iloc[1:])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

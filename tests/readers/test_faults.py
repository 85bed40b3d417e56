"""Tables that gave a wrong or lost number without a word: each is now right, or an error of the library."""

import copy
import gzip
import json
import unicodedata

import numpy as np
import pandas as pd
import pytest

from kompaslite.readers import TableError, read_flows, read_jsonstat, read_population
from kompaslite.schema import SchemaError
from tests.readers.test_jsonstat import dataset
from tests.worlds.tables import AGES, YEARS, csv_text, frame, norwegian, people, rows_of, same, workbook, write


def changed(**changes: object) -> dict:
    """The dataset of the tests with other parts of its dimensions: ``Kjonn={"label": "Sex"}`` and so on."""
    made = copy.deepcopy(dataset())
    for name, part in changes.items():
        made["dimension"][name].update(part)
    return made


def renamed(old: str, new: str, made: dict | None = None) -> dict:
    """The dataset with another name for a dimension, which the dataset gives no role."""
    made = copy.deepcopy(made or dataset())
    made["id"] = [new if name == old else name for name in made["id"]]
    made["dimension"] = {new if name == old else name: part for name, part in made["dimension"].items()}
    made["dimension"][new]["label"] = new
    made["role"] = {}
    return made


def with_areas(labels: dict[str, str], values: np.ndarray) -> dict:
    """The dataset with other areas and figures, ``(area, sex, age, year)``."""
    made = changed(Region={"category": {"index": list(labels), "label": labels}})
    return made | {"size": [len(labels), 2, 4, 1, 3], "value": values.astype(int).ravel().tolist()}


@pytest.mark.parametrize("code", ["2A", "02B", "75001X", "2a"])
def test_codes_keep_their_letters_as_they_are_written(code, tmp_path):
    table = frame((code, "3203"))
    for source in (table, write(tmp_path, "a.csv", table), write(tmp_path, "a.xlsx", table)):
        assert read_population(source)["area"].values.tolist() == sorted([code, "3203"])


def test_areas_that_differ_in_capitals_only_are_an_error():
    with pytest.raises(TableError, match="areas that differ in capitals only: '2A', '2a'"):
        read_population(frame(("2A", "2a")))


SEXES = {"index": ["1", "2"], "label": {"1": "Females", "2": "Males"}}


@pytest.mark.parametrize("name", ["Sex", "gender", "kjønn", "Kön"])
def test_words_of_a_sex_go_before_its_code_whatever_the_dimension_is_called(name):
    made = renamed("Kjonn", name, changed(Kjonn={"category": SEXES}))
    assert read_population(made).equals(people())


def test_words_of_a_declared_dimension_go_before_its_code():
    made = renamed("Kjonn", "KØN2", changed(Kjonn={"category": SEXES}))
    assert read_population(made, columns={"sex": "KØN2"}).equals(people())
    made["dimension"]["KØN2"]["label"] = "Sex"
    assert read_population(made).equals(people())


@pytest.mark.parametrize("name", ["Age", "alder", "Ålder"])
def test_a_numbered_age_is_what_its_words_say(name):
    values = people().transpose("area", "sex", "age", "year").values
    values = np.concatenate([values.sum(axis=2, keepdims=True), values], axis=2)
    words = {"0": "Total", "1": "0 years", "2": "1 year", "3": "2 years", "4": "3+"}
    made = renamed("Alder", name, changed(Alder={"category": {"index": list(words), "label": words}}))
    made |= {"size": [2, 2, 5, 1, 3], "value": values.astype(int).ravel().tolist()}
    read = read_population(made)
    assert read.equals(people())
    assert "total over age, equal to the sum of its parts" in read.attrs["reading"]


def test_codes_of_sex_without_words_are_those_of_the_norm():
    made = changed(Kjonn={"category": {"index": ["F", "M"]}})
    assert read_population(made).equals(people())


@pytest.mark.parametrize(
    ("labels", "areas"),
    [
        ({"NO081": "Oslo", "NO082": "Akershus"}, ["NO081", "NO082"]),
        ({"E06000001": "Hartlepool", "E06000002": "Middlesbrough"}, ["E06000001", "E06000002"]),
        ({"2A": "Corse-du-Sud", "2B": "Haute-Corse"}, ["2A", "2B"]),
        ({"K-3201": "Bærum", "K-3203": "Asker"}, ["3201", "3203"]),
    ],
)
def test_a_code_with_letters_is_the_area_and_its_name_is_not(labels, areas):
    read = read_population(with_areas(labels, people().transpose("area", "sex", "age", "year").values))
    assert read["area"].values.tolist() == areas


def test_a_code_with_letters_and_a_name_in_one_cell():
    read = read_population(frame(("NO081 Oslo", "NO082 Akershus")))
    assert read["area"].values.tolist() == ["NO081", "NO082"]
    assert "names after the codes left out" in read.attrs["reading"]


NUMBERED = frame().replace({"sex": {"female": 1, "male": 2}})


@pytest.mark.parametrize(
    "meant", [{1: "female", 2: "male"}, {"1": "female", "2": "male"}, {1.0: "female", 2.0: "male"}]
)
@pytest.mark.parametrize("kind", ["int64", "float64", "object", "str"])
def test_declared_labels_are_matched_by_their_value(meant, kind):
    read = read_population(NUMBERED.astype({"sex": kind}), columns={"labels": {"sex": meant}})
    assert same(read, people())


def test_declared_numbers_of_years_and_areas_are_matched_too():
    table = frame().replace({"year": {2024: 1, 2025: 2, 2026: 3}, "area": {"3201": 1, "3203": 2}})
    meant = {"year": {1: 2024, 2: 2025, 3: 2026}, "area": {1: "3201", 2: "3203"}}
    assert same(read_population(table, columns={"labels": meant}), people())


def test_declared_words_of_headers_are_matched_whatever_their_capitals():
    wide = frame().pivot_table(index=["area", "age", "year"], columns="sex", values="population").reset_index()
    wide = wide.rename(columns={"female": "Jenter/Damer", "male": "Gutter/Herrer"})
    meant = {"sex": {"Jenter/Damer": "female", "GUTTER/HERRER": "male"}}
    assert same(read_population(wide, columns={"labels": meant}), people())


@pytest.mark.parametrize(
    "columns",
    [
        {"labels": {"sex": {"kvinne?": "female"}}},
        {"labels": {"area": {9999: "3201"}}},
        {"labels": {"year": {"2031": 2026}}},
        {"components": {"Fødte": "births"}},
        {"ignore": ("Merknad",)},
    ],
)
def test_a_declaration_that_matches_nothing_is_an_error(columns):
    with pytest.raises(TableError, match="not in the table"):
        read_population(frame(), columns=columns)


@pytest.mark.parametrize("columns", [{"fixed": {"area": 301}}, {"labels": {"area": {"Oslo": 301}}}])
def test_a_declared_area_that_is_a_number_is_an_error(columns):
    with pytest.raises(SchemaError, match="the area 301 is not text"):
        read_population(frame(), columns=columns)


def nested(*areas: str, parts: int = 3) -> pd.DataFrame:
    """A table of `parts` areas, and further areas each of which is the sum of them."""
    leaves = [f"{areas[-1]}{i}" for i in range(1, parts + 1)]
    table = frame(tuple(leaves))
    total = table.groupby(["sex", "age", "year"], as_index=False)["population"].sum()
    return pd.concat([table, *(total.assign(area=area) for area in areas)], ignore_index=True)


@pytest.mark.parametrize("areas", [("NO", "NO0", "NO08"), ("NO08",), ("SE", "SE1")])
def test_regions_within_regions_are_found_by_their_sums_and_named(areas):
    with pytest.raises(TableError, match=rf"{len(areas)} areas are sums of other areas.*{areas[-1]} of {areas[-1]}1"):
        read_population(nested(*areas), columns={"labels": {"area": {area: f"{area}" for area in areas}}})


def test_a_county_of_as_many_digits_and_a_sum_by_another_name_are_found_too():
    table = frame(("3201", "3203", "3205"))
    total = table.groupby(["sex", "age", "year"], as_index=False)["population"].sum()
    with pytest.raises(TableError, match="3200 of 3201, 3203, 3205"):
        read_population(pd.concat([table, total.assign(area="3200")]))
    named = table.replace({"area": {"3201": "Havna", "3203": "Sentrum", "3205": "Skogen"}})
    with pytest.raises(TableError, match="Byen of Havna, Sentrum, Skogen"):
        read_population(pd.concat([named, total.assign(area="Byen")]))


def test_areas_that_are_no_sums_are_read_as_they_are():
    table = nested("NO08")
    table.loc[table.index[-1], "population"] += 1
    assert read_population(table).sizes["area"] == 4


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_letters_of_two_signs_are_letters_of_one(tmp_path):
    text = csv_text(norwegian())
    assert decomposed(text) != text
    read = read_population(write(tmp_path, "a.csv", decomposed(text)))
    assert same(read, people())


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_one_place_in_two_forms_of_letters_is_one_place(ending, tmp_path):
    table = frame(("Ålesund", "Sandøy"))
    table.loc[::2, "area"] = table.loc[::2, "area"].map(decomposed)
    read = read_population(write(tmp_path, f"a.{ending}", table))
    assert sorted(read["area"].values.tolist()) == ["Sandøy", "Ålesund"]
    declared = {"labels": {"area": {decomposed("Ålesund"): "1508", "Sandøy": "1534"}}}
    assert read_population(table, columns=declared)["area"].values.tolist() == ["1508", "1534"]


@pytest.mark.parametrize("areas", [("06037", "06059"), ("09162", "09163"), ("48201", "48203"), ("101", "102")])
def test_codes_of_one_length_are_of_that_length(areas, tmp_path):
    for source in (frame(areas), write(tmp_path, "a.csv", frame(areas)), write(tmp_path, "a.xlsx", frame(areas))):
        assert read_population(source)["area"].values.tolist() == list(areas)


def test_a_mend_for_lost_zeros_of_five_digits_works():
    table = frame(("06037", "48201")).astype({"area": int})
    with pytest.raises(TableError, match=r"'6037' may have lost a zero.*'digits': 5"):
        read_population(table)
    assert read_population(table, columns={"digits": 5})["area"].values.tolist() == ["06037", "48201"]


LATER = people().assign_coords(year=[year + 1 for year in YEARS])


def measured(**extension: object) -> dict:
    """The dataset with other words, unit or reference period of its measure."""
    words = extension.pop("words", "Personer")
    unit = extension.pop("unit", {"base": "personer"})
    category = {"index": {"Personer1": 0}, "label": {"Personer1": words}, "unit": {"Personer1": unit}}
    return changed(
        ContentsCode={"category": category, "extension": {k: {"Personer1": v} for k, v in extension.items()}}
    )


@pytest.mark.parametrize(
    "source",
    [
        measured(refperiod="31.12."),
        measured(refperiod="31 December"),
        measured(words="Folkemengde 31. desember"),
        norwegian().rename(columns={"Personer": "Folkemengde 31. desember"}),
        norwegian().assign(statistikkvariabel="Population at year-end"),
        norwegian().assign(år=lambda table: "31.12." + table["år"]),
        norwegian().assign(år=lambda table: table["år"] + "-12-31"),
        norwegian().assign(år=lambda table: pd.to_datetime(table["år"] + "-12-31")),
    ],
    ids=lambda _source: None,
)
def test_a_stock_on_31_december_is_that_of_1_january_of_the_next_year(source):
    read = read_population(source)
    assert same(read, LATER)
    assert "31 December read as that on 1 January of the next year" in read.attrs["reading"]


def test_a_year_is_not_moved_twice_and_what_contradicts_is_an_error():
    twice = norwegian().assign(år=lambda table: "31.12." + table["år"])
    assert same(read_population(twice.rename(columns={"Personer": "Folkemengde 31. desember"})), LATER)
    other = norwegian().assign(år=lambda table: "1.1." + table["år"])
    with pytest.raises(TableError, match="the years are of 1 January, the figures of 31 December"):
        read_population(other.rename(columns={"Personer": "Folkemengde 31. desember"}))


@pytest.mark.parametrize(
    "source",
    [
        measured(refperiod="30.6."),
        measured(refperiod="1 July"),
        measured(measuringType="Average"),
        measured(words="Middelfolkemengde"),
        measured(words="Mean population"),
        measured(words="Population 1 July"),
        norwegian().rename(columns={"Personer": "Population 30 June"}),
        norwegian().assign(statistikkvariabel="Average population"),
        norwegian().assign(år=lambda table: [pd.Period(year, freq="Y-JUN") for year in table["år"]]),
        norwegian().assign(år=lambda table: [pd.Period(f"{year}-01", freq="M") for year in table["år"]]),
    ],
    ids=lambda _source: None,
)
def test_stocks_of_another_day_and_means_are_errors(source):
    with pytest.raises(TableError, match=r"within the year|middle of the year|a mean over|part of a year|end in Dec"):
        read_population(source)


def test_words_and_periods_of_1_january_and_calendar_years_are_read():
    for source in (
        measured(refperiod="1.1.", measuringType="Stock"),
        measured(words="Folkemengde 1. januar"),
        norwegian().assign(år=lambda table: [pd.Period(year, freq="Y-DEC") for year in table["år"]]),
    ):
        assert same(read_population(source), people())


def test_an_end_of_year_is_no_label_of_events():
    table = pd.DataFrame({"kommunenr": "3201", "år": ["31.12.2024", "31.12.2025"], "Fødte": [20, 22]})
    with pytest.raises(TableError, match="a day within the year"):
        read_flows(table)


@pytest.mark.parametrize(
    "source",
    [
        measured(unit={"base": "1 000 personer"}),
        measured(unit={"base": "persons", "multiplier": "3"}),
        measured(words="Population (thousands)"),
        measured(words="Tusen personer"),
        norwegian().rename(columns={"Personer": "Personer (1000)"}),
        norwegian().assign(enhet="Thousand"),
        norwegian().assign(UNIT_MULT=3),
    ],
    ids=lambda _source: None,
)
def test_thousands_are_not_read_as_persons(source):
    with pytest.raises(TableError, match="not persons but a multiple"):
        read_population(source)


def test_a_multiplier_of_nothing_is_persons():
    assert same(read_population(norwegian().assign(UNIT_MULT=0)), people())


@pytest.mark.parametrize("flag", ["e", "p", "b", "ep", "E", "provisional", "*"])
def test_flags_of_estimates_are_kept(flag):
    read = read_population({**dataset(), "status": {"3": flag}})
    assert read["estimated"].values.tolist() == [[True, False, False], [False] * 3]
    table = norwegian().assign(OBS_FLAG=[flag if row == 3 else "" for row in range(48)])
    assert read_population(table)["estimated"].equals(read["estimated"])


def test_other_flags_are_none_and_years_alone_can_be_flagged():
    assert "estimated" not in read_population({**dataset(), "status": "a"}).coords
    table = frame(("3201",)).drop(columns="area").assign(estimated=lambda t: t["year"] == 2025)
    assert read_population(table)["estimated"].values.tolist() == [False, True, False]


def noisy() -> pd.DataFrame:
    total = frame().groupby(["area", "age", "year"], as_index=False)["population"].sum().assign(sex="total")
    total["population"] += np.resize([-7, 8, 0, 1], len(total))
    return pd.concat([frame(), total])


def test_totals_with_noise_are_read_within_a_tolerance_that_is_said():
    with pytest.raises(TableError, match=r"by up to 8; the first says.*rounds or adds noise.*'tolerance': 8"):
        read_population(noisy())
    with pytest.raises(TableError, match="by up to 8"):
        read_population(noisy(), columns={"tolerance": 7})
    read = read_population(noisy(), columns={"tolerance": 8})
    assert same(read, people())
    assert "within the tolerance of 8: 18 of 24 differ from the sum of their parts by up to 8" in read.attrs["reading"]


def test_noisy_totals_of_a_real_answer(shared):
    answer = json.loads(gzip.decompress((shared / "formats" / "TAB6471_data.json.gz").read_bytes()))
    ages, months = (answer["dimension"][name]["category"]["index"] for name in ("Alder", "Tid"))
    meant = {"age": {age: i for i, age in enumerate(ages)}, "year": {month: 2021 + i for i, month in enumerate(months)}}
    with pytest.raises(TableError, match="total over sex differs from the sum of its parts, by up to 8"):
        read_population(answer, columns={"labels": meant})
    read = read_population(answer, columns={"labels": meant, "tolerance": 8})
    assert read.sizes == {"area": 21, "sex": 2, "age": 11, "year": 4}
    assert "within the tolerance of 8: 776 of 924 differ" in read.attrs["reading"]
    men = list(answer["dimension"]["Kon"]["category"]["index"]).index("1")
    assert float(read.sel(area="01", sex="male", age=0, year=2021)) == answer["value"][men * 4]


def test_small_fractions_that_software_writes_are_read_back(tmp_path):
    array = people().copy(deep=True) + 1 / 3
    array[0, 0, 0, :] = [3.07e-06, 1.234, 0.0]
    table = array.to_series().rename("population").reset_index()
    table.to_csv(tmp_path / "population.csv", index=False)
    assert same(read_population(tmp_path / "population.csv", whole=False), array)


@pytest.mark.parametrize("cell", ["1E+05", "1.23e+06", "1e5", "٣٤", "３４", "1.234"])
def test_numbers_that_may_be_rounded_or_doubtful_are_no_figures(cell, tmp_path):
    text = csv_text(norwegian()).replace(";900\n", f";{cell}\n", 1)
    with pytest.raises(TableError, match=r"is not a number|may be"):
        read_population(write(tmp_path, "a.csv", text))


def test_the_decimal_mark_that_a_column_shows_is_taken_and_told(tmp_path):
    text = csv_text(norwegian()).replace(";900\n", ";1.234\n", 1)
    path = write(tmp_path, "a.csv", text.replace(";937\n", ";937.5\n", 1))
    read = read_population(path, whole=False)
    assert float(read[0, 0, 0, 0]) == 1.234
    assert "'.' taken for the decimal mark" in read.attrs["reading"]
    both = text.replace(";937\n", ";937.5\n", 1).replace(";974\n", ";974,5\n", 1)
    with pytest.raises(TableError, match="may be"):
        read_population(write(tmp_path, "b.csv", both), whole=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": {"3": "77"}}, "there is no figure but '77'"),
        ({"status": {"3": "x"}}, "there is no figure but 'x'"),
        ({"status": {"3": "1.5"}}, "there is no figure but '1.5'"),
        ({"status": {"3": ":"}}, "withheld"),
    ],
)
def test_a_sign_in_place_of_a_figure_is_never_a_figure(change, says):
    made = {**dataset(), **change}
    made["value"][3] = None
    with pytest.raises(TableError, match=says):
        read_population(made)


@pytest.mark.parametrize("sign", [":", "..", "c", "9"])
def test_a_sign_beside_a_figure_is_an_error(sign):
    with pytest.raises(TableError, match=rf"beside the sign {sign}"):
        read_population({**dataset(), "status": {"3": sign}})


@pytest.mark.parametrize("key", ["+3", "03", " 3", "3.0", "٣", "-1", ""])
def test_a_key_that_is_no_position_is_an_error(key):
    with pytest.raises(TableError, match="has the position"):
        read_jsonstat({**dataset(), "value": {key: 1}})


def test_a_key_given_twice_is_an_error(tmp_path):
    text = json.dumps({**dataset(), "value": {"0": 900}}).replace('"0": 900', '"0": 900, "0": 901')
    with pytest.raises(TableError, match="the key '0' is given twice"):
        read_jsonstat(write(tmp_path, "a.json", text))


def across(by: str, words: dict | None = None) -> pd.DataFrame:
    keys = [name for name in ("area", "sex", "age", "year") if name != by]
    table = frame().pivot_table(index=keys, columns=by, values="population").reset_index()
    return table.rename(columns={label: str(label) for label in (*YEARS, *AGES)} | (words or {}))


@pytest.mark.parametrize("mark", ["*", " *", "1)", " 1)", "¹", " (p)", "[1]"])
def test_a_footnote_does_not_lose_a_column(mark, tmp_path):
    wide = across("year").rename(columns={"2026": f"2026{mark}"})
    read = read_population(write(tmp_path, "a.csv", wide))
    assert same(read, people())
    assert "footnote mark of header" in read.attrs["reading"]
    flows = pd.DataFrame({"kommunenr": ["3201"], "år": [2025], f"Fødte{mark}": [20], "Døde": [5]})
    assert list(read_flows(flows)) == ["births", "deaths"]


@pytest.mark.parametrize(
    ("by", "old", "new"),
    [
        ("age", "3 år eller eldre", "3-105 år"),
        ("year", "2026", "2026K1"),
        ("year", "2026", "2024-2026"),
        ("year", "2026", "2026 (1000)"),
        ("year", "2026", "1 July 2026"),
    ],
)
def test_a_header_like_the_others_that_is_not_understood_is_an_error(by, old, new):
    words = {"3": "3 år eller eldre"} if by == "age" else {}
    wide = across(by).rename(columns=words).rename(columns={old: new})
    with pytest.raises(TableError, match=r"headers beside the figures that are not understood"):
        read_population(wide)


@pytest.mark.parametrize("by", ["sex", "age", "year"])
@pytest.mark.parametrize("word", ["I alt", "Total", "Sum*"])
def test_a_total_column_is_compared(by, word):
    wide = across(by)
    labels = list(wide.columns[3:])
    right = wide.assign(**{word: wide[labels].sum(axis=1)})
    read = read_population(right)
    assert same(read, people())
    assert f"columns of the total over {by} not used: equal to the sum of its parts" in read.attrs["reading"]
    with pytest.raises(TableError, match=f"total over {by} differs from the sum of its parts"):
        read_population(right.assign(**{word: right[word] + 1}))


@pytest.mark.parametrize(
    "header",
    [int, float, np.float64, str, "Personer {}".format, "{}-01-01".format, "1 January {}".format],
)
def test_years_across_in_any_type_are_the_same_years(header):
    wide = across("year")
    assert same(read_population(wide.rename(columns={str(year): header(year) for year in YEARS})), people())
    ends = {str(year): f"Folkemengde 31.12.{year - 1}" for year in YEARS}
    assert same(read_population(wide.rename(columns=ends)), people())


def test_totals_across_two_dimensions_are_compared():
    wide = frame().pivot_table(index=["area", "age"], columns=["sex", "year"], values="population")
    wide.columns = [f"{sex} {year}" for sex, year in wide.columns]
    whole = wide.assign(**{f"I alt {year}": wide[f"female {year}"] + wide[f"male {year}"] for year in YEARS})
    assert same(read_population(whole.reset_index()), people())
    with pytest.raises(TableError, match="total over sex differs"):
        read_population(whole.assign(**{"I alt 2025": 0}).reset_index())


def test_another_column_beside_years_is_told_and_not_used():
    read = read_population(across("year").assign(**{"Endring 2026": 5, "I fjor": 3}))
    assert same(read, people())
    assert "columns not used: Endring 2026, I fjor" in read.attrs["reading"]


@pytest.mark.parametrize("last", ["2 år eller eldre", "3203", "Menn", "2026", "I alt", "Uoppgitt", "3-105 år"])
def test_a_last_row_with_a_label_and_blank_figures_is_no_note(last, tmp_path):
    wide = across("year")
    for end in (last, f"{last};;;;;"):
        text = csv_text(wide) + end + "\n"
        with pytest.raises(TableError):
            read_population(write(tmp_path, "a.csv", text))
    with pytest.raises(TableError):
        read_population(write(tmp_path, "a.xlsx", workbook([*rows_of(wide), [last]])))


def test_a_last_area_without_figures_is_an_error(tmp_path):
    for last in ("Sentrum;;;", "Sentrum", ";;;5"):
        text = f"zone;year;births;deaths\nHavna;2024;5;4\nSkogen;2024;7;2\n{last}\n"
        with pytest.raises(TableError):
            read_flows(write(tmp_path, "flows.csv", text))


@pytest.mark.parametrize("note", ["Kilde: SSB", "* foreløpige tall;;;;;", "Source; ", "1) Se merknad", "Tall fra byen"])
def test_a_note_under_the_table_is_a_note(note, tmp_path):
    read = read_population(write(tmp_path, "a.csv", csv_text(across("year")) + note + "\n"))
    assert same(read, people())
    assert "note under the table" in read.attrs["reading"]


def test_a_zone_of_zeros_is_a_zone(tmp_path):
    for areas in (("00", "01", "02"), ("0", "1", "2"), ("000", "001")):
        read = read_population(write(tmp_path, "a.csv", frame(areas)))
        assert read["area"].values.tolist() == list(areas)
    country = read_population(write(tmp_path, "b.csv", frame(("0", "3201", "3203"))))
    assert country["area"].values.tolist() == ["3201", "3203"]
    assert "the whole country beside its parts" in country.attrs["reading"]


@pytest.mark.parametrize(
    ("first", "second"), [("Personer", "personer"), ("Personer", "PERSONER"), ("alder", "Alder"), ("X", "x")]
)
def test_headers_that_differ_in_capitals_only_are_an_error(first, second, tmp_path):
    table = norwegian().assign(X=1)
    table[second] = table[first]
    for source in (table, write(tmp_path, "a.csv", table), write(tmp_path, "a.xlsx", table)):
        with pytest.raises(TableError, match=f"Two columns have the header '{first}' and '{second}'"):
            read_population(source)


@pytest.mark.parametrize("column", ["region", "alder", "år", "Personer"])
def test_digits_of_another_script_are_not_read(column, tmp_path):
    table = norwegian().astype(str)
    table[column] = table[column].str.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    with pytest.raises(TableError, match=r"not a number|digits other than 0 to 9"):
        read_population(write(tmp_path, "a.csv", table))


def test_a_frame_of_another_library_is_named():
    polars = type("DataFrame", (), {"__module__": "polars.dataframe.frame"})()
    with pytest.raises(TableError, match=r"of type polars DataFrame\. .* pandas.*to_pandas"):
        read_population(polars)

"""Municipal reforms: mergers, splits and new numbers conserve people, and what is estimated is flagged."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import Accounts
from kompaslite.readers import AreaCodes, TableError, read_area_codes, read_population, recode_areas
from kompaslite.schema import SchemaError
from tests.worlds.tables import frame, people, write

NAN = np.nan
#: Two places merge and take a new number, which changes once more; one place splits in halves and one in three.
CODES = AreaCodes.from_rows(
    [
        ("0104", "3103", 1.0, 2017, 2018), ("0136", "3103", 1.0, 2017, 2018), ("3002", "3103", 1.0, 2019, 2020),
        ("3103", "3103", 1.0, 2020, 2021), ("1507", "1508", 0.5, 2017, 2020), ("1507", "1580", 0.5, 2017, 2020),
        ("1508", "1508", 1.0, 2021, 2021), ("1580", "1580", 1.0, 2021, 2021), ("5012", "5055", 0.35, 2017, 2021),
        ("5012", "5056", 0.35, 2017, 2021), ("5012", "5059", 0.3, 2017, 2021),
    ]
)  # fmt: skip
YEARS = [2017, 2018, 2019, 2020, 2021]


def ragged(**rows: list[float]) -> xr.DataArray:
    return xr.DataArray(
        [rows[name] for name in rows],
        coords={"area": [name.removeprefix("a") for name in rows], "year": YEARS},
        dims=("area", "year"),
        attrs={"units": "persons"},
        name="population",
    )


MERGER = {
    "a0104": [10, 11, NAN, NAN, NAN], "a0136": [20, 21, NAN, NAN, NAN],
    "a3002": [NAN, NAN, 33, NAN, NAN], "a3103": [NAN, NAN, NAN, 34, 35],
}  # fmt: skip


def test_a_merger_and_its_new_numbers():
    recoded = recode_areas(ragged(**MERGER), CODES)
    assert recoded.sel(area="3103").values.tolist() == [30, 32, 33, 34, 35]
    assert not recoded["estimated"].any()
    assert recoded.attrs == {"units": "persons", "recoded": "0 of 5 areas and years estimated by weights"}


def test_zero_stands_for_out_of_force_as_well():
    zeros = ragged(**MERGER).fillna(0.0)
    assert recode_areas(zeros, CODES).sel(area="3103").values.tolist() == [30, 32, 33, 34, 35]


def test_a_split_is_flagged_where_it_rests_on_weights():
    recoded = recode_areas(ragged(a1507=[7, 8, 9, 10, NAN], a1508=[NAN] * 4 + [6], a1580=[NAN] * 4 + [5]), CODES)
    assert recoded.sel(area="1580").values.tolist() == [3.5, 4.0, 4.5, 5.0, 5.0]
    assert recoded["estimated"].values.tolist() == [[True] * 4 + [False]] * 2


def test_estimates_that_were_there_before_stay_flagged():
    before = ragged(**MERGER).assign_coords(estimated=(("area", "year"), np.eye(4, 5, dtype=bool)))
    assert recode_areas(before, CODES)["estimated"].values.tolist() == [[True, True, True, True, False]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**7), min_size=5, max_size=5))
def test_people_are_conserved_to_the_last_one(counts):
    recoded = recode_areas(ragged(a5012=[float(count) for count in counts]), CODES)
    assert recoded.sum("area").values.tolist() == [float(count) for count in counts]


BROKEN = [
    ("no mapping in the year", {"a0104": [10, 11, 12, NAN, NAN], "a0136": [20, 21, NAN, NAN, NAN]},
     "area 0104 in 2019"),
    ("unknown code", {"a9999": [1, 2, 3, 4, 5]}, "The codes 9999 were not in force"),
    ("a lost part", {k: v for k, v in MERGER.items() if k != "a0136"}, "area 3103 in 2017, which lacks 0136"),
    ("a lost year", {k: v for k, v in MERGER.items() if k != "a3002"}, "area 3103 in 2019, which lacks 3002"),
    ("old and new together", {**MERGER, "a3002": [NAN, NAN, 33, 34, NAN]},
     "3103 has people under an old and a new code in 2020"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "rows", "says"), BROKEN, ids=[case[0] for case in BROKEN])
def test_what_cannot_be_recoded(what, rows, says):
    with pytest.raises(SchemaError, match=says):
        recode_areas(ragged(**rows), CODES)


def test_an_area_that_lacks_a_part_can_be_set_aside():
    rows = {k: v for k, v in MERGER.items() if k != "a0136"}
    recoded = recode_areas(ragged(**rows, a5012=[100.0] * 5), CODES, incomplete="set aside")
    assert recoded["area"].values.tolist() == ["5055", "5056", "5059"]
    with pytest.raises(SchemaError, match="no area is left"):
        recode_areas(ragged(**rows), CODES, incomplete="set aside")


def test_an_area_without_a_mapping_in_some_years():
    late = AreaCodes.from_rows([("3103", "3103", 1.0, 2020, 2021)])
    with pytest.raises(SchemaError, match="1 new areas have no mapping in some years of the data; the first is 3103"):
        recode_areas(ragged(a3103=[NAN, NAN, NAN, 1, 2]), late)


def test_a_block_that_is_blank_in_part_is_an_error():
    array = people(("3201", "3203")).copy(deep=True)
    array[0, 0, 0, 0] = NAN
    codes = AreaCodes.from_rows([("3201", "3201", 1.0, 2024, 2026), ("3203", "3203", 1.0, 2024, 2026)])
    with pytest.raises(SchemaError, match="blank in part; the first is area 3201, year 2024"):
        recode_areas(array, codes)
    with pytest.raises(SchemaError, match="needs the labelled dimension year"):
        recode_areas(array.isel(year=0, drop=True), codes)


def test_accounts_keep_their_balance_when_areas_merge():
    population = people().assign_attrs(units="persons")
    flows = xr.Dataset(
        {"births": xr.DataArray([[20.0, 22.0], [24.0, 26.0]], coords={"area": ["3201", "3203"], "year": [2024, 2025]},
                                attrs={"units": "persons/year"})}
    )  # fmt: skip
    merged = AreaCodes.from_rows([("3201", "3299", 1.0, 2024, 2026), ("3203", "3299", 1.0, 2024, 2026)])
    recoded = recode_areas(Accounts(population, flows), merged)
    assert recoded.population["area"].values.tolist() == ["3299"]
    assert float(recoded.population.sum()) == float(population.sum())
    assert recoded.flows["births"].sel(area="3299").values.tolist() == [44.0, 48.0]


TABLES = [
    (
        "weights that sum to less",
        [("a", "b", 0.4, 2020, 2021), ("a", "c", 0.5, 2020, 2021)],
        "the first is a in 2020 with 0.9",
    ),
    ("a weight above one", [("a", "b", 1.5, 2020, 2021)], "1.5 from a to b"),
    ("a weight of nothing", [("a", "b", 0.0, 2020, 2021)], "0 from a to b"),
    ("years in reverse", [("a", "b", 1.0, 2021, 2020)], "end before they begin; the first is a, 2021 to 2020"),
    ("a row twice", [("a", "b", 0.5, 2020, 2021), ("a", "b", 0.5, 2021, 2022)], "a to b stands more than once in 2021"),
]


@pytest.mark.parametrize(("what", "rows", "says"), TABLES, ids=[case[0] for case in TABLES])
def test_a_table_of_codes_that_cannot_be(what, rows, says):
    with pytest.raises(SchemaError, match=says):
        AreaCodes.from_rows(rows)


def code_frame(**changes) -> pd.DataFrame:
    return pd.DataFrame(
        {"code_original": ["0219", "3024"], "code_2024": "3201", "weight": "1.0", "year_from": ["2005", "2020"],
         "year_to": ["2019", "2023"], **changes}
    )  # fmt: skip


def test_a_table_of_codes_is_read_from_a_file(tmp_path):
    codes = read_area_codes(write(tmp_path, "codes.csv", code_frame().to_csv(index=False)))
    assert codes.code.tolist() == ["0219", "3024"]
    assert codes.in_force("3024", 2023)
    assert not codes.in_force("3024", 2024)
    with pytest.raises(TableError, match="no column year_to"):
        read_area_codes(code_frame().drop(columns="year_to"))
    with pytest.raises(TableError, match="row 1, column code_original: code_original 219 is a number"):
        read_area_codes(code_frame(code_original=[219, 3024]))
    with pytest.raises(TableError, match="column weight: weight 'all' is not a number"):
        read_area_codes(code_frame(weight=["all", "1"]))
    with pytest.raises(TableError, match=r"column year_to: year_to 2019\.5 is not whole"):
        read_area_codes(code_frame(year_to=["2019.5", "2023"]))


def test_a_population_by_the_codes_of_each_year_is_recoded_while_it_is_read(tmp_path):
    codes = AreaCodes.from_rows([("3024", "3201", 1.0, 2020, 2024), ("3201", "3201", 1.0, 2025, 2026)])
    old, new = frame(("3024",)), frame(("3201",))
    zeros = [old.query("year > 2024").assign(population=0), new.query("year < 2025").assign(population=0)]
    table = pd.concat([old.query("year < 2025"), new.query("year >= 2025"), *zeros])
    read = read_population(write(tmp_path, "a.csv", table), codes=codes)
    assert read.drop_vars("estimated").equals(people(("3201",)))
    assert read.attrs["rows_set_aside"] == 24
    assert "code out of force in the year, without people" in read.attrs["reading"]
    with pytest.raises(TableError, match="1 of 48 cells have no row"):
        read_population(table.iloc[1:], codes=codes)


def test_the_reforms_of_a_country_move_every_person(shared):
    codes = read_area_codes(shared / "data" / "municipality_code_mapping_2005_2026.csv")
    rng = np.random.default_rng(1)
    years = np.arange(2006, 2027)  # two of today's areas have no mapping in 2005
    names = sorted(set(codes.code))
    # a code is used from its first year; where an old and a new one overlap, the old one still counts
    first = {name: int(codes.year_from[codes.code == name].min()) for name in names}
    last = {name: int(codes.year_to[codes.code == name].max()) for name in names}
    values = np.full((len(names), years.size), NAN)
    for i, name in enumerate(names):
        late = first[name] > 2006 and any(
            last[str(code)] == first[name] and str(code) != name
            for code in codes.code[np.isin(codes.target, codes.target[codes.code == name])]
        )
        used = (years >= first[name] + late) & (years <= last[name])
        values[i, used] = rng.integers(200, 9_000, used.sum())
    population = xr.DataArray(
        values, coords={"area": names, "year": years}, dims=("area", "year"), attrs={"units": "persons"}
    )
    recoded = recode_areas(population, codes)
    assert recoded.sizes == {"area": 357, "year": 21}
    np.testing.assert_allclose(recoded.sum("area").values, np.nansum(values, axis=0), rtol=1e-14)
    assert set(recoded["area"].values[recoded["estimated"].values.any(axis=1)]) == {
        "1508", "1580", "1806", "1875", "5055", "5056", "5059"
    }  # fmt: skip

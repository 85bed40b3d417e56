"""Components of change, tidy and wide, and accounts put together from tables."""

import numpy as np
import pandas as pd
import pytest

from kompaslite.accounts import check_balance, imbalance
from kompaslite.readers import TableError, read_accounts, read_flows, read_population
from kompaslite.schema import SchemaError
from tests.worlds.tables import frame, people, write

WIDE = pd.DataFrame(
    {"kommunenr": ["3201"] * 2 + ["3203"] * 2, "år": [2024, 2025] * 2, "Fødte": [20, 22, 24, 26], "Døde": [5, 6, 7, 8],
     "navn": "x"}
)  # fmt: skip
TIDY = WIDE.drop(columns="navn").melt(["kommunenr", "år"], var_name="hendelse", value_name="antall")


@pytest.mark.parametrize("table", [WIDE, TIDY], ids=["wide", "tidy"])
def test_wide_and_tidy_give_the_same_flows(table, tmp_path):
    flows = read_flows(write(tmp_path, "flows.csv", table))
    assert list(flows) == ["births", "deaths"]
    assert flows["deaths"].sel(area="3203").values.tolist() == [7.0, 8.0]
    assert flows["births"].attrs["units"] == "persons/year"
    assert flows.attrs["rows_read"] == len(table)


def test_one_component_by_its_header_or_its_measure():
    assert list(read_flows(WIDE[["kommunenr", "år", "Døde"]])) == ["deaths"]
    assert list(read_flows(WIDE[["kommunenr", "år"]].assign(statistikkvariabel="Levendefødte", antall=3))) == ["births"]
    assert list(
        read_flows(WIDE[["kommunenr", "år"]].assign(antall=3), columns={"components": {"antall": "emigration"}})
    ) == ["emigration"]


def test_components_can_be_kept():
    table = WIDE.assign(innflytting=9, utflytting=7, nettoinnflytting=2)
    assert list(read_flows(table, keep={"component": ["births", "net_migration"]})) == ["births", "net_migration"]
    kept = read_flows(TIDY, keep={"component": ["deaths"]})
    assert (kept.attrs["rows_used"], kept.attrs["rows_set_aside"]) == (4, 4)
    with pytest.raises(TableError, match="not in the table: emigration"):
        read_flows(WIDE, keep={"component": ["emigration"]})


def test_a_table_of_one_component_with_sexes_across():
    table = pd.DataFrame({"year": [2024, 2025], "female": [10, 11], "male": [12, 13], "total": [22, 24]})
    births = read_flows(table, columns={"fixed": {"component": "births"}})["births"]
    assert births.sel(sex="male").values.tolist() == [12.0, 13.0]
    with pytest.raises(TableError, match="if the whole table is of one component"):
        read_flows(table)
    with pytest.raises(SchemaError, match="unknown component 'birth'"):
        read_flows(table, columns={"fixed": {"component": "birth"}})


def test_what_is_not_kept_need_not_be_whole():
    later = pd.concat([WIDE, WIDE.iloc[[0, 2]].assign(år=2026, Fødte="..", Døde=":")])
    with pytest.raises(TableError, match=r"'\.\.': the figure is missing \(rows 5, 6\)"):
        read_flows(later)
    kept = read_flows(later, keep={"year": [2024, 2025]})
    assert kept["births"].equals(read_flows(WIDE)["births"])
    assert (kept.attrs["rows_used"], kept.attrs["rows_set_aside"]) == (4, 2)
    other = pd.concat([TIDY, TIDY.iloc[:4].assign(hendelse="bryllup")])
    assert read_flows(other, keep={"component": ["births", "deaths"]}).attrs["rows_set_aside"] == 4


def test_a_net_figure_may_be_negative():
    flows = read_flows(WIDE.assign(nettoinnflytting=[-5, 4, 0, 1]))
    assert flows["net_migration"].values.min() == -5


def mothers() -> pd.DataFrame:
    return pd.DataFrame(
        {"area": "3201", "year": 2024, "sex": ["female", "male"] * 2, "age": [1, 1, 2, 2], "births": [3, 4, 5, 6]}
    )


def test_births_by_the_mothers_age_are_padded_and_it_is_told():
    accounts = read_accounts(frame(("3201",)), mothers())
    births = accounts.flows["births"]
    assert births.sel(area="3201", year=2024).sum("sex").values.tolist() == [0.0, 7.0, 11.0, 0.0]
    assert births.attrs["ages_read"] == "1-2"
    with pytest.raises(SchemaError, match="mothers of ages that the population does not have: 8, 9"):
        read_accounts(frame(("3201",)), mothers().replace({"age": {2: 9, 1: 8}}))


def test_what_is_left_becomes_the_adjustment_only_when_asked():
    rest = WIDE.query("kommunenr == '3201'")
    table = people(("3201",)).copy(deep=True)
    table[0, :, 0, :] = 11
    population = table.to_series().astype(int).rename("population").reset_index()
    left = read_accounts(population, rest)
    assert "adjustment" not in left.flows
    closed = check_balance(read_accounts(population, rest, residual=True))
    total = closed.flows["adjustment"]
    assert total.dims == ("area", "year")
    assert total.attrs["method"] == "residual of the other components"
    assert np.allclose(total.values, imbalance(left).values)
    assert closed.flows.attrs["reading"].startswith("the table: 2 rows read")
    with pytest.raises(SchemaError, match="adjustment is given"):
        read_accounts(population, rest.assign(justering=0), residual=True)


def test_a_component_may_come_from_one_table_only():
    with pytest.raises(SchemaError, match="births in more than one table"):
        read_accounts(frame(), [WIDE, WIDE[["kommunenr", "år", "Fødte"]]])


def test_tables_that_were_read_already_are_taken_as_they_are():
    table = WIDE.replace({"Fødte": {20: 2, 22: 2, 24: 2, 26: 2}})
    accounts = read_accounts(read_population(frame()), read_flows(table))
    assert accounts.flows["deaths"].sizes == {"area": 2, "year": 2}
    kept = read_accounts(frame(), table, keep={"year": [2024, 2025]})
    assert kept.years == (2024, 2025)
    assert kept.flows["births"]["year"].values.tolist() == [2024]


def test_flows_need_a_population_on_both_sides():
    with pytest.raises(SchemaError, match="no population on both sides; the first is 2026"):
        read_accounts(frame(), WIDE.replace({"år": {2024: 2025, 2025: 2026}}))


def test_a_countys_accounts_from_real_tables(shared):
    names = {
        "births": "births", "deaths": "deaths", "immigration": "immigration", "emigration": "emigration",
        "in_migration_domestic": "in_migration", "out_migration_domestic": "out_migration",
        "residual_adjustment": "adjustment",
    }  # fmt: skip
    years = range(2006, 2027)
    flows = read_flows(
        shared / "data" / "telemark_components_1997_2025.csv",
        keep={"year": years[:-1], "component": list(names.values())},
        columns={"components": names, "ignore": ("municipality_name",)},
    )
    areas = flows["area"].values.tolist()
    population = read_population(
        shared / "data" / "population_municipality_age_sex_2005_2026.parquet", keep={"year": years, "area": areas}
    )
    assert flows.attrs["rows_read"] == 17 * 29
    accounts = read_accounts(population, flows)
    gap = imbalance(accounts)
    moved = np.isin(areas, ["4005", "4020"])[:, None] & (gap["year"].values == 2019)[None, :]
    assert np.all(gap.values[~moved] == 0)

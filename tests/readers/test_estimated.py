"""What is estimated is shown in the tables made from it; libraries of an extra are named where they are missing."""

import sys

import numpy as np
import pandas as pd
import pytest

from kompaslite._extras import MissingExtraError
from kompaslite.accounts import Accounts
from kompaslite.readers import flag_estimated, read_population
from tests.worlds.tables import frame, people, write


def flagged():
    marks = np.array([[False, False, False], [True, False, False]])
    return people().assign_attrs(units="persons").assign_coords(estimated=(("area", "year"), marks))


def test_rows_of_a_table_are_flagged_by_area_and_year():
    population = flagged()
    table = population.sum(["sex", "age"]).to_series().rename("persons")
    by_columns = flag_estimated(table.reset_index(), population)
    by_index = flag_estimated(table.to_frame(), population)
    assert (
        by_columns["estimated"].tolist() == by_index["estimated"].tolist() == [False, False, False, True, False, False]
    )


def test_a_table_of_all_areas_is_flagged_if_one_of_them_is():
    population = flagged()
    years = pd.DataFrame({"persons": 1}, index=pd.Index([2024, 2025], name="year"))
    assert flag_estimated(years, population)["estimated"].tolist() == [True, False]
    assert flag_estimated(pd.DataFrame({"persons": [1, 2]}), population)["estimated"].tolist() == [True, True]


def test_a_flow_rests_on_the_populations_of_both_its_ends():
    marks = np.array([[False, True, False], [False, False, False]])
    accounts = Accounts(flagged().assign_coords(estimated=(("area", "year"), marks)))
    table = pd.DataFrame({"area": ["3201"] * 3, "year": [2024, 2025, 2026]})
    assert flag_estimated(table, accounts)["estimated"].tolist() == [True, True, False]


def test_a_table_of_what_is_not_estimated_stays_as_it_is():
    table = pd.DataFrame({"area": ["3201"]})
    assert flag_estimated(table, people()) is table


@pytest.mark.parametrize(("name", "module"), [("a.xlsx", "python_calamine"), ("a.parquet", "pyarrow")])
def test_a_missing_library_is_named_with_its_extra(name, module, tmp_path, monkeypatch):
    path = write(tmp_path, name, frame())
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{name}: reading .* needs {module}, .*kompaslite\[desk\]"):
        read_population(path)

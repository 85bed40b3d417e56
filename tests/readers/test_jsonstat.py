"""JSON-stat 2 against pyjstat, and datasets that are not whole."""

import copy
import json
import warnings
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyjstat import pyjstat

from kompaslite.readers import TableError, read_flows, read_jsonstat, read_population
from tests.worlds.tables import AGE_WORDS, SEX_WORDS, people, write


def dataset() -> dict:
    """The table of the tests as a statistics bank answers, with its dimensions in another order than the library's."""
    values = people().transpose("area", "sex", "age", "year").values.ravel().astype(int).tolist()
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "07459: Befolkning",
        "source": "Statistisk sentralbyrå",
        "updated": "2026-02-25T07:00:00Z",
        "id": ["Region", "Kjonn", "Alder", "ContentsCode", "Tid"],
        "size": [2, 2, 4, 1, 3],
        "role": {"time": ["Tid"], "geo": ["Region"], "metric": ["ContentsCode"]},
        "dimension": {
            "Region": {
                "label": "region",
                "category": {"index": {"K-3201": 0, "K-3203": 1}, "label": {"K-3201": "Bærum", "K-3203": "Asker"}},
            },
            "Kjonn": {
                "label": "kjønn",
                "category": {"index": ["2", "1"], "label": {"2": SEX_WORDS["female"], "1": SEX_WORDS["male"]}},
            },
            "Alder": {
                "label": "alder",
                "category": {
                    "index": {"003+": 3, "000": 0, "001": 1, "002": 2},
                    "label": {"000": AGE_WORDS[0], "001": AGE_WORDS[1], "002": AGE_WORDS[2], "003+": AGE_WORDS[3]},
                },
            },
            "ContentsCode": {
                "label": "statistikkvariabel",
                "category": {
                    "index": {"Personer1": 0},
                    "label": {"Personer1": "Personer"},
                    "unit": {"Personer1": {"base": "personer", "decimals": 0}},
                },
                "extension": {"measuringType": {"Personer1": "Stock"}},
            },
            "Tid": {
                "label": "år",
                "category": {
                    "index": {"2024": 0, "2025": 1, "2026": 2},
                    "label": {"2024": "2024", "2025": "2025", "2026": "2026"},
                },
            },
        },
        "value": values,
    }


def test_the_dimensions_and_labels_are_those_of_the_dataset():
    array = read_jsonstat(dataset())
    assert array.dims == ("Region", "Kjonn", "Alder", "ContentsCode", "Tid")
    assert array["Alder"].values.tolist() == ["000", "001", "002", "003+"]
    assert array["Alder_label"].values.tolist() == list(AGE_WORDS.values())
    assert array.attrs == {
        "label": "07459: Befolkning",
        "source": "Statistisk sentralbyrå",
        "updated": "2026-02-25T07:00:00Z",
    }
    assert "status" not in array.coords
    assert np.array_equal(array.squeeze("ContentsCode").values, people().values)


def test_population_is_read_from_a_dataset_or_its_file(tmp_path):
    path = write(tmp_path, "07459.json", json.dumps(dataset()))
    for source in (dataset(), path):
        read = read_population(source)
        assert read.equals(people())
        assert read.attrs["rows_read"] == 48


def test_the_kind_of_figures_is_respected():
    with pytest.raises(TableError, match="the dataset says that its figures are a stock"):
        read_flows(dataset())
    flow = dataset()
    flow["dimension"]["ContentsCode"]["extension"]["measuringType"]["Personer1"] = "Flow"
    with pytest.raises(TableError, match="a flow during the year"):
        read_population(flow)


def test_signs_of_cells_without_a_figure_are_told():
    marked = dataset()
    marked["value"][3] = None
    marked["status"] = {"3": ":"}
    array = read_jsonstat(marked)
    assert array["status"].values.ravel()[3] == ":"
    assert np.isnan(array.values.ravel()[3])
    with pytest.raises(TableError, match=r"':': the figure is withheld for confidentiality \(row 4\)"):
        read_population(marked)


def oracle(source: dict) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        table = pyjstat.Dataset.read(json.dumps(source)).write("dataframe", naming="id")
    return {tuple(row[:-1]): row[-1] for row in table.itertuples(index=False)}


@st.composite
def datasets(draw) -> dict:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    count = int(np.prod(sizes))
    dims = [f"d{i}" for i in range(len(sizes))]
    dimension = {}
    for dim, size in zip(dims, sizes, strict=True):
        order = draw(st.permutations(range(size)))
        codes = [f"{dim}c{i}" for i in range(size)]
        as_list = draw(st.booleans())
        index = codes if as_list else {codes[i]: order[i] for i in range(size)}
        dimension[dim] = {"label": dim, "category": {"index": index, "label": {code: code.upper() for code in codes}}}
    numbers = draw(
        st.lists(st.one_of(st.none(), st.integers(0, 9999), st.floats(0, 1e6)), min_size=count, max_size=count)
    )
    sparse = draw(st.booleans())
    value = {str(i): number for i, number in enumerate(numbers) if number is not None} if sparse else numbers
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "x",
        "id": dims,
        "size": sizes,
        "dimension": dimension,
        "value": value,
    }


@settings(deadline=None)
@given(datasets())
def test_every_cell_is_where_pyjstat_finds_it(source):
    array = read_jsonstat(source)
    theirs = oracle(source)
    assert array.size == len(theirs)
    for key, number in theirs.items():
        ours = float(array.sel(dict(zip(array.dims, key, strict=True))))
        assert np.isnan(ours) if pd.isna(number) else ours == number


def test_the_order_of_keys_in_the_file_does_not_matter():
    turned = dataset()
    turned["dimension"] = OrderedDict(reversed(turned["dimension"].items()))
    turned["dimension"]["Tid"]["category"]["index"] = {"2026": 2, "2024": 0, "2025": 1}
    assert read_jsonstat(turned).equals(read_jsonstat(dataset()))


BROKEN = {
    "another class": ({"class": "collection"}, "class 'collection'"),
    "no values": ({"value": None}, "neither a list nor an object"),
    "too few values": ({"value": [1, 2]}, "has 2 figures where 'size' says 48"),
    "words as values": ({"value": ["x"] * 48}, "'x' is not a number"),
    "truth as values": ({"value": [True] * 48}, "True is not a number"),
    "a number too large": ({"value": [10**400] * 48}, "too large"),
    "a position outside": ({"value": {"48": 1}}, "position '48' where the last is 47"),
    "a position in words": ({"value": {"x": 1}}, "position 'x'"),
    "sizes in words": ({"size": ["2", 2, 4, 1, 3]}, "not whole numbers above 0"),
    "sizes of nothing": ({"size": [0, 2, 4, 1, 3]}, "not whole numbers above 0"),
    "a size too few": ({"size": [2, 2, 4, 1]}, "'id' has 5 dimensions, 'size' has 4"),
    "a size that does not fit": ({"size": [3, 2, 4, 1, 2]}, "2 categories where 'size' says 3"),
    "an enormous size": ({"size": [10**6, 10**6, 4, 1, 3]}, "cells"),
    "a dimension twice": ({"id": ["Tid", "Tid", "Alder", "ContentsCode", "Kjonn"]}, "occurs twice"),
    "no dimensions": ({"id": [], "size": []}, "'id' has 0 dimensions"),
    "ids in words": ({"id": "Region"}, "not lists"),
    "an unknown dimension": ({"id": ["X", "Kjonn", "Alder", "ContentsCode", "Tid"]}, "dimension X has no categories"),
    "status that does not fit": ({"status": [".", ":"]}, "'status' does not fit"),
    "status outside": ({"status": {"99": ":"}}, "'status' has the position '99'"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_dataset_that_is_not_whole(case, tmp_path):
    change, says = BROKEN[case]
    broken = {**dataset(), **change}
    with pytest.raises(TableError, match=says):
        read_jsonstat(broken)
    with pytest.raises(TableError, match=f"a.json: 1 problem in 0 rows(.|\n)*{says}"):
        read_population(write(tmp_path, "a.json", json.dumps(broken)))


@pytest.mark.parametrize(
    "index", [{"2024": 0, "2025": 0, "2026": 2}, {"2024": 1, "2025": 2, "2026": 3}, {"2024": "0"}, None, 5]
)
def test_an_order_of_categories_that_is_none(index):
    broken = copy.deepcopy(dataset())
    broken["dimension"]["Tid"]["category"]["index"] = index
    with pytest.raises(TableError, match="dimension Tid has"):
        read_jsonstat(broken)


def test_a_file_that_is_no_json(tmp_path):
    with pytest.raises(TableError, match="not whole JSON"):
        read_jsonstat(write(tmp_path, "a.json", "{"))
    with pytest.raises(TableError, match="no such file"):
        read_jsonstat(tmp_path / "b.json")
    with pytest.raises(TableError, match="not an object"):
        read_jsonstat(write(tmp_path, "c.json", "[1]"))

"""How results show themselves."""

import numpy as np
import xarray as xr

from kompaslite.schema.display import extent, html_form, text_form


def test_what_an_array_covers():
    people = xr.DataArray(
        np.zeros((5, 2, 3)),
        coords={"area": list("abcde"), "sex": ["female", "male"], "year": [2020, 2025, 2030], "scenario": "trend"},
        dims=("area", "sex", "year"),
    )
    assert extent(people) == {
        "area": "5, a to e",
        "sex": "female, male",
        "year": "2020-2030 (3)",
        "scenario": "trend",
    }


def test_one_label_and_none():
    assert extent(xr.DataArray([1.0], coords={"year": [2026]})) == {"year": "2026"}
    assert extent(xr.DataArray(np.zeros(0), coords={"area": np.array([], dtype=str)})) == {"area": ""}
    assert extent(xr.DataArray(np.zeros(3), dims="draw")) == {"draw": "0-2"}


def test_a_name_is_never_taken_for_html():
    assert "&lt;b&gt;" in html_form("Run", {"scenario": "<b>"})
    assert text_form("Run", {"scenario": "low"}) == "<Run: scenario low>"

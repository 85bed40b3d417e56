"""Labels and figures as agencies write them."""

import datetime as dt

import numpy as np
import pytest

from kompaslite.readers.figures import read_count, read_counts
from kompaslite.readers.labels import understand


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3201", "3201"),
        ("K-3201", "3201"),
        ("K_3201", "3201"),
        ("3201 Bærum", "3201"),
        ("3201: Bærum", "3201"),
        ("K-3201 Bærum", "3201"),
        ("0301", "0301"),
        (" 0301 Oslo - Oslove", "0301"),
        ("030101a", "030101a"),
        ("'0301", "0301"),
        (301, "301"),
        (301.0, "301"),
        (np.int32(3201), "3201"),
        ("02190101", "02190101"),
        ("F-32 Akershus", "32"),
        ("Havna", "Havna"),
        ("Fornebu  nord", "Fornebu nord"),
        ("0 Hele landet", "0"),
        ("Norge", "0"),
        (0, "0"),
    ],
)
def test_areas(text, code):
    assert understand("area", text).value == code


@pytest.mark.parametrize("text", ["#N/A", "-5", "3201 2024", "..", ":"])
def test_what_is_no_area(text):
    assert understand("area", text).kind == "unknown"


@pytest.mark.parametrize(
    ("text", "age", "is_open"),
    [
        ("0", 0, False),
        (0, 0, False),
        ("000", 0, False),
        ("057", 57, False),
        (57.0, 57, False),
        ("0 ar", 0, False),
        ("0 år", 0, False),
        ("1 year", 1, False),
        ("under 1 år", 0, False),
        ("<1", 0, False),
        ("105 år eller eldre", 105, True),
        ("105 år og over", 105, True),
        ("105+", 105, True),
        ("105 +", 105, True),
        ("105 år +", 105, True),
        ("105+ år", 105, True),
        ("105 years or older", 105, True),
        ("90 og eldre", 90, True),
        ("100 AR ELLER ELDRE", 100, True),
        ("≥105", 105, True),
        ("100 -", 100, True),
        ("100 år och äldre", 100, True),
        ("100 år og derover", 100, True),
        ("100 Jahre und mehr", 100, True),
    ],
)
def test_ages(text, age, is_open):
    label = understand("age", text)
    assert (label.value, label.is_open) == (age, is_open)


@pytest.mark.parametrize(
    "text", ["0-4 år", "5–9", "80-84", "fem", "-1", "1.5", "0 Ã¥r", "1000", dt.date(2024, 9, 5), ""]
)
def test_what_is_no_age(text):
    assert understand("age", text).value is None


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Menn", "male"),
        ("KVINNER", "female"),
        ("m", "male"),
        ("K", "female"),
        ("1", "male"),
        (2.0, "female"),
        ("Gutter", "male"),
    ],
)
def test_sexes(text, sex):
    assert understand("sex", text).value == sex


@pytest.mark.parametrize("text", ["Begge kjønn", "I alt", "total", "0", 0])
def test_totals_of_sexes(text):
    assert understand("sex", text).kind == "total"


@pytest.mark.parametrize(
    ("text", "year"),
    [
        (2026, 2026),
        ("2026", 2026),
        (2026.0, 2026),
        ("2026-01-01", 2026),
        ("1.1.2026", 2026),
        (dt.date(2026, 1, 1), 2026),
        ("2026-01-01T00:00:00", 2026),
        ("31.12.2025", 2026),
        (dt.datetime(2025, 12, 31), 2026),
        ("31 December 2025", 2026),
    ],
)
def test_years(text, year):
    assert understand("year", text).value == year


@pytest.mark.parametrize(
    "text", ["2026K1", "2026M01", "2021-2023", "2021/22", "30.6.2025", dt.datetime(2025, 6, 30), "26", "1.7.2026"]
)
def test_what_is_no_year(text):
    label = understand("year", text)
    assert label.kind == "unknown"
    assert label.note


def test_declared_labels_go_first():
    assert understand("area", "Bærum", {"Bærum": "3201"}).value == "3201"
    assert understand("sex", "W", {"W": "female"}).value == "female"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("412", 412),
        (" 412 ", 412),
        ("1 234 567", 1234567),
        ("12,0", 12),
        ("12,50", 12.5),
        ("12.5", 12.5),
        (412, 412),
        (np.int64(5), 5),
        ("−5", -5),
        ("+5", 5),
        ("0", 0),
    ],
)
def test_figures(cell, value):
    count = read_count(cell)
    assert (count.value, count.problem) == (value, "")


@pytest.mark.parametrize(
    "cell",
    ["", None, float("nan"), ".", "..", "...", ":", "-", "*", "1,234", "1.234", "1e3", "12%", "a", "1 23", "5-9"],
)
def test_what_is_no_figure(cell):
    count = read_count(cell)
    assert np.isnan(count.value)
    assert count.problem
    assert count.mend


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.234", ",", 1234),
        ("1,234", ".", 1234),
        ("1,234,567", ".", 1234567),
        ("1.234", ".", 1.234),
        ("1,234", ",", 1.234),
    ],
)
def test_the_declared_decimal_mark_decides(cell, decimal, value):
    assert read_count(cell, decimal=decimal).value == value


def test_a_sign_for_zero_must_be_declared():
    assert read_count("-", zeros=("-",)).value == 0
    assert read_count("-", zeros=("-",)).correction == "'-' read as 0, as told"


def test_a_column_of_numbers_needs_no_second_look():
    values, codes, counts = read_counts(np.array([3, 4], dtype=np.int16))
    assert values.tolist() == [3.0, 4.0]
    assert not codes.size
    assert not counts

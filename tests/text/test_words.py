"""Words that sentences are put together from."""

import pytest

from kompaslite.schema import SchemaError
from kompaslite.text import (
    age_label,
    joined,
    persons,
    quarter_label,
    quarter_name,
    quarter_of,
    rounded,
    sentence_case,
    series_sentence,
)


def test_a_count_is_rounded_as_it_is_printed():
    assert [rounded(value) for value in (2.5, -2.5, 0.49, -0.49, 133228.4)] == [3, -3, 0, 0, 133228]
    assert [persons(value, "nb") for value in (0, 0.6, -1, 2)] == ["0 personer", "1 person", "1 person", "2 personer"]


def test_lists():
    assert [joined(["a", "b", "c"][:length], "nb") for length in (1, 2, 3)] == ["a", "a og b", "a, b og c"]


@pytest.mark.parametrize(
    ("group", "nb", "en"),
    [
        ("0", "0 år", "0 years"),
        ("1", "1 år", "1 year"),
        ("1-5", "1–5 år", "1–5 years"),
        ("95+", "95+ år", "95+ years"),
        ("primary 6-12", "primary 6-12", "primary 6-12"),
    ],
)
def test_age_groups(group, nb, en):
    assert (age_label(group, "nb"), age_label(group, "en")) == (nb, en)


def test_quarters():
    assert quarter_of("2025k4") == (2025, 4)
    assert quarter_name("2024Q2", "nb") == "2. kvartal 2024"
    assert quarter_name("2024K2", "en") == "the second quarter of 2024"
    assert (quarter_label("2024Q2", "nb"), quarter_label("2024K2", "en")) == ("2024K2", "2024Q2")


@pytest.mark.parametrize("label", ["2025", "2025Q5", "25Q4", "Q4 2025"])
def test_what_is_no_quarter(label):
    with pytest.raises(SchemaError, match=r'is not a quarter\. Write the year, Q and 1 to 4, for example "2025Q4"'):
        quarter_of(label)


def test_sentence_case_leaves_names_alone():
    assert sentence_case("kommunens prognose (KOMPAS)") == "Kommunens prognose (KOMPAS)"
    assert sentence_case("") == ""


def test_a_series_in_words():
    values = {"2024": 1.1, "2025": 0.66}
    assert series_sentence("Vekst", values, language="nb", decimals=1) == (
        "Vekst: 1,1 i 2024 og 0,7 i 2025; høyest 1,1 i 2024, lavest 0,7 i 2025."
    )
    assert series_sentence("Growth", {"2025": 870}, language="en") == "Growth: 870 in 2025."

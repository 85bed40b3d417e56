"""Numbers and sentences: Norwegian and English, tested where the sentence turns."""

import pytest

from kompaslite.schema import SchemaError
from kompaslite.text import (
    components_sentence,
    deviation_sentence,
    growth_sentence,
    housing_sentence,
    interval_sentence,
    largest_deviations_sentence,
    number,
    percent,
    signed,
    split_sentence,
    term,
    trend_sentence,
    vacated_sentence,
    whole,
)

NBSP = "\u00a0"


def plain(text):
    return text.replace(NBSP, " ").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("value", "decimals", "nb", "en"),
    [
        (133228, 0, "133 228", "133,228"),
        (999.5, 0, "1 000", "1,000"),
        (0.657, 1, "0,7", "0.7"),
        (-0.04, 1, "0,0", "0.0"),
        (-0.05, 1, "-0,1", "-0.1"),
        (2.5, 0, "3", "3"),
        (-2.5, 0, "-3", "-3"),
        (1.005, 2, "1,01", "1.01"),
        (5627400, 0, "5 627 400", "5,627,400"),
    ],
)
def test_numbers(value, decimals, nb, en):
    assert plain(number(value, "nb", decimals=decimals)) == nb
    assert plain(number(value, "en", decimals=decimals)) == en


def test_a_norwegian_number_does_not_break_over_lines():
    assert whole(133228, "nb") == f"133{NBSP}228"
    assert percent(0.66, "nb") == f"0,7{NBSP}prosent"


def test_signs():
    assert [plain(signed(value, "en")) for value in (870, -217, 0, 0.4, -0.4)] == ["+870", "-217", "0", "0", "0"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_is_missing_is_not_printed(value):
    with pytest.raises(SchemaError, match="cannot be printed"):
        number(value, "nb")


def test_an_unknown_language_and_an_unknown_term():
    with pytest.raises(SchemaError, match="'no' is unknown"):
        whole(1, "no")
    with pytest.raises(SchemaError, match=r"'term.gdp' has no translation. Add it to nb.toml"):
        term("gdp", "nb")


@pytest.mark.parametrize(
    ("after", "nb", "en"),
    [
        (133228, "økte med 870 personer, det vil si 0,7 prosent, i 2025", "rose by 870 persons, or 0.7 per cent"),
        (132359, "økte med 1 person, det vil si 0,0 prosent", "rose by 1 person,"),
        (132358, "Folketallet var uendret gjennom 2025", "The population was unchanged in 2025"),
        (132358.4, "uendret", "unchanged"),
        (132357, "gikk ned med 1 person,", "fell by 1 person,"),
        (131000, "gikk ned med 1 358 personer, det vil si 1,0 prosent", "fell by 1,358 persons, or 1.0 per cent"),
    ],
)
def test_the_population_rose_fell_or_stayed(after, nb, en):
    figures = {"year": 2025, "population": after, "before": 132358}
    assert nb in plain(growth_sentence("Bærum", **figures, language="nb"))
    assert en in plain(growth_sentence("Bærum", **figures, language="en"))


@pytest.mark.parametrize(
    ("growths", "nb", "en"),
    [
        ({2024: 1437, 2025: 870}, "567 personer lavere enn i 2024.", "567 persons lower than in 2024."),
        ({2023: 900, 2024: 1437, 2025: 870}, "den laveste siden 2023", "the lowest since 2023"),
        ({2023: 870, 2024: 1437, 2025: 870}, "lavere enn i 2024.", "lower than in 2024."),
        (
            {2023: 10, 2024: 20, 2025: 21},
            "1 person høyere enn i 2024, og den høyeste",
            "1 person higher than in 2024, and",
        ),
        ({2023: 10, 2024: 20, 2025: 20.2}, "like stor som i 2024", "the same as in 2024"),
    ],
)
def test_growth_against_the_years_before(growths, nb, en):
    assert nb in plain(trend_sentence(growths, language="nb"))
    assert en in plain(trend_sentence(growths, language="en"))


def test_components_name_the_adjustment_only_where_there_is_one():
    parts = {"natural_increase": 304, "net_immigration": -52, "net_in_migration": 605}
    text = plain(components_sentence(parts, growth=870, language="nb"))
    assert text == (
        "Fødselsoverskudd var +304, netto innvandring -52 og netto innflytting +605; registerkorreksjon var +13, "
        "slik at delene summerer seg til +870."
    )
    text = plain(components_sentence(parts, growth=857, language="en"))
    assert text == "Natural increase was +304, net immigration -52 and net in-migration +605, together +857."


@pytest.mark.parametrize(
    ("growth", "forecast", "nb", "en"),
    [
        (870, 1087, "vekst på 1 087 personer; det ble 870, et avvik på -217.", "it became 870, a deviation of -217."),
        (1087, 1087, "; det traff.", "; it was met."),
        (1100, 1087, "et avvik på +13.", "a deviation of +13."),
        (-50, -40, "en nedgang på 40 personer; det ble -50", "a decline of 40 persons; it became -50"),
    ],
)
def test_the_deviation(growth, forecast, nb, en):
    figures = {"year": 2025, "growth": growth, "forecast": forecast}
    assert plain(deviation_sentence(**figures, language="nb")).endswith(nb) or nb in plain(
        deviation_sentence(**figures, language="nb")
    )
    assert en in plain(deviation_sentence(**figures, language="en"))


def test_the_largest_deviations():
    deviations = {"0": -6, "16-19": 58, "20-29": -103, "30-49": -131, "80-84": 0}
    assert plain(largest_deviations_sentence(deviations, language="nb")) == (
        "De største avvikene var i alderen 30–49 år (-131), 20–29 år (-103) og 16–19 år (+58)."
    )
    assert "Every age group was met" in largest_deviations_sentence({"0": 0, "1+": 0.2}, language="en")
    assert "Det største avviket var i alderen 0 år" in largest_deviations_sentence({"0": 2, "1+": 0}, language="nb")


@pytest.mark.parametrize(
    ("completed", "nb", "en"),
    [
        (408, "408 ble ferdige, 174 færre.", "408 were completed, 174 fewer."),
        (582, "582 ble ferdige, like mange.", "582 were completed, as many."),
        (600, "600 ble ferdige, 18 flere.", "600 were completed, 18 more."),
    ],
)
def test_dwellings_expected_and_completed(completed, nb, en):
    figures = {"year": 2025, "expected": 582, "completed": completed}
    assert housing_sentence(**figures, language="nb").endswith(nb)
    assert housing_sentence(**figures, language="en").endswith(en)


def test_vacated_dwellings_also_where_nothing_was_built():
    assert "14,0 for hver ny bolig" in vacated_sentence(vacated=5700, new=408, language="nb")
    assert vacated_sentence(vacated=5700, new=0, language="en").endswith("by people moving out.")


def test_the_split_sums_to_the_deviation():
    parts = {"plan": -76.4, "births": 10.2, "deaths": 0.3, "adjustment": 1.0}
    assert plain(split_sentence(parts, language="nb")) == (
        "Avviket på -65 er satt sammen av -76 fra boligplan, +10 fra fødte og +1 fra registerkorreksjon."
    )
    assert "no deviation" in split_sentence({"plan": 0.2}, language="en")


def test_the_interval():
    text = plain(interval_sentence(year=2030, low=134000.4, high=139000, level=0.8, language="nb"))
    assert text == "Med 80 prosent sannsynlighet er folketallet 1. januar 2030 mellom 134 000 og 139 000."

"""The population note of Baerum, fourth quarter and year 2025: its printed figures, typed in."""

from dataclasses import dataclass

import pandas as pd

from kompaslite.evaluation.tables import components_table, deviation_table
from kompaslite.schema import SchemaError, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS

SOURCE = "Befolkningsnotat 4. kvartal 2025, Baerum kommune, 26 February 2026"

_START = (1344, 7334, 11955, 5319, 6946, 12766, 35733, 29383, 14762, 3357, 2077, 1007, 375)
_ACTUAL = (1265, 7393, 11676, 5258, 7052, 12933, 35796, 29612, 15146, 3565, 2164, 1009, 359)
_FORECAST = (1271, 7426, 11723, 5286, 6994, 13036, 35927, 29599, 15109, 3565, 2134, 1009, 367)
#: The printed total of the forecast: one less than the sum of its printed rows, because it was rounded by itself.
_FORECAST_TOTAL = 133_445

_PARTS = ("natural_increase", "net_immigration", "net_in_migration", "growth")
_YEARS = {
    2010: (465, 746, 373, 1576),
    2011: (447, 1165, 114, 1700),
    2012: (442, 1080, 667, 2188),
    2013: (427, 835, 651, 1911),
    2014: (453, 852, 811, 2097),
    2015: (562, 195, 907, 1663),
    2016: (498, 123, 1038, 1660),
    2017: (437, 180, 824, 1446),
    2018: (487, 381, 501, 1387),
    2019: (379, 705, -202, 891),
    2020: (421, 61, 26, 501),
    2021: (423, 455, -147, 749),
    2022: (225, 862, -201, 892),
    2023: (249, 481, 298, 1047),
    2024: (452, 274, 701, 1437),
    2025: (304, -52, 605, 870),
}
_QUARTERS = {
    "2022Q4": (-22, 210, -17, 142),
    "2023Q4": (-20, 152, 7, 149),
    "2024Q4": (61, 66, 186, 325),
    "2025Q4": (54, -63, 19, 27),
}
_KEY_FIGURES = (
    ("population_2026", 133_228, "persons", "Baerum, 1 January 2026"),
    ("population_norway_2026", 5_627_400, "persons", "1 January 2026, rounded in the note"),
    ("growth_2025", 870, "persons", ""),
    ("growth_2025_percent", 0.7, "percent", ""),
    ("growth_forecast_2025", 1_087, "persons", "the municipality's forecast, made with KOMPAS"),
    ("dwellings_expected_2025", 582, "dwellings", "the housing forecast"),
    ("dwellings_completed_2025", 408, "dwellings", ""),
    (
        "dwellings_vacated_2025",
        5_700,
        "dwellings",
        "about; by out-movers, in the forecast, rented ones included",
    ),
    ("births_norway_2025", 55_400, "persons", "1,400 more than the year before"),
    ("deaths_norway_change_2025", 800, "persons", "from the year before"),
    ("immigration_ukrainian_change_2025", -7_500, "persons", "from the year before"),
    ("growth_2014_percent", 1.8, "percent", ""),
    ("growth_2020_percent", 0.4, "percent", ""),
    ("growth_2024_percent", 1.1, "percent", ""),
)


@dataclass(frozen=True, slots=True)
class Note:
    """Tables of a population note, as printed.

    Parameters
    ----------
    deviation : pd.DataFrame
        Persons by age group and in total: ``start, actual, growth, forecast, deviation``.
    components : pd.DataFrame
        Persons per year, a row for each: ``natural_increase, net_immigration, net_in_migration`` (from other
        municipalities), ``adjustment`` (what the note's components leave of its growth) and ``growth``.
    quarters : pd.DataFrame
        The same for the fourth quarter of each year.
    key_figures : pd.DataFrame
        ``value, unit, remark`` by name.
    source : str
        Where the figures were printed.
    """

    deviation: pd.DataFrame
    components: pd.DataFrame
    quarters: pd.DataFrame
    key_figures: pd.DataFrame
    source: str = SOURCE

    def figure(self, name: str) -> float:
        """One of the key figures."""
        known = self.key_figures["value"].to_dict()
        if name not in known:
            raise SchemaError(f"note: there is no figure {name!r}; there are {short_list(list(known), most=20)}.")
        return float(known[name])


def baerum_note() -> Note:
    """The figures of the note, with the adjustment that it does not print."""
    columns = {"start": _START, "actual": _ACTUAL, "forecast": _FORECAST}
    figures = pd.DataFrame(columns, index=pd.Index(NOTE_AGE_GROUPS))
    return Note(
        deviation=deviation_table(
            start=figures["start"],
            actual=figures["actual"],
            forecast=figures["forecast"],
            forecast_total=_FORECAST_TOTAL,
        ),
        components=components_table(pd.DataFrame.from_dict(_YEARS, orient="index", columns=list(_PARTS))),
        quarters=_quarters(),
        key_figures=pd.DataFrame(_KEY_FIGURES, columns=["name", "value", "unit", "remark"]).set_index("name"),
    )


def _quarters() -> pd.DataFrame:
    table = components_table(pd.DataFrame.from_dict(_QUARTERS, orient="index", columns=list(_PARTS)))
    return table.rename_axis("quarter")

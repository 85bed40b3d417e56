"""The tables that a forecast needs, and what is asked of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Holds = Literal["population", "quarterly changes", "yearly changes", "dwelling stock", "completions", "events"]


@dataclass(frozen=True, slots=True)
class BankTable:
    """One table of a statistics bank.

    Parameters
    ----------
    table : str
        Its number.
    holds : str
        What it holds.
    contents : mapping
        Code of a figure in the table to the component or name that it is; empty for all figures.
    optional : bool
        Whether a forecast can do without it. If it is not there, or lacks the area, that is noted and no error.
    chosen : mapping
        Variable to the codes that are wanted, where not all single labels are.

    Examples
    --------
    >>> BankTable("12345", "events", {"Dode": "deaths"}, optional=True).table
    '12345'
    """

    table: str
    holds: Holds
    contents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    optional: bool = False
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


#: Statistics Norway: population by sex and age; changes by quarter, with moves within the country and abroad apart;
#: changes by year since 1951; dwellings by type; dwellings completed; deaths of the whole country by sex and age.
NORWAY: tuple[BankTable, ...] = (
    BankTable("07459", "population", {"Personer1": "population"}),
    BankTable(
        "01222",
        "quarterly changes",
        {
            "Fodte2": "births",
            "Dode3": "deaths",
            "Innvandring5": "immigration",
            "Utvandring6": "emigration",
            "Tilflytting7": "in_migration",
            "Fraflytting8": "out_migration",
        },
    ),
    BankTable(
        "06913",
        "yearly changes",
        {"Folkemengde": "population", "Levende": "births", "Dode": "deaths", "Nettoinnflytting": "net_migration"},
    ),
    BankTable("06265", "dwelling stock", {"Boliger": "dwellings"}, optional=True),
    BankTable("05940", "completions", {"Fullforte": "dwellings"}, optional=True),
    BankTable("10325", "events", optional=True),
)

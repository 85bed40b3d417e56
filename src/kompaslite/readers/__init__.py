"""Official tables to accounts: readers that report every row, JSON-stat, and municipal reforms."""

from kompaslite.readers.accounting import read_accounts
from kompaslite.readers.areatable import AreaCodes, read_area_codes
from kompaslite.readers.columns import Columns
from kompaslite.readers.estimated import flag_estimated
from kompaslite.readers.findings import Finding, ReadingReport, TableError
from kompaslite.readers.jsonstat import read_jsonstat
from kompaslite.readers.recode import recode_areas
from kompaslite.readers.tables import check_table, read_flows, read_population

__all__ = [
    "AreaCodes",
    "Columns",
    "Finding",
    "ReadingReport",
    "TableError",
    "check_table",
    "flag_estimated",
    "read_accounts",
    "read_area_codes",
    "read_flows",
    "read_jsonstat",
    "read_population",
    "recode_areas",
]

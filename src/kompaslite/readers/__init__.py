"""Official tables to accounts: readers that report every row, JSON-stat, and municipal reforms."""

from kompaslite.readers.accounts import check_table, read_accounts, read_flows
from kompaslite.readers.area_codes import AreaCodes, read_area_codes
from kompaslite.readers.columns import Columns
from kompaslite.readers.jsonstat import read_jsonstat
from kompaslite.readers.population import read_population
from kompaslite.readers.recode import flag_estimated, recode_areas
from kompaslite.readers.report import Finding, ReadingReport, TableError, reading_report, words_of_a_file
from kompaslite.readers.sources import Records, read_records

__all__ = [
    "AreaCodes",
    "Columns",
    "Finding",
    "ReadingReport",
    "Records",
    "TableError",
    "check_table",
    "flag_estimated",
    "read_accounts",
    "read_area_codes",
    "read_flows",
    "read_jsonstat",
    "read_population",
    "read_records",
    "reading_report",
    "recode_areas",
    "words_of_a_file",
]

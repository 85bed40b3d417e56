"""Official statistics straight from a statistics bank, kept with their sources."""

from kompaslite.statbank.archive import STATISTICS_NORWAY, StatisticsBank
from kompaslite.statbank.cache import Source
from kompaslite.statbank.catalogue import NORWAY, BankTable
from kompaslite.statbank.fetch import Fetched, fetch
from kompaslite.statbank.patience import Patience, StatbankError
from kompaslite.statbank.report import fetch_to, summary, write_tables

__all__ = [
    "NORWAY",
    "STATISTICS_NORWAY",
    "BankTable",
    "Fetched",
    "Patience",
    "Source",
    "StatbankError",
    "StatisticsBank",
    "fetch",
    "fetch_to",
    "summary",
    "write_tables",
]

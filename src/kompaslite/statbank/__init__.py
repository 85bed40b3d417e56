"""Official statistics straight from a statistics bank, kept with their sources."""

from kompaslite.statbank.archive import Source
from kompaslite.statbank.catalogue import NORWAY, BankTable
from kompaslite.statbank.connection import STATISTICS_NORWAY, RetryPolicy, StatbankError, StatisticsBank
from kompaslite.statbank.fetch import Fetched, fetch
from kompaslite.statbank.report import fetch_to, summary, write_tables

__all__ = [
    "NORWAY",
    "STATISTICS_NORWAY",
    "BankTable",
    "Fetched",
    "RetryPolicy",
    "Source",
    "StatbankError",
    "StatisticsBank",
    "fetch",
    "fetch_to",
    "summary",
    "write_tables",
]

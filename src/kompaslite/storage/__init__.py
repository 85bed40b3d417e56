"""Accounts and assumptions in one netCDF file, with what they were made from."""

from kompaslite._files import StorageError
from kompaslite.storage.netcdf import Stored, load, save, save_dataset
from kompaslite.storage.record import Provenance, file_hash, provenance
from kompaslite.storage.workbook_read import WorkbookError, read_assumptions, read_table
from kompaslite.storage.workbook_write import write_workbook

__all__ = [
    "Provenance",
    "StorageError",
    "Stored",
    "WorkbookError",
    "file_hash",
    "load",
    "provenance",
    "read_assumptions",
    "read_table",
    "save",
    "save_dataset",
    "write_workbook",
]

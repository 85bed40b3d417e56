"""Accounts and assumptions in one netCDF file, with what they were made from."""

from kompaslite.storage.netcdf import Stored, load, save, save_dataset
from kompaslite.storage.record import Provenance, file_hash, provenance

__all__ = ["Provenance", "Stored", "file_hash", "load", "provenance", "save", "save_dataset"]

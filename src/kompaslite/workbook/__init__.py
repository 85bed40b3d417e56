"""Workbooks for planners: a forecast written for Excel, and assumptions read back."""

from kompaslite.workbook.read import WorkbookError, read_assumptions, read_table
from kompaslite.workbook.write import SERVICE_GROUPS, write_workbook

__all__ = ["SERVICE_GROUPS", "WorkbookError", "read_assumptions", "read_table", "write_workbook"]

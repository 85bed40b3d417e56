"""From a forecast to what is read: tables, tidy files and one page."""

from kompaslite.report.job import NoteForecast, forecast_from_note
from kompaslite.report.write import write_forecast

__all__ = ["NoteForecast", "forecast_from_note", "write_forecast"]

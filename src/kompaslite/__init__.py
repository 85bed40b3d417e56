"""Population forecasts for municipalities: cohort-component, driven by housing, judged by backtests."""

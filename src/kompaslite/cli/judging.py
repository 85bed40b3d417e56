"""The command ``backtest``."""

import json
import re
import sys
from pathlib import Path

from kompaslite.desk.judge import backtest_table
from kompaslite.schema import SchemaError

_LEADS = (1, 3, 5, 10)


def backtest(population: Path, *, horizon: int, origins: str, as_json: bool) -> str:
    """Errors of the default method and the references, as a table of some leads or as records of all."""
    table = backtest_table(population, origins=_origins(origins), horizon=horizon, progress=sys.stderr.isatty())
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"))
    leads = [lead for lead in _LEADS if lead <= horizon] or [horizon]
    wide = table["value"].unstack("lead")[leads].round(2)
    return f"Errors in per cent by lead (bias: forecast less outcome):\n{wide.to_string()}"


def _origins(text: str) -> list[int] | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    if match is None:
        raise SchemaError(f"origins: {text!r} is not a year or a span. Write 2016, or 2010-2020.")
    return list(range(int(match[1]), int(match[2] or match[1]) + 1))

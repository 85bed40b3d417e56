"""Scenario files: TOML in, a checked `Scenario` out, with errors that name line, key and the nearest known key."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kompaslite._toml import Origin, line_of, parse_problem
from kompaslite.scenario.models import Scenario
from kompaslite.scenario.tables import ScenarioError

#: Keys of a scenario that hold a list of edits; those of a base come first.
LISTS = ("fertility", "mortality", "migration", "in_migration")


def read_scenario(path: str | Path) -> Scenario:
    r"""A scenario from a TOML file, with what its base says.

    Parameters
    ----------
    path : str or Path
        The file. ``base`` in it is a file beside it.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If the file is absent or not TOML, a key is unknown, or a value is not possible; every problem, of very many
        the first ones, is listed with its line.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "trend.toml"
    ...     _ = file.write_text('name = "trend"\nbecause = "an example"\nfirst_year = 2026\nlast_year = 2030\n')
    ...     found = read_scenario(file)
    ...
    >>> found.name, len(found.years)
    ('trend', 4)
    """
    if not isinstance(path, str | Path):
        raise ScenarioError(f"read_scenario: the path of a TOML file is needed, not {type(path).__name__}.")
    path = Path(path)
    content, origin = _merged(path, ())
    return _validated(content, origin)


def scenario_from(text: str, *, name: str = "scenario") -> Scenario:
    """A scenario from the text of a TOML file without a base.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        What to call it in an error.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        As for `read_scenario`.

    Examples
    --------
    >>> scenario_from('''
    ... name = "low"
    ... because = "What if women have fewer children?"
    ... first_year = 2026
    ... last_year = 2050
    ... [[fertility]]
    ... tfr = {2030 = 1.3}
    ... because = "as in the national low alternative"
    ... ''').fertility[0].tfr
    {2030: 1.3}
    """
    content = _parsed(text, name)
    if "base" in content:
        raise ScenarioError(f"{name}, line {line_of(text, ('base',))}: base needs a file beside it. Use read_scenario.")
    return _validated(content, Origin(((name, text, {}),)))


def _merged(path: Path, seen: tuple[Path, ...]) -> tuple[dict[str, Any], Origin]:
    text = _text(path)
    content = _parsed(text, path.name)
    base = content.get("base")
    if not isinstance(base, str):
        return content, Origin(((path.name, text, {}),))
    seen, where = (*seen, path.resolve()), f"{path.name}, line {line_of(text, ('base',))}"
    if (path.parent / base).resolve() in seen:
        raise ScenarioError(f"{where}: base leads back to the file itself. Take one of the bases out.")
    if not (path.parent / base).is_file():
        raise ScenarioError(f"{where}: base: {base}: the scenario file cannot be read. Give the path of a TOML file.")
    below, origin = _merged(path.parent / base, seen)
    before = {key: len(below.get(key, ())) for key in LISTS}
    merged = below | content
    for key in LISTS:
        if key in below and isinstance(content.get(key, []), list):
            merged[key] = [*below[key], *content.get(key, [])]
    return merged, Origin(((path.name, text, before), *origin.files))


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise ScenarioError(f"{path}: the scenario file cannot be read. Give the path of a TOML file.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ScenarioError(
            f"{path.name}, line {line}: the scenario file is not UTF-8 text. Save it as UTF-8."
        ) from error


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        words = parse_problem(error, text)
        raise ScenarioError(
            f"{name}: this is not TOML: {words}. Text stands in quotation marks, a list in square brackets."
        ) from error


def _validated(content: Mapping[str, Any], origin: Origin) -> Scenario:
    scenario: Scenario = Scenario.checked(_with_years(content), origin)
    return scenario.read_from(origin)


def _with_years(value: Any) -> Any:
    """TOML keys are text; a key of four digits is a year."""
    if isinstance(value, Mapping):
        return {
            int(key) if re.fullmatch(r"\d{4}", key) and not isinstance(part, list) else key: _with_years(part)
            for key, part in value.items()
        }
    return [_with_years(part) for part in value] if isinstance(value, list) else value

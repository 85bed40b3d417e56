"""Scenario files: TOML in, a checked `Scenario` out, with errors that name line, key and the nearest known key."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from kompaslite._toml import Place, line_of, parse_problem
from kompaslite.scenario.lines import LISTS, Origin
from kompaslite.scenario.models import Scenario
from kompaslite.schema import SchemaError

#: Beginnings of the kinds of problems that the checker knows, and how they are said here.
_PLAIN: Mapping[str, str] = {
    "int_": "a whole number is needed, without quotation marks",
    "float_": "a number is needed, without quotation marks and with a decimal point",
    "finite_number": "a finite number is needed",
    "bool_": "true or false is needed, without quotation marks",
    "string_too_short": "text is needed",
    "string_": 'text in quotation marks is needed, because 301 is not "0301"',
    "literal_error": "choose {expected}",
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be above {gt}",
    "less_than_equal": "it must be at most {le}",
    "less_than": "it must be below {lt}",
    "too_short": "it is empty; give at least {min_length}",
    "too_long": "there are {actual_length}; give {max_length}",
    "dict_": "a table is needed, such as {{ 2030 = 1.5 }}",
    "model_": "a table with named keys is needed",
}


class ScenarioError(SchemaError):
    """A scenario file says something that is not possible."""


def read_scenario(path: str | Path) -> Scenario:
    """A scenario from a TOML file, with what its base says.

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
        If the file is absent or not TOML, a key is unknown, or a value is not possible; every problem is listed with
        its line.
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
    try:
        return Scenario.model_validate(_with_years(content)).read_from(origin)
    except ValidationError as error:
        problems = [_problem(dict(found), origin) for found in error.errors()]
        many = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        raise ScenarioError(f"{many} in the scenario:\n" + "\n".join(f"  {line}" for line in problems)) from None


def _with_years(value: Any) -> Any:
    """TOML keys are text; a key of four digits is a year."""
    if isinstance(value, Mapping):
        return {
            int(key) if re.fullmatch(r"\d{4}", key) and not isinstance(part, list) else key: _with_years(part)
            for key, part in value.items()
        }
    return [_with_years(part) for part in value] if isinstance(value, list) else value


def _problem(found: Mapping[str, Any], origin: Origin) -> str:
    known_place: Place = found.get("ctx", {}).get("place", ())
    place: Place = known_place or tuple(part for part in found["loc"] if not _is_branch(part))
    name = ".".join(str(part + 1) if isinstance(part, int) and part < 1000 else str(part) for part in place)
    where = f"{origin.words(place)}: {name}" if name else origin.words(place)
    words = _words(found)
    if found["type"] == "extra_forbidden":
        words = f"unknown key{_nearest(place)}"
    elif found["type"] == "missing":
        words = "is missing" + ('. Say why: because = "..."' if place[-1] == "because" else "")
    elif found["type"] == "tuple_type":
        words = (
            f"a list is needed: write [[{place[0]}]] above it" if len(place) == 1 else "a list is needed: [..., ...]"
        )
    elif not known_place and not isinstance(found.get("input"), Mapping | list | BaseModel):
        words = f"{words}; it is {found.get('input')!r}"
    return f"{where}: {words}" if words.endswith("?") else f"{where}: {words}."


def _words(found: Mapping[str, Any]) -> str:
    """What is wrong with a value, in a planner's words."""
    pattern = next((words for kind, words in _PLAIN.items() if str(found["type"]).startswith(kind)), None)
    if pattern is None:
        return str(found["msg"]).removeprefix("Value error, ")
    return pattern.format(**found.get("ctx", {}))


def _is_branch(part: int | str) -> bool:
    """Whether pydantic added this step for one branch of a union or for a mapping's key."""
    return isinstance(part, str) and (
        part.startswith(("constrained-", "dict[", "function-")) or part in ("float", "[key]")
    )


def _nearest(place: Place) -> str:
    known = _known_keys(place[:-1])
    close = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    return f". Did you mean {close[0]}?" if close else f". Known are {', '.join(known)}"


def _known_keys(place: Place) -> list[str]:
    model: Any = Scenario
    for part in place:
        if isinstance(part, int):
            continue
        model = _model_in(model.model_fields[part].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

"""Models whose mistakes are told in a planner's words, with file and line where they come from one."""

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, get_args

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kompaslite._toml import Origin as FileOrigin
from kompaslite._toml import Place, parse_problem
from kompaslite.schema import KompasliteError, SchemaError


def _plain(value: object) -> object:
    """A number of NumPy as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Code = Annotated[str, Field(min_length=1, pattern=r"\S", strict=True)]
Whole = Annotated[int, BeforeValidator(_plain), Field(strict=True)]
Number = Annotated[float, BeforeValidator(_plain), Field(strict=True, allow_inf_nan=False)]
Flag = Annotated[bool, BeforeValidator(_plain), Field(strict=True)]
#: No forecast goes beyond this 1 January.
LAST_YEAR = 2200
Year = Annotated[Whole, Field(ge=1900, le=LAST_YEAR)]
NotNegative = Annotated[Number, Field(ge=0.0)]


class Origin(Protocol):
    """Where values come from."""

    def words(self, place: Place) -> str:
        """File and line or cell of a value."""
        ...


#: Problems that an error prints before the rest is only counted.
NAMED_PROBLEMS = 25
#: Letters of an unknown key that are compared with the known ones.
_COMPARED = 40
#: Beginnings of the kinds of problems that the checker knows, and how they are said here.
_PLAIN: Mapping[str, str] = {
    "int_": "a whole number is needed, without quotation marks",
    "float_": "a number is needed, without quotation marks and with a decimal point",
    "finite_number": "a finite number is needed",
    "bool_": "true or false is needed, without quotation marks",
    "string_too_short": "text is needed",
    "string_pattern": "text is needed, not blanks alone",
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


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class _Told(ModelMetaclass):
    """A model that is made by name tells its mistakes as an error of ours."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        try:
            return super().__call__(*given, **named)
        except ValidationError as error:
            raise self.refusal(error, None) from None  # type: ignore[attr-defined]


class CheckedModel(BaseModel, metaclass=_Told):
    """A frozen model without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    #: What is raised, and what the whole is called.
    raised: ClassVar[type[KompasliteError]] = SchemaError
    called: ClassVar[str] = ""

    @classmethod
    def checked(cls, content: Any, origin: Origin | None = None) -> Any:
        """A model from plain values, whose mistakes name file and line."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise cls.refusal(error, origin) from None

    @classmethod
    def read_toml(cls, path: Path) -> Any:
        """A model from a TOML file."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise cls.raised(
                f"{path.name}: this is not TOML: {parse_problem(error, text)}. Correct that line."
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise cls.raised(f"{path.name}: it cannot be read ({error}). Put it there as UTF-8 text.") from error
        return cls.checked(content, FileOrigin(((path.name, text, {}),)))

    @classmethod
    def refusal(cls, error: ValidationError, origin: Origin | None) -> KompasliteError:
        """What is wrong, in words: the first problems, each with its place, and how many there are."""
        found = error.errors(include_url=False)
        lines = [f"  {_problem(dict(one), cls, origin)}" for one in found[:NAMED_PROBLEMS]]
        if len(found) > NAMED_PROBLEMS:
            lines.append(f"  and {len(found) - NAMED_PROBLEMS:,} more")
        many = f"{len(found):,} problems" if len(found) > 1 else "1 problem"
        return cls.raised(f"{many} in {cls.called or cls.__name__}:\n" + "\n".join(lines))


def _problem(found: Mapping[str, Any], model: type[BaseModel], origin: Origin | None) -> str:
    known_place: Place = found.get("ctx", {}).get("place", ())
    place: Place = known_place or tuple(part for part in found["loc"] if not _is_branch(part))
    name = ".".join(str(part + 1) if isinstance(part, int) and part < 1000 else str(part) for part in place)
    where = ": ".join(part for part in ("" if origin is None else origin.words(place), name[:200]) if part)
    words = _words(found)
    if found["type"] == "extra_forbidden":
        words = f"unknown key{_nearest(place, model)}"
    elif found["type"] == "missing":
        words = "is missing" + ('. Say why: because = "..."' if place[-1] == "because" else "")
    elif found["type"] == "tuple_type":
        words = (
            f"a list is needed: write [[{place[0]}]] above it" if len(place) == 1 else "a list is needed: [..., ...]"
        )
    elif not known_place and not isinstance(found.get("input"), Mapping | list | tuple | BaseModel):
        words = f"{words}; it is {found.get('input')!r}"
    said = f"{where}: {words}" if where else words
    return said if words.endswith("?") else f"{said}."


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


def _nearest(place: Place, model: type[BaseModel]) -> str:
    known = _known_keys(tuple(part for part in place[:-1] if isinstance(part, str)), model)
    close = difflib.get_close_matches(str(place[-1])[:_COMPARED], known, n=1, cutoff=0.5)
    return f". Did you mean {close[0]}?" if close else f". Known are {', '.join(known)}"


@cache
def _known_keys(place: tuple[str, ...], model: type[BaseModel]) -> tuple[str, ...]:
    inner: Any = model
    for part in place:
        inner = _model_in(inner.model_fields[part].annotation)
    return tuple(inner.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

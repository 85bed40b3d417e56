"""Which column of a table holds what: a small declared mapping, and the names that are known without one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from kompaslite.readers.labels import plain, understand
from kompaslite.schema import FLOWS, SchemaError, short_list

#: Dimensions that a table may carry, in the order of the library.
TABLE_DIMS: tuple[str, ...] = ("area", "sex", "age", "year")
_ROLES = (*TABLE_DIMS, "value", "component", "estimated", "measure")

_NAMES: dict[str, tuple[str, ...]] = {
    "area": (
        *("area", "area code", "area_code", "municipality_code", "municipality code", "kommunenummer", "kommunenr"),
        *("kommune nr", "komm.nr", "knr", "region_code", "regionkode", "district_code", "zone_code", "sonekode"),
        *("code_original", "region", "kommune", "municipality", "zone", "sone", "bydel", "district"),
    ),
    "sex": ("sex", "kjønn", "kjonn", "gender"),
    "age": ("age", "alder", "age_group", "age group", "aldersgruppe", "aldersgrupper"),
    "year": ("year", "år", "aar", "tid", "time"),
    "value": (
        *("value", "population", "persons", "personer", "personer1", "folkemengde", "folketall", "befolkning"),
        *("innbyggere", "antall", "antall personer", "count"),
    ),
    "component": ("component", "komponent", "event", "hendelse", "flow"),
    "estimated": ("estimated", "anslått", "anslag"),
    "measure": (
        *("statistikkvariabel", "contentscode", "contents", "unit", "units", "enhet", "måleenhet", "measure"),
        *("innhold",),
    ),
}
_COMPONENTS: dict[str, tuple[str, ...]] = {
    "births": ("births", "live births", "fødte", "fodte", "levendefødte", "levende", "fodte2"),
    "deaths": ("deaths", "døde", "dode", "dødsfall", "dode3"),
    "in_migration": (
        *("in_migration", "in_migration_domestic", "in-migration", "innflytting", "innflyttinger", "tilflytting"),
        *("innenlandsk innflytting", "innflytting, innenlandsk", "tilflytting7"),
    ),
    "out_migration": (
        *("out_migration", "out_migration_domestic", "out-migration", "utflytting", "utflyttinger", "fraflytting"),
        *("innenlandsk utflytting", "utflytting, innenlandsk", "fraflytting8"),
    ),
    "immigration": ("immigration", "innvandring", "innvandring5"),
    "emigration": ("emigration", "utvandring", "utvandring6"),
    "net_migration": (
        *("net_migration", "net migration", "nettoinnflytting", "nettoflytting", "nettoinnflytting9"),
        *("nettoinnflytting, inkludert inn- og utvandring",),
    ),
    "adjustment": ("adjustment", "residual_adjustment", "justering", "korreksjon"),
}
_COMPONENT_OF = {name: component for component, names in _COMPONENTS.items() for name in names}
#: Names of a stock: a column of people, not of events.
_STOCKS = {"population", "folkemengde", "folketall", "befolkning", "innbyggere", "folkemengde 1. januar"}
_YEAR_IN_HEADER = re.compile(r"(?<!\d)([12]\d{3})(?!\d)")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; everything may be left out that the known names already say.

    Parameters
    ----------
    area, sex, age, year, value, component, estimated, measure : str, optional
        Header of the column. ``component`` names births, deaths and so on in a table with one event per row;
        ``estimated`` marks rows that are estimated; ``measure`` says what the figures are.
    components : mapping
        Header or label of the file to the component that it is, for example ``{"Fødte (K)": "births"}``.
    labels : mapping
        For each dimension, labels of the file and what they mean, for example ``{"area": {"Bærum": "3201"}}``.
    fixed : mapping
        For each dimension that the file does not carry, the label of all rows, for example ``{"area": "3201"}``; also
        the ``component`` that a table of one component holds.
    ignore : tuple of str
        Headers of columns that are not to be used.
    digits : int, optional
        Digits of an area code; a code that is one digit short then has its leading zero restored.
    decimal : {".", ","}, optional
        The decimal mark; the other mark then groups thousands.
    zeros : tuple of str
        Signs that mean zero in this table, for example ``("-",)``.
    fill_down : bool
        Whether a blank label repeats the label above it.

    Examples
    --------
    >>> Columns(area="Kommunenr", value="Bosatte", decimal=",").area
    'Kommunenr'
    """

    area: str | None = None
    sex: str | None = None
    age: str | None = None
    year: str | None = None
    value: str | None = None
    component: str | None = None
    estimated: str | None = None
    measure: str | None = None
    components: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: MappingProxyType({}))
    fixed: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ignore: tuple[str, ...] = ()
    digits: int | None = None
    decimal: str | None = None
    zeros: tuple[str, ...] = ()
    fill_down: bool = False

    def __post_init__(self) -> None:
        strange = [name for name in self.components.values() if name not in FLOWS]
        if strange:
            raise SchemaError(
                f"columns: unknown component {short_list(strange)}; they are {short_list(FLOWS, most=12)}."
            )
        fixed = self.fixed.get("component")
        if fixed is not None and fixed not in FLOWS:
            raise SchemaError(f"columns: unknown component {fixed!r}; they are {short_list(FLOWS, most=12)}.")
        surplus = [dim for dim in (*self.labels, *self.fixed) if dim not in (*TABLE_DIMS, "component")]
        if surplus:
            raise SchemaError(f"columns: unknown dimension {short_list(surplus)}; they are {short_list(TABLE_DIMS)}.")
        if self.decimal not in (None, ".", ","):
            raise SchemaError(f"columns: decimal is {self.decimal!r}. Give '.' or ','.")


@dataclass(frozen=True, slots=True)
class Figures:
    """One column of figures, and what its header says of them."""

    header: str
    labels: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Where everything is in one table."""

    dims: Mapping[str, str]
    figures: tuple[Figures, ...]
    component: str | None
    estimated: str | None
    measure: str | None
    unused: tuple[str, ...]


def as_columns(columns: Columns | Mapping[str, object] | None) -> Columns:
    """The mapping as `Columns`, from a plain mapping too."""
    if isinstance(columns, Columns):
        return columns
    known = [item.name for item in fields(Columns)]
    unknown = [key for key in columns or {} if key not in known]
    if unknown:
        raise SchemaError(f"columns: unknown key {short_list(unknown)}; the keys are {short_list(known, most=20)}.")
    given: dict[str, Any] = dict(columns or {})
    for name in ("ignore", "zeros"):
        if name in given:
            given[name] = (given[name],) if isinstance(given[name], str) else tuple(given[name])
    return Columns(**given)


def column_roles(headers: Sequence[str], columns: Columns, *, flows: bool) -> ColumnRoles:
    """Where everything is in a table with these headers."""
    taken = {role: _header_of(role, headers, columns) for role in _ROLES}
    dims = {dim: header for dim in TABLE_DIMS if (header := taken[dim])}
    used = [header for header in taken.values() if header]
    component = taken["component"]
    if (value := taken["value"]) is not None:
        name = component_of(value, columns) if flows and component is None else None
        figures: tuple[Figures, ...] = (Figures(value, {"component": name} if name else {}),)
    else:
        free = [header for header in headers if header not in used and header not in columns.ignore]
        figures = tuple(one for header in free if (one := _wide(header, dims, columns, flows=flows)))
    if flows and component is None and not any("component" in one.labels for one in figures):
        component = taken["measure"]
    named = {one.header for one in figures}
    unused = tuple(header for header in headers if header not in used and header not in named)
    return ColumnRoles(dims, figures, component, taken["estimated"], taken["measure"], unused)


def component_of(label: object, columns: Columns) -> str | None:
    """The component that a label or header names, or None."""
    declared = columns.components.get(str(label).strip())
    return declared or _COMPONENT_OF.get(plain(label))


def is_stock(label: object) -> bool:
    """Whether a label or header names a population rather than events in a year."""
    text = plain(label)
    return text in _STOCKS or text.startswith(("folkemengde", "befolkning", "population"))


def _header_of(role: str, headers: Sequence[str], columns: Columns) -> str | None:
    declared = getattr(columns, role)
    if declared is not None:
        return str(declared)
    if role in columns.fixed:
        return None
    names = {plain(header): header for header in headers if header not in columns.ignore}
    return next((names[name] for name in _NAMES[role] if name in names), None)


def _wide(header: str, dims: Mapping[str, str], columns: Columns, *, flows: bool) -> Figures | None:
    labels: dict[str, str | int] = {}
    rest = plain(header)
    if flows and "component" not in columns.fixed and (component := component_of(header, columns)):
        return Figures(header, {"component": component})
    if "year" not in dims and "year" not in columns.fixed and (found := _YEAR_IN_HEADER.search(rest)):
        labels["year"] = int(found.group(1))
        rest = rest.replace(found.group(0), " ").strip(" :,;_-")
    for dim in ("sex", "age"):
        if dim in dims or not rest or (dim == "age" and rest.isdigit() and "year" not in labels and "year" not in dims):
            continue
        label = understand(dim, rest, columns.labels.get(dim))
        if label.kind == "label" and not (dim == "sex" and rest in {"1", "2"}):
            labels[dim] = label.value if label.value is not None else rest
            rest = ""
    if not labels or (rest and not _is_people(rest, columns, labels, flows=flows)):
        return None
    return Figures(header, labels)


def _is_people(rest: str, columns: Columns, labels: dict[str, str | int], *, flows: bool) -> bool:
    if flows and (component := component_of(rest, columns)):
        labels["component"] = component
        return True
    return not flows and rest in _NAMES["value"]

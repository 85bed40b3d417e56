"""Answers from the cache where they are there, from the bank where they are not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

from kompaslite._extras import from_extra
from kompaslite.statbank.cache import Cache, Source
from kompaslite.statbank.patience import Patience, StatbankError, Teller

#: The API of Statistics Norway.
STATISTICS_NORWAY = "https://data.ssb.no/api/pxwebapi/v2"


@dataclass(frozen=True, slots=True)
class StatisticsBank:
    """Where a statistics bank is, and how patiently it is asked.

    Parameters
    ----------
    address : str
        Where its PxWeb v2 API begins.
    language : str
        Of the labels.
    patience : Patience
        Timeout, tries and pauses.
    """

    address: str = STATISTICS_NORWAY
    language: str = "no"
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class Archive:
    """Every document of a bank, each fetched once.

    Parameters
    ----------
    bank : StatisticsBank
        Where it is.
    cache : Cache
        Where answers are kept.
    refresh : bool
        Whether kept answers are fetched again.
    teller : Teller
        Takes word of what is waited for.
    """

    bank: StatisticsBank
    cache: Cache
    refresh: bool
    teller: Teller
    sources: list[Source] = field(default_factory=list)
    _connection: Any = None
    _seen: dict[str, Any] = field(default_factory=dict)

    def most_cells(self) -> int:
        """Cells that the bank answers at once."""
        most = self._document("config", {}, lambda bank: bank.get_config()).get("maxDataCells")
        if type(most) is not int or most < 1:
            raise StatbankError(f"{self.bank.address}: the configuration has no maxDataCells. Check the address.")
        return most

    def metadata(self, table: str) -> Mapping[str, Any]:
        """Variables, codes and labels of a table."""
        found = self._document(f"{table}/metadata", {}, lambda bank: bank.get_table_metadata(table))
        if not isinstance(found, Mapping) or not isinstance(found.get("dimension"), Mapping) or "id" not in found:
            raise StatbankError(f"table {table}: the bank's description of it has no dimensions. Try again later.")
        return found

    def code_list(self, name: str) -> list[Mapping[str, Any]]:
        """The codes of a list, each with its label and what it sums."""
        found = self._document(f"codelist/{name}", {}, lambda bank: bank.get_code_list(name))
        values = found.get("values") if isinstance(found, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, Mapping) and "code" in value for value in values):
            raise StatbankError(f"code list {name}: it has no codes. Try again later.")
        return values

    def datasets(
        self, table: str, selection: Mapping[str, list[str]], lists: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        """The answers to one question, in as many parts as the bank's limit of cells makes."""
        parts = _bank_module().batches(selection, self.most_cells())
        answers = []
        for i, part in enumerate(parts, start=1):
            self.teller.tell(f"table {table}" + (f", part {i} of {len(parts)}" if len(parts) > 1 else ""))
            query = {"selection": part, "codelists": dict(lists)}
            answers.append(self._document(table, query, lambda bank, part=part: bank.dataset(table, part, lists)))
        return answers

    def _document(self, what: str, query: Mapping[str, Any], ask: Any) -> Any:
        if not query and what in self._seen:
            return self._seen[what]
        key = {"language": self.bank.language, **query}
        found = None if self.refresh else self.cache.find(self.bank.address, what, key)
        if found is None:
            answer = ask(self._connected())
            found = answer, self.cache.keep(self.bank.address, what, key, answer)
        if query:
            self.sources.append(found[1])
        else:
            self._seen[what] = found[0]
        return found[0]

    def _connected(self) -> Any:
        if self._connection is None:
            self.teller.tell(f"asking {self.bank.address}")
            self._connection = _bank_module().Bank(
                self.bank.address, self.bank.language, self.bank.patience, self.teller
            )
        return cast("Any", self._connection)


def _bank_module() -> Any:
    from_extra("pxweb", "statbank", "fetching from a statistics bank")
    try:
        return import_module("kompaslite.statbank.bank")
    except ImportError as error:
        raise StatbankError(
            f"fetching from a statistics bank needs pxwebpy 0.6; another version is installed ({error}). "
            "Install it with pip install 'pxwebpy>=0.6,<0.7'."
        ) from error

"""Answers of a bank, each fetched once and kept on disk with where it is from: table, question, date and checksum."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from kompaslite._extras import from_extra
from kompaslite._files import StorageError, whole_file
from kompaslite.statbank.connection import Connection, Notifier, StatbankError, StatisticsBank, batches


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer is from.

    Parameters
    ----------
    bank : str
        Address of the bank.
    table : str
        Number of the table, or what else was asked for.
    query : dict
        What was asked.
    fetched : str
        When, in UTC.
    sha256 : str
        Checksum of the file.
    file : str
        Its name in the cache.
    title, updated, publisher : str
        What the bank says of the table.
    """

    bank: str
    table: str
    query: dict[str, Any]
    fetched: str
    sha256: str
    file: str
    title: str = ""
    updated: str = ""
    publisher: str = ""


def default_folder() -> Path:
    """Where answers are kept unless another folder is named: the user's cache."""
    folders = from_extra("platformdirs", "statbank", "keeping the answers of a statistics bank")
    return Path(folders.user_cache_path("kompaslite", appauthor=False)) / "statbank"


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of answers.

    Parameters
    ----------
    folder : Path
        Made when the first answer is kept.
    """

    folder: Path

    def find(self, bank: str, table: str, query: Mapping[str, Any]) -> tuple[Any, Source] | None:
        """A kept answer to the same question, or None."""
        name = _name(bank, table, query)
        about = self.folder / f"{name}.source.json"
        body = self.folder / f"{name}.json"
        if not about.exists() or not body.exists():
            return None
        try:
            content = body.read_bytes()
            source = Source(**json.loads(about.read_bytes()))
            answer = json.loads(content)
        except (OSError, ValueError, TypeError) as error:
            raise StatbankError(
                f"{body.name}: the kept answer cannot be read: {error}. Fetch with refresh=True."
            ) from error
        if hashlib.sha256(content).hexdigest() != source.sha256:
            raise StatbankError(
                f"{body.name}: the kept answer was changed after it was fetched on {source.fetched[:10]}; its checksum "
                "differs. Fetch with refresh=True, or put the file back."
            )
        return answer, source

    def keep(self, bank: str, table: str, query: Mapping[str, Any], answer: Any) -> Source:
        """Keep an answer, whole or not at all."""
        name = _name(bank, table, query)
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        said = answer if isinstance(answer, Mapping) else {}
        source = Source(
            bank=bank,
            table=table,
            query=dict(query),
            fetched=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=hashlib.sha256(content).hexdigest(),
            file=f"{name}.json",
            title=str(said.get("label", "")),
            updated=str(said.get("updated", "")),
            publisher=str(said.get("source", "")),
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # an answer without its source counts as absent, should the machine stop between the two files
            (self.folder / f"{name}.source.json").unlink(missing_ok=True)
            with whole_file(self.folder / f"{name}.json", force=True) as path:
                path.write_bytes(content)
            with whole_file(self.folder / f"{name}.source.json", force=True) as path:
                path.write_text(json.dumps(asdict(source), ensure_ascii=False, indent=1), encoding="utf-8")
        except (OSError, StorageError) as error:
            raise StatbankError(f"{self.folder}: answers cannot be kept there: {error}. Name another cache.") from error
        return source


def _name(bank: str, table: str, query: Mapping[str, Any]) -> str:
    question = json.dumps([bank, table, query], sort_keys=True)
    return f"{table.replace('/', '-')}-{hashlib.sha256(question.encode()).hexdigest()[:12]}"


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
    notifier : Notifier
        Takes word of what is waited for.
    """

    bank: StatisticsBank
    cache: Cache
    refresh: bool
    notifier: Notifier
    sources: list[Source] = field(default_factory=list)
    _connection: Connection | None = None
    _seen: dict[str, Any] = field(default_factory=dict)

    def most_cells(self) -> int:
        """Cells that the bank answers at once."""
        most = self._document("config", {}, lambda bank: bank.config).get("maxDataCells")
        if type(most) is not int or most < 1:
            raise StatbankError(f"{self.bank.address}: the configuration has no maxDataCells. Check the address.")
        return most

    def metadata(self, table: str) -> Mapping[str, Any]:
        """Variables, codes and labels of a table."""
        found = self._document(f"{table}/metadata", {}, lambda bank: bank.ask(f"/tables/{table}/metadata"))
        if not isinstance(found, Mapping) or not isinstance(found.get("dimension"), Mapping) or "id" not in found:
            raise StatbankError(f"table {table}: the bank's description of it has no dimensions. Try again later.")
        return found

    def code_list(self, name: str) -> list[Mapping[str, Any]]:
        """The codes of a list, each with its label and what it sums."""
        found = self._document(f"codelist/{name}", {}, lambda bank: bank.ask(f"/codelists/{name}"))
        values = found.get("values") if isinstance(found, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, Mapping) and "code" in value for value in values):
            raise StatbankError(f"code list {name}: it has no codes. Try again later.")
        return values

    def datasets(
        self, table: str, selection: Mapping[str, list[str]], lists: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        """The answers to one question, in as many parts as the bank's limit of cells makes."""
        parts = list(batches(selection, self.most_cells()))
        answers = []
        for i, part in enumerate(parts, start=1):
            self.notifier.tell(f"table {table}" + (f", part {i} of {len(parts)}" if len(parts) > 1 else ""))
            asked = [
                {"variableCode": variable, "valueCodes": codes}
                | ({"codelist": lists[variable]} if variable in lists else {})
                for variable, codes in part.items()
            ]
            ask = partial(Connection.ask, endpoint=f"/tables/{table}/data", query={"selection": asked})
            answers.append(self._document(table, {"selection": part, "codelists": dict(lists)}, ask))
        return answers

    def _document(self, what: str, query: Mapping[str, Any], ask: Callable[[Connection], Any]) -> Any:
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

    def _connected(self) -> Connection:
        if self._connection is None:
            self.notifier.tell(f"asking {self.bank.address}")
            self._connection = Connection(self.bank, self.notifier)
        return self._connection

"""Answers of a bank kept on disk with where they are from: table, question, date and checksum."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kompaslite._files import StorageError, whole_file
from kompaslite.statbank.patience import StatbankError


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
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "kompaslite" / "statbank"


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

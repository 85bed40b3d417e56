"""The connection to a bank that speaks PxWeb v2: patient, and content with nothing but a whole answer of that bank."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from kompaslite._extras import from_extra
from kompaslite.schema import KompasliteError

#: The API of Statistics Norway.
STATISTICS_NORWAY = "https://data.ssb.no/api/pxwebapi/v2"
#: What a server says when it is busy or down; anything else is final.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_MOST_REDIRECTS = 5
_NEEDED = ("maxDataCells", "maxCallsPerTimeWindow", "timeWindow")


class StatbankError(KompasliteError):
    """A statistics bank does not answer, has moved a table, or answers something else than was asked."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a bank is waited for.

    Parameters
    ----------
    timeout : float
        Seconds until a request that is not answered is given up.
    tries : int
        How often a request is sent at most.
    pause : float
        The second try is at once; the pause before the third is twice so many seconds, and each further one twice as
        long as the one before, unless the bank says how long.
    longest : float
        Seconds that no pause exceeds.
    """

    timeout: float = 60.0
    tries: int = 6
    pause: float = 1.0
    longest: float = 90.0


@dataclass(frozen=True, slots=True)
class StatisticsBank:
    """Where a statistics bank is, and how patiently it is asked.

    Parameters
    ----------
    address : str
        Where its PxWeb v2 API begins.
    language : str
        Of the labels.
    retry : RetryPolicy
        Timeout, tries and pauses.
    """

    address: str = STATISTICS_NORWAY
    language: str = "no"
    retry: RetryPolicy = field(default_factory=RetryPolicy)


def _nobody(_words: str) -> None:
    return


@dataclass(slots=True)
class Notifier:
    """Takes word of what is waited for; by default nobody listens."""

    tell: Callable[[str], None] = _nobody
    sleep: Callable[[float], None] = time.sleep


class _PassingError(Exception):
    """A fault that may pass, and the seconds that the bank asks to wait."""

    def __init__(self, words: str, wait: str | None = None) -> None:
        super().__init__(words)
        self.wait = wait


class Connection:
    """One statistics bank, asked until it answers whole or patience ends; `StatbankError` where it does not."""

    def __init__(self, bank: StatisticsBank, notifier: Notifier) -> None:
        requests = from_extra("requests", "statbank", "fetching from a statistics bank")
        if urlsplit(bank.address).scheme not in ("http", "https") or not urlsplit(bank.address).hostname:
            raise StatbankError(f"{bank.address}: the address cannot be used: it is no http or https. Check it.")
        self._bank, self._notifier, self._session = bank, notifier, requests.Session()
        self._calls: deque[float] = deque()
        self._window, self._most_calls = 0.0, 0
        config = self.ask("/config")
        version = str(config.get("apiVersion", "")) if isinstance(config, Mapping) else ""
        numbers = [config.get(name) for name in _NEEDED] if version else []
        if not version.startswith("2") or any(type(one) not in (int, float) for one in numbers):
            raise StatbankError(
                f"{bank.address}: this is no PxWeb API of version 2; it says {version or 'nothing'}. Check the address."
            )
        self.config = config
        self._window, self._most_calls = float(config["timeWindow"]), int(config["maxCallsPerTimeWindow"])

    def ask(self, endpoint: str, query: Mapping[str, Any] | None = None) -> Any:
        """The answer to a question, of which the whole has arrived."""
        from urllib3.exceptions import MaxRetryError
        from urllib3.util.retry import Retry

        policy = self._bank.retry
        url = self._bank.address.rstrip("/") + endpoint
        retry = Retry(total=policy.tries - 1, backoff_factor=policy.pause, backoff_max=policy.longest)
        for attempt in range(2, policy.tries + 2):
            try:
                return self._answer(url, query)
            except _PassingError as error:
                try:
                    retry = retry.increment(url=url)
                except MaxRetryError:
                    raise StatbankError(
                        f"{url}: {error}, in {policy.tries} tries. The bank is down or busy: try again later. What was "
                        "fetched so far is kept in the cache, whole."
                    ) from error
                pause = min(policy.longest, _told_wait(retry, error.wait) or retry.get_backoff_time())
                self._notifier.tell(f"{error}; try {attempt} of {policy.tries} in {pause:.0f} s")
                self._notifier.sleep(pause)
        raise StatbankError(f"{url}: {policy.tries} tries are none. Give at least one.")

    def _answer(self, url: str, query: Mapping[str, Any] | None) -> Any:
        """One try; a redirect is followed as far as it stays with the bank."""
        for _ in range(_MOST_REDIRECTS):
            self._keep_pace()
            response = self._send(url, query)
            if not response.is_redirect:
                break
            target = urljoin(url, response.headers["Location"])
            if urlsplit(target).hostname != urlsplit(url).hostname:
                raise StatbankError(f"{url}: the bank points to another host, {target}. Is the address still right?")
            url = target
        if response.status_code in _PASSING:
            words = f"the bank says {response.status_code} {response.reason}"
            raise _PassingError(words, response.headers.get("Retry-After"))
        if not response.ok or response.is_redirect:
            raise StatbankError(_refusal(url, response))
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            raise _PassingError("the answer is cut off or no JSON") from error

    def _send(self, url: str, query: Mapping[str, Any] | None) -> Any:
        from requests import exceptions as failures

        params = {"lang": self._bank.language} | ({"outputFormat": "json-stat2"} if query else {})
        timeout = self._bank.retry.timeout
        try:
            return self._session.request(
                "POST" if query else "GET", url, params=params, json=query, timeout=timeout, allow_redirects=False
            )
        except (failures.SSLError, failures.ProxyError) as error:
            raise StatbankError(f"{url}: no secure way to the bank: {error}. Check the network.") from error
        except failures.Timeout as error:
            raise _PassingError(f"no answer within {timeout:g} s") from error
        except (failures.RequestException, OSError) as error:
            words = f"the connection failed or broke off ({type(error).__name__})"
            if isinstance(error, ValueError):  # what requests says of an address that is none
                raise StatbankError(f"{url}: the address cannot be used: {error}. Check it.") from error
            raise _PassingError(words) from error

    def _keep_pace(self) -> None:
        """Stay within the calls that the bank allows in a while."""
        now = time.monotonic()
        while self._calls and now - self._calls[0] >= self._window:
            self._calls.popleft()
        if 0 < self._most_calls <= len(self._calls):
            self._notifier.sleep(min(self._bank.retry.longest, self._window - (now - self._calls[0])))
        self._calls.append(now)


def _told_wait(retry: Any, told: str | None) -> float | None:
    try:
        return None if told is None else float(retry.parse_retry_after(told))
    except Exception:  # whatever the header holds, a pause of our own will do
        return None


def _refusal(url: str, response: Any) -> str:
    try:
        body = response.json()
        title = str(body.get("title") or body.get("detail") or "") if isinstance(body, dict) else ""
    except ValueError:
        title = ""
    mend = {
        403: "The bank refuses: too many cells at once, or a table that is not open.",
        **dict.fromkeys(
            (404, 410),
            "The table was moved, replaced or ended, or the address of the bank is another: look the number up there.",
        ),
    }.get(
        response.status_code,
        "The bank has changed the table: compare its variables and codes with what is asked for.",
    )
    return f"{url}: the bank says {response.status_code} {title or response.reason}. {mend}"


def batches(selection: Mapping[str, Sequence[str]], most_cells: int) -> Iterator[dict[str, list[str]]]:
    """Questions that each stay within the cells that a bank answers at once: the longest variable is cut first."""
    cells = 1
    for codes in selection.values():
        cells *= len(codes)
    longest = max(selection, key=lambda variable: len(selection[variable]))
    codes = list(selection[longest])
    if cells <= most_cells or len(codes) == 1:
        yield {variable: list(wanted) for variable, wanted in selection.items()}
        return
    size = max(1, most_cells // (cells // len(codes)))
    for start in range(0, len(codes), size):
        yield from batches({**selection, longest: codes[start : start + size]}, most_cells)

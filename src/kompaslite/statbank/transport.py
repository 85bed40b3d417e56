"""Requests that are patient: timeouts, retries with growing pauses, and answers that arrived whole."""

import json
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as TransportError
from urllib3.util.retry import Retry

from kompaslite.statbank.patience import Patience, StatbankError, Teller

#: What a server says when it is busy or down; anything else is final.
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class PatientAdapter(HTTPAdapter):
    """Sends a request until it is answered whole, or patience ends.

    Parameters
    ----------
    patience : Patience
        How long.
    teller : Teller
        Takes word of each pause.
    """

    def __init__(self, patience: Patience, teller: Teller) -> None:
        super().__init__(max_retries=0)
        self._patience = patience
        self._teller = teller

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request; raise `StatbankError` if it is refused, or never answered whole."""
        why = ""
        for attempt in range(1, self._patience.tries + 1):
            answer, why, wait = self._attempt(request, args, kwargs)
            if answer is not None:
                return answer
            if attempt < self._patience.tries:
                pause = min(self._patience.longest, self._patience.pause * 2 ** (attempt - 1) if wait is None else wait)
                self._teller.tell(f"{why}; try {attempt + 1} of {self._patience.tries} in {pause:.0f} s")
                self._teller.sleep(pause)
        raise StatbankError(
            f"{_place(request)}: {why}, in {self._patience.tries} tries. The bank is down or busy: try again "
            "later. What was fetched so far is kept in the cache, whole."
        )

    def _attempt(
        self, request: requests.PreparedRequest, args: Any, kwargs: Any
    ) -> tuple[requests.Response | None, str, float | None]:
        kwargs = {**kwargs, "timeout": self._patience.timeout}
        try:
            answer = super().send(request, *args, **kwargs)
            content = answer.content
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise StatbankError(f"{_place(request)}: no secure way to the bank: {error}. Check the network.") from error
        except requests.exceptions.Timeout:
            return None, f"no answer within {self._patience.timeout:g} s", None
        except (requests.exceptions.RequestException, TransportError, OSError) as error:
            return None, f"the connection failed or broke off ({type(error).__name__})", None
        if answer.status_code in _PASSING:
            return None, f"the bank says {answer.status_code} {answer.reason}", _told_wait(answer)
        if answer.status_code >= 400:
            raise StatbankError(_refusal(request, answer))
        if not answer.is_redirect and not _is_json(content):
            return None, "the answer is cut off or no JSON", None
        return answer, "", None


def _told_wait(answer: requests.Response) -> float | None:
    told = answer.headers.get("Retry-After")
    if told is None:
        return None
    try:
        return float(Retry().parse_retry_after(told))
    except Exception:  # whatever the header holds, a pause of our own will do
        return None


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _refusal(request: requests.PreparedRequest, answer: requests.Response) -> str:
    try:
        body = answer.json()
        title = str(body.get("title") or body.get("detail") or "") if isinstance(body, dict) else ""
    except ValueError:
        title = ""
    said = f"the bank says {answer.status_code} {title or answer.reason}"
    if answer.status_code in (404, 410):
        mend = (
            "The table was moved, replaced or ended, or the address of the bank is another: look the number up there."
        )
    elif answer.status_code == 403:
        mend = "The bank refuses: too many cells at once, or a table that is not open."
    else:
        mend = "The bank has changed the table: compare its variables and codes with what is asked for."
    return f"{_place(request)}: {said}. {mend}"


def _place(request: requests.PreparedRequest) -> str:
    return str(request.url).split("?", maxsplit=1)[0]

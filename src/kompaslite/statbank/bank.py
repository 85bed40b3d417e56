"""The connection to a bank: pxwebpy, with patience added and answers handed on as they are.

pxwebpy 0.6 sends requests without a timeout, gives up on everything but 429, and turns answers into rows without the
signs of missing figures. What it knows of the protocol (configuration, limits of calls, splitting of large questions)
is used; its client is given another way of sending, at the one place where every request passes.
"""

from collections.abc import Mapping
from typing import Any

import requests
from pxweb import PxApi
from pxweb._internal.client import ApiConfigurationError, ApiVersionError, Client
from pxweb._internal.functions import build_query, split_value_codes

from kompaslite.statbank.patience import Patience, StatbankError, Teller
from kompaslite.statbank.transport import PatientAdapter

Selection = Mapping[str, list[str]]


class _PatientClient(Client):  # type: ignore[misc, unused-ignore]
    """pxwebpy's client; every request of it goes through `call`, also the first one in its constructor."""

    def __init__(self, address: str, language: str, patience: Patience, teller: Teller) -> None:
        self._adapter = PatientAdapter(patience, teller)
        super().__init__(url=address, timeout=int(patience.timeout), disable_cache=True, language=language)

    def call(self, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        self.session.mount(self.url, self._adapter)
        return super().call(endpoint, *args, **kwargs)


class Bank(PxApi):  # type: ignore[misc, unused-ignore]
    """One statistics bank that speaks PxWeb v2.

    Parameters
    ----------
    address : str
        Where its API begins, for example ``https://data.ssb.no/api/pxwebapi/v2``.
    language : str
        Of the labels.
    patience : Patience
        How long it is waited for.
    teller : Teller
        Takes word of what is waited for.

    Raises
    ------
    StatbankError
        If the bank does not answer, or speaks another version.
    """

    def __init__(self, address: str, language: str, patience: Patience, teller: Teller) -> None:
        try:
            self._client = _PatientClient(address, language, patience, teller)
        except (ApiVersionError, ApiConfigurationError, AttributeError, TypeError) as error:
            raise StatbankError(f"{address}: this is no PxWeb API of version 2: {error}. Check the address.") from error
        except requests.exceptions.RequestException as error:
            raise StatbankError(f"{address}: the address cannot be used: {error}. Check it.") from error
        self._max_workers = 1
        self.number_of_tables = None

    def dataset(self, table: str, selection: Selection, code_lists: Mapping[str, str]) -> Any:
        """The answer to one question, as JSON-stat."""
        return self._client.call(f"/tables/{table}/data", query=build_query(dict(selection), dict(code_lists)))


def batches(selection: Selection, most_cells: int) -> list[dict[str, list[str]]]:
    """Questions that each stay within the cells that a bank answers at once."""
    return split_value_codes(dict(selection), most_cells)

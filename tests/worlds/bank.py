"""A small PxWeb v2 server on loopback, with the forms of question and answer of the real ones, and their faults.

The forms follow PxWebApi 2: ``/config``, ``/tables/{id}/metadata``, ``/codelists/{id}`` and a question sent by POST to
``/tables/{id}/data``, which is answered in JSON-stat 2. Figures are made up by a rule, not taken from anywhere.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from urllib.parse import parse_qs, urlsplit

AGES = 4  # 0, 1, 2 and 3 or older
FIRST, LAST = 2004, 2026
TYPES = {
    "01": "Enebolig",
    "02": "Tomannsbolig",
    "03": "Rekkehus, kjedehus og andre småhus",
    "04": "Boligblokk",
    "05": "Bygning for bofellesskap",
    "999": "Andre bygningstyper",
}
BUILT = {
    "111": "Enebolig",
    "121": "Tomannsbolig, vertikaldelt",
    "131": "Rekkehus",
    "141": "Store frittliggende boligbygg på 2 etasjer",
    "151": "Bo- og servicesenter",
    "0": "I alt",
}
REGIONS = {"0": "Hele landet", "0219": "Bærum (-2019)", "3024": "Bærum (2020-2023)", "3201": "Bærum", "3203": "Asker"}
FLOWS = {"Fodte2": 40, "Dode3": 25, "Innvandring5": 12, "Utvandring6": 7, "Tilflytting7": 60, "Fraflytting8": 55}
SUMMED = {"id": "agg_KommSummer", "label": "Kommuner 2024, sammenslåtte tidsserier", "type": "Aggregation"}


def quarters() -> list[str]:
    return [f"{year}K{quarter}" for year in range(FIRST, LAST + 1) for quarter in range(1, 5)][:-2]


def variable(label: str, codes: dict[str, str], *, lists: list[dict] | None = None, **extension) -> dict:
    known = {"elimination": False, **({"codelists": lists} if lists else {}), **extension}
    index = {code: i for i, code in enumerate(codes)}
    return {"label": label, "category": {"index": index, "label": codes}, "extension": known}


def region() -> dict:
    return variable("region", REGIONS, lists=[SUMMED, {"id": "vs_Kommun", "label": "Kommuner", "type": "Valueset"}])


def contents(codes: dict[str, str], kind: str) -> dict:
    return variable("statistikkvariabel", codes, measuringType=dict.fromkeys(codes, kind))


def years(first: int = FIRST, last: int = LAST) -> dict:
    return variable("år", {str(year): str(year) for year in range(first, last + 1)})


AGE = {f"{age:03d}": f"{age} år" for age in range(AGES - 1)} | {f"{AGES - 1:03d}+": f"{AGES - 1} år eller eldre"}
SEX = {"2": "Kvinner", "1": "Menn"}
TABLES = {
    "07459": {
        "Region": region(),
        "Kjonn": variable("kjønn", SEX),
        "Alder": variable("alder", AGE),
        "ContentsCode": contents({"Personer1": "Personer"}, "Stock"),
        "Tid": years(),
    },
    "01222": {
        "Region": region(),
        "ContentsCode": contents({code: code[:-1] for code in ("Folketallet1", *FLOWS)}, "Flow"),
        "Tid": variable("kvartal", {code: code for code in quarters()}),
    },
    "06913": {
        "Region": region(),
        "ContentsCode": contents(
            {
                "Folkemengde": "Folkemengde 1. januar",
                "Levende": "Levendefødte",
                "Dode": "Døde",
                "Nettoinnflytting": "Nettoinnflytting",
            },
            "Flow",
        ),
        "Tid": years(1951),
    },
    "06265": {
        "Region": region(),
        "BygnType": variable("bygningstype", TYPES),
        "ContentsCode": contents({"Boliger": "Boliger"}, "Stock"),
        "Tid": years(2006),
    },
    "05940": {
        "Region": region(),
        "Byggeareal": variable("bygningstype", BUILT),
        "ContentsCode": contents({"Igangsatte": "Igangsatte", "Fullforte": "Fullførte"}, "Flow"),
        "Tid": years(2000, LAST - 1),
    },
    "10325": {
        "Kjonn": variable("kjønn", SEX),
        "Alder": variable("alder", AGE),
        "ContentsCode": contents({"Dode": "Døde"}, "Flow"),
        "Tid": years(1986, LAST - 1),
    },
}
CODE_LISTS = {
    "agg_KommSummer": {
        **SUMMED,
        "language": "no",
        "values": [
            {"code": "K-3201", "label": "Bærum", "valueMap": ["0219", "3024", "3201"]},
            {"code": "K-3203", "label": "Asker", "valueMap": ["3203"]},
        ],
    }
}


def flow(code: str, year: int, quarter: int, area: str) -> int:
    return FLOWS[code] + (year * 7 + quarter * 3 + int(area)) % 5


def person(sex: str, age: str, year: int, area: str) -> int:
    return 1_000 + 10 * int(age[:3]) + int(sex) + (year - FIRST) * 3 + int(area) % 7


def year_sum(code: str, year: int, area: str) -> int:
    return sum(flow(code, year, quarter, area) for quarter in range(1, 5))


def figure(table: str, key: dict[str, str]) -> int | None:  # noqa: PLR0911
    """One made-up figure; None where the real bank has none."""
    area = key.get("Region", "0").removeprefix("K-")
    code, time_code = key["ContentsCode"], key["Tid"]
    year = int(time_code[:4])
    if table == "07459":
        return person(key["Kjonn"], key["Alder"], year, area)
    if table == "01222":
        return flow(code, year, int(time_code[-1]), area)
    if table == "06913":
        if code == "Folkemengde":
            return sum(person(sex, age, year, area) for sex in SEX for age in AGE)
        if year == LAST:
            return None
        if code == "Nettoinnflytting":
            signs = {"Innvandring5": 1, "Utvandring6": -1, "Tilflytting7": 1, "Fraflytting8": -1}
            return sum(sign * year_sum(name, year, area) for name, sign in signs.items())
        return year_sum({"Levende": "Fodte2", "Dode": "Dode3"}[code], year, area) + (code == "Dode" and year == 2010)
    if table == "06265":
        return 500 + int(key["BygnType"]) + (year - FIRST)
    return 3 + year % 4


class Handler(BaseHTTPRequestHandler):
    """Answers, or plays the fault whose turn it is."""

    def log_message(self, *args) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(urlsplit(self.path), None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(urlsplit(self.path), json.loads(body))

    def answer(self, url, query) -> None:
        bank = self.server.bank
        bank.asked.append((self.command, url.path, query))
        fault = next((one for one in bank.faults if one["path"] in url.path and one["times"] > 0), None)
        if fault:
            fault["times"] -= 1
            self.play(fault, url, query)
            return
        self.say(*bank.respond(url.path.removeprefix("/api/v2"), query, parse_qs(url.query)))

    def play(self, fault: dict, url, query) -> None:
        if "status" in fault:
            self.say(fault["status"], fault.get("body", {"title": fault.get("title", "")}), fault.get("headers"))
        elif fault.get("hang"):
            time.sleep(fault["hang"])
            self.close_connection = True
        elif "instead" in fault:
            self.say(200, fault["instead"])
        else:
            status, body = self.server.bank.respond(url.path.removeprefix("/api/v2"), query, parse_qs(url.query))
            self.say(status, body, cut=True)

    def say(self, status: int, body, headers: dict | None = None, *, cut: bool = False) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut


class MadeUpBank:
    """State of the server: its tables, its limit, the faults to come, and what it was asked."""

    def __init__(self) -> None:
        self.tables = json.loads(json.dumps(TABLES))
        self.most_cells = 800_000
        self.faults: list[dict] = []
        self.asked: list[tuple] = []
        self.version = "2.3.2"
        self.missing: dict[str, set] = {}
        self.address = ""

    def fault(self, path: str, *, times: int = 1, **how) -> None:
        """Plan a fault for the next requests whose path has these words."""
        self.faults.append({"path": path, "times": times, **how})

    def questions(self) -> list[tuple[str, dict]]:
        """Path and selection of every request for figures."""
        return [(path, query) for command, path, query in self.asked if command == "POST"]

    def respond(self, path: str, query, params) -> tuple[int, object]:
        parts = [part for part in path.split("/") if part]
        if parts == ["config"]:
            return 200, {
                "apiVersion": self.version,
                "appVersion": "2.5.0",
                "defaultLanguage": "no",
                "maxDataCells": self.most_cells,
                "maxCallsPerTimeWindow": 0,
                "timeWindow": 0,
                "languages": [{"id": "no", "label": "Norsk"}],
                "dataFormats": ["json-stat2"],
                "features": [],
            }
        if parts[:1] == ["codelists"]:
            found = CODE_LISTS.get(parts[1])
            return (
                (200, found)
                if found
                else (400, {"type": "Parameter error", "title": "Non-existent codelist", "status": 400})
            )
        if parts[:1] != ["tables"] or parts[1] not in self.tables:
            return 404, {"type": "Parameter error", "title": "Non-existent table", "status": 404}
        if parts[2:] == ["metadata"]:
            return 200, self.metadata(parts[1])
        return (
            self.data(parts[1], query)
            if params.get("outputFormat") == ["json-stat2"]
            else (400, {"title": "Illegal format"})
        )

    def metadata(self, table: str) -> dict:
        dims = self.tables[table]
        return {
            "version": "2.0",
            "class": "dataset",
            "label": f"{table}: made up",
            "source": "Statistisk sentralbyrå",
            "updated": "2026-02-25T07:00:00Z",
            "id": list(dims),
            "size": [len(d["category"]["index"]) for d in dims.values()],
            "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
            "dimension": dims,
            "extension": {"px": {"tableid": table, "decimals": 0}},
        }

    def data(self, table: str, query: dict) -> tuple[int, object]:
        dims = self.tables[table]
        chosen = {one["variableCode"]: one["valueCodes"] for one in query["selection"]}
        lists = {one["variableCode"]: one.get("codelist") for one in query["selection"]}
        labels = {}
        for name, known in dims.items():
            allowed = dict(known["category"]["label"])
            if lists.get(name):
                allowed = {one["code"]: one["label"] for one in CODE_LISTS[lists[name]]["values"]}
            if name not in chosen:
                return 400, {"title": "Missing selection for mandantory variable", "status": 400}
            if any(code not in allowed for code in chosen[name]):
                return 400, {"type": "Parameter error", "title": "Non-existent value", "status": 400}
            if len(set(chosen[name])) < len(chosen[name]):
                return 500, b""
            # the bank answers in its own order, not in that of the question
            labels[name] = {code: label for code, label in allowed.items() if code in chosen[name]}
        if set(chosen) - set(dims):
            return 400, {"title": "Non-existent variable", "status": 400}
        keys = [dict(zip(labels, codes, strict=True)) for codes in product(*labels.values())]
        if len(keys) > self.most_cells:
            return 403, {"title": "Too many cells selected", "detail": "Too many cells selected", "status": 403}
        return 200, self.dataset(table, labels, keys)

    def dataset(self, table: str, labels: dict, keys: list[dict]) -> dict:
        dims = self.tables[table]
        values = [None if key["Tid"] in self.missing.get(table, ()) else figure(table, key) for key in keys]
        status = {str(i): "." for i, value in enumerate(values) if value is None}
        return {
            "version": "2.0",
            "class": "dataset",
            "label": f"{table}: made up",
            "source": "Statistisk sentralbyrå",
            "updated": "2026-02-25T07:00:00Z",
            "id": list(labels),
            "size": [len(one) for one in labels.values()],
            "dimension": {
                name: {
                    "label": dims[name]["label"],
                    "category": {"index": {code: i for i, code in enumerate(one)}, "label": one},
                    "extension": {k: v for k, v in dims[name]["extension"].items() if k != "codelists"},
                }
                for name, one in labels.items()
            },
            "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
            "value": values,
            **({"status": status} if status else {}),
        }


@contextmanager
def made_up_bank():
    """A running server; its address is in ``bank.address``."""
    bank = MadeUpBank()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.bank = bank
    bank.address = f"http://127.0.0.1:{server.server_address[1]}/api/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

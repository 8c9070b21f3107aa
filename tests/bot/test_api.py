"""The JSON door and the web page: the contract's shapes, and a clear error for whatever is wrong."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot import answering, curation, server
from bot.filters import NAMES
from bot.rooms import Rooms
from bot.uploads import _safe
from corpus import Status
from ingest import Report, Source, Wanted

QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"
GOLDEN = Path(__file__).parent.parent / "golden" / "ingest"


def _error(response: Any) -> str:
    """The message of an error, which has the contract's shape and shows nothing of our insides."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    message = str(body["error"]["message"])
    assert message.endswith((".", "?"))
    assert not re.search(r"Traceback|File \"|site-packages|pydantic|/home|/tmp", message)
    return message


def test_an_answer_has_the_contracts_shape(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": QUESTION, "top": 1, "country": "NO", "since": "2020-01-01"})
    found = response.json()
    assert response.status_code == 200
    assert (found["question_language"], found["outcome"], len(found["passages"])) == ("lv", "found", 1)
    assert found["passages"][0]["document"]["source"] == "/reports/lv.txt"


def test_the_questions_words_narrow_unless_they_are_taken_off(client: TestClient) -> None:
    asked = {"question": "Cik ilgst elektroniskā uzraudzība, Lithuania, only validated"}
    found = client.post("/api/ask", json=asked).json()
    assert (found["question"], found["outcome"]) == (asked["question"], "nothing")
    assert found["filters"] == {"language": None, "country": "LT", "status": "validated", "since": None}
    country = client.post("/api/ask", json=asked | {"country": "NO"}).json()  # a field wins over words
    assert country["filters"] == found["filters"] | {"country": None}
    off = client.post("/api/ask", json=asked | {"without": list(NAMES)}).json()
    assert set(off["filters"].values()) == {None}
    # it is not of Lithuania, which makes it less sure, so it may be found or weak
    assert off["passages"][0]["document"]["source"] == "/reports/lv.txt"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "question: Field required."),
        ({"question": ""}, "Please type a question."),
        ({"question": " \n\t "}, "Please type a question."),
        ({"question": "?!"}, "Please type a question."),
        ({"question": "\x00\x00"}, "Please type a question."),
        ({"question": None}, "question: Input should be a valid string."),
        ({"question": 5}, "question: Input should be a valid string."),
        ({"question": ["a"]}, "question: Input should be a valid string."),
        ({"question": "a" * 2001}, "too long"),
        ({"question": "a", "top": 0}, "top: "),
        ({"question": "a", "top": 51}, "top: "),
        ({"question": "a", "top": -1}, "top: "),
        ({"question": "a", "top": "5"}, "top: "),
        ({"question": "a", "top": 1.5}, "top: "),
        ({"question": "a", "top": 10**400}, "top: "),
        ({"question": "a", "top": True}, "top: "),
        ({"question": "a", "since": "yesterday"}, "since: "),
        ({"question": "a", "since": "2020-02-30"}, "since: "),
        ({"question": "a", "since": {}}, "since: "),
        ({"question": "a", "without": ["audience"]}, "without: "),
        ({"question": "a", "without": "country"}, "without: "),
        ({"question": "a", "language": "latvian"}, "code of two letters"),
        ({"question": "a", "country": "../etc"}, "code of two letters"),
        ({"question": "a", "language": "\ud800a"}, r"The language is '\ud800a'; it is a code"),
        ({"question": "a", "country": 1}, "country: "),
        ({"question": "a", "collection": []}, "collection: "),
        ({"question": "a", "collection": "\ud800"}, "collection: "),
        ({"question": "a", "\ud800": 1}, "The body cannot be used"),
        ({"question": "a", "extra": 1}, "extra: "),
        ([], "The body cannot be used"),
        ("text", "The body cannot be used"),
        (None, "The body cannot be used"),
    ],
)
def test_a_body_that_cannot_be_used_is_told_why(client: TestClient, body: object, said: str) -> None:
    response = client.post("/api/ask", content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert said in _error(response)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"question": "a"',
        b'{"question": "\\ud800"}',
        b'{"question": "\xff\xfe"}',
        b'{"question": NaN}',
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"question": "a"}{"question": "b"}',
        b"question=a",
    ],
)
def test_a_body_that_is_no_json_is_told_so(client: TestClient, content: bytes) -> None:
    response = client.post("/api/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    _error(response)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["/api/ask", "/slack/events", "/"])
def test_a_body_that_is_too_large_is_refused(client: TestClient, announced: bool, path: str) -> None:
    parts = (b"x" * 100_000 for _ in range(20))
    content: Any = b"x" * 2_000_000 if announced else parts
    response = client.post(path, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert "too large" in _error(response)


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_of_100_mb_is_refused(client: TestClient, announced: bool) -> None:
    parts = (b"x" * 1_000_000 for _ in range(100))
    headers = {"content-type": "multipart/form-data; boundary=a"} | (
        {"content-length": "100000000"} if announced else {}
    )
    response = client.post("/api/documents", content=parts, headers=headers)
    assert response.status_code == 413
    assert "55 MB" in _error(response)
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/ask", 405),
        ("DELETE", "/api/documents", 405),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/style-.css", 404),
    ],
)
def test_what_is_not_there_is_told(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    _error(response)


def test_a_fault_of_ours_has_a_reference_and_shows_nothing_else(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(answering, "answer", break_down)
    response = client.post("/api/ask", json={"question": "a"})
    assert response.status_code == 500
    reference = re.search(r"reference ([A-Z2-9]{8})", _error(response))
    assert reference
    assert "secret" not in response.text
    assert any(reference[1] in record.getMessage() for record in caplog.records)
    page = client.get("/", params={"q": QUESTION})
    assert page.status_code == 500
    assert "Kaut kas nogāja greizi" in page.text
    assert re.search(r"[A-Z2-9]{8}", page.text)
    assert "{reference}" not in page.text


def test_documents_are_listed_as_the_contract_says(client: TestClient, rooms: Rooms) -> None:
    rooms.corpus.change(2, "test", audience=("leaders",))
    listed = client.get("/api/documents").json()
    assert [each["id"] for each in listed] == [1, 3]
    fields = "id title source language country date status collection audience passages"
    assert list(listed[0]) == fields.split()


def test_a_file_that_is_sent_is_found(client: TestClient, rooms: Rooms) -> None:
    data = (GOLDEN / "visit.docx").read_bytes()
    response = client.post("/api/documents", files={"file": ("../../vizīte.docx", data)}, data={"collection": "visits"})
    assert response.status_code == 201
    assert response.json()["new"] == 1
    added = rooms.corpus.documents()[-1]
    assert (added.collection, added.title) == ("visits", "Pieredzes brauciens uz Norvēģiju")
    assert Path(added.source).is_relative_to(rooms.settings.home / "uploads")
    assert len(rooms.index) == len(rooms.corpus.live_hashes())
    again = client.post("/api/documents", files={"file": ("vizīte.docx", data)}).json()
    assert (again["new"], again["unchanged"]) == (0, 1)


def test_a_file_is_put_where_the_form_says(client: TestClient, rooms: Rooms) -> None:
    data = {"audience": ["leaders", "mentors"], "status": "validated"}
    response = client.post("/api/documents", files={"file": ("a.txt", b"Mentors meet every week.")}, data=data)
    assert response.status_code == 201
    added = rooms.corpus.documents()[-1]
    assert (added.audience, added.status) == (("leaders", "mentors"), Status.VALIDATED)
    assert "a.txt" not in client.get("/api/documents").text


def test_a_page_is_put_where_the_body_says(client: TestClient, rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Source] = []
    monkeypatch.setattr(curation, "add", lambda rooms, person, sources: asked.extend(sources) or Report(new=1))
    page = {"url": "http://a.example", "collection": "visits", "audience": ["leaders"], "status": "draft"}
    assert client.post("/api/documents", json=page).status_code == 201
    assert asked == [Source("http://a.example", Wanted("visits", ("leaders",), Status.DRAFT))]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"audiences": "leaders"}, "audiences: "),
        ({"status": "retired"}, "status: "),
        ({"status": ["draft", "draft"]}, "status: "),
        ({"audience": ""}, "audience: "),
        ({"audience": []}, "audience: "),
        ({"collection": "x" * 201}, "collection: "),
    ],
)
def test_what_a_document_cannot_be_given_is_told(
    client: TestClient, rooms: Rooms, fields: dict[str, Any], said: str
) -> None:
    sent = [client.post("/api/documents", json={"url": "http://a.example"} | fields)]
    if fields != {"audience": []}:  # a form cannot say so
        sent.append(client.post("/api/documents", files={"file": ("a.txt", b"Mentors meet.")}, data=fields))
    for response in sent:
        assert response.status_code == 422
        assert said in _error(response)
    assert len(rooms.corpus.documents()) == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.4 cut off"),
        ("a.exe", b"MZ"),
        ("a.txt", b""),
        ("a.docx", b"PK\x03\x04 cut off"),
        ("a", b"no suffix"),
        ("....", b"dots"),
        ("a\r\nb.txt", b"\0\0\0"),
        ("x" * 500 + ".txt", b"\0\1\2" * 50),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(
    client: TestClient, rooms: Rooms, name: str, data: bytes
) -> None:
    response = client.post("/api/documents", files={"file": (name, data)})
    assert response.status_code == 422
    _error(response)
    assert not [path for path in (rooms.settings.home / "uploads").rglob("*") if path.is_file()]
    assert len(rooms.corpus.documents()) == 3


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b'{"url": "ftp://a"}', "application/json"),
        (b'{"url": "file:///etc/passwd"}', "application/json"),
        (b'{"url": 5}', "application/json"),
        (b"", ""),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_document_is_refused(client: TestClient, content: bytes, kind: str) -> None:
    response = client.post("/api/documents", content=content, headers={"content-type": kind})
    assert response.status_code in {400, 422}
    _error(response)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/x"]
)
def test_addresses_inside_the_network_are_not_read(client: TestClient, url: str) -> None:
    response = client.post("/api/documents", json={"url": url})
    assert response.status_code == 422
    assert re.search("inside this network|no host", _error(response))


@pytest.mark.parametrize(
    ("client", "base", "headers"),
    [
        ("192.0.2.1", "http://localhost:8000", {}),
        ("127.0.0.1", "http://localhost:8000", {"origin": "http://evil.example"}),
        ("127.0.0.1", "http://localhost:8000", {"origin": "http://["}),
        ("127.0.0.1", "http://evil.example", {"origin": "http://evil.example"}),
        ("127.0.0.1", "http://evil.example", {}),
        ("127.0.0.1", "http://localhost:8000", {"host": ""}),
        ("127.0.0.1", "http://localhost:8000", {"host": "["}),
        ("127.0.0.1", "http://localhost.evil.example:8000", {}),
        ("127.0.0.1", "http://localhost:8000", {"x-forwarded-for": "192.0.2.1"}),
        ("127.0.0.1", "http://localhost:8000", {"forwarded": "for=192.0.2.1"}),
        ("127.0.0.1", "https://lessons.example.org", {"x-real-ip": "192.0.2.1"}),
    ],
)
def test_only_this_machine_may_add(rooms: Rooms, client: str, base: str, headers: dict[str, str]) -> None:
    known = dataclasses.replace(rooms, settings=dataclasses.replace(rooms.settings, url="https://lessons.example.org"))
    far = TestClient(server.create_app(known, "http://testserver", slack=False), base, client=(client, 1))
    response = far.post("/api/documents", files={"file": ("a.txt", b"Mentors meet every week.")}, headers=headers)
    assert response.status_code == 403
    assert "only from the machine" in _error(response)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "Lessons.example.org"])
def test_this_machine_may_add_under_each_of_its_names(rooms: Rooms, host: str) -> None:
    known = dataclasses.replace(rooms, settings=dataclasses.replace(rooms.settings, url="https://lessons.example.org"))
    near = TestClient(server.create_app(known, "http://testserver", slack=False), f"http://{host}", client=("::1", 1))
    file = {"file": ("a.txt", b"Mentors meet every week.")}
    assert near.post(
        "/api/documents", files=file, headers={"origin": f"http://{near.base_url.netloc.decode()}"}
    ).is_success


def test_watching(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").json() == {"ready": True, "passages": 3}
    client.post("/api/ask", json={"question": QUESTION})
    assert 'atzina_questions_total{door="api",outcome="found"} 1.0' in client.get("/metrics").text
    assert client.get("/openapi.json").json()["paths"].keys() >= {"/api/ask", "/api/documents", "/health", "/ready"}


def test_not_ready_says_so(client: TestClient, rooms: Rooms) -> None:
    rooms.embedder.is_loaded = False  # type: ignore[misc]
    response = client.get("/ready")
    assert response.status_code == 503
    assert "still loading" in _error(response)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.txt", "b.txt"),
        ("..\\c.md", "c.md"),
        ("…", "_"),
        ("Ā b.docx", "Ā b.docx"),
        ("a\0b.txt", "a_b.txt"),
        ("", "file"),
    ],
)
def test_names_of_uploads(name: str, expected: str) -> None:
    assert _safe(name) == expected


def test_json_is_the_same_on_every_door(client: TestClient, rooms: Rooms) -> None:
    found = client.post("/api/ask", json={"question": QUESTION}).json()
    assert found == json.loads(json.dumps(answering.as_json(answering.answer(rooms, QUESTION))))


def test_scripts_get_json_where_nothing_is(client: TestClient) -> None:
    for path, accept in (("/nothere", "*/*"), ("/api/nothere", "text/html"), ("/api", "text/html")):
        _error(client.get(path, headers={"accept": accept}))

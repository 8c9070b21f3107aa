"""The web page: the answer with its sources, the document at the quote, and a plain word where nothing is."""

import html
import re
from gettext import NullTranslations
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bot import answering, faults
from bot.rooms import Rooms
from corpus import Draft, Link, Span, Status, Unavailable, text_hash

QUESTION = "Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem?"


def test_the_page_speaks_the_readers_language(client: TestClient) -> None:
    for asked, said in (
        ("lt-LT,lt;q=0.9", "Klausti"),
        ("nn", "Spør"),
        ("de", "Ask"),
        ("", "Ask"),
        ("\x7f;;,,=", "Ask"),
    ):
        page = client.get("/", headers={"accept-language": asked})
        assert f">{said}</button>" in page.text


def test_an_answer_on_the_page(client: TestClient, rooms: Rooms) -> None:
    rooms.corpus.change(1, "test", collection="vizītes")
    page = client.get("/", params={"q": QUESTION})
    assert '<html lang="lv">' in page.text
    assert "<mark>Elektroniskā uzraudzība Norvēģijā ilgst līdz sešiem mēnešiem." in page.text
    assert 'lang="lv"><mark>' in page.text.replace("\n", "")
    assert f'<h1 class="question" lang="lv">{QUESTION}</h1>' in page.text
    assert '<h2 lang="lv"><a class="title"' in page.text
    assert page.text.count("<h1") == client.get("/").text.count("<h1") == 1
    assert "Norvēģija" in page.text
    assert "<li>krājums: vizītes</li>" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    link = re.search(r'class="source" href="([^"]+)"', page.text)
    assert link
    opened = client.get(html.unescape(link[1]))
    assert '<mark id="here">Elektroniskā' in opened.text
    assert "<li>krājums: vizītes</li>" in opened.text


def test_a_document_leads_back_to_the_answer(client: TestClient) -> None:
    asked = {"q": f"{QUESTION} <&>", "country": "NO", "since": "2020-01-01"}
    page = client.get("/", params=asked)
    link = re.search(r'class="source" href="([^"]+)"', page.text)
    assert link
    opened = client.get(html.unescape(link[1]))
    assert opened.text.startswith('<!doctype html>\n<html lang="lv">')
    back = re.search(r'class="back"><a href="([^"]+)"', opened.text)
    assert back
    assert dict(httpx.URL(html.unescape(back[1])).params) == asked
    assert 'class="back"' not in client.get("/documents/1").text


def test_what_the_questions_words_narrow_is_taken_off_by_a_link(client: TestClient) -> None:
    asked = {"q": "Cik ilgst elektroniskā uzraudzība, Lietuva, kopš 2019", "language": "lv"}
    page = client.get("/", params=asked, headers={"accept-language": "lv"})
    links = dict(re.findall(r'<a href="([^"]+)" aria-label="[^"]+">✕ ([^<]+)</a>', page.text))
    assert list(links.values()) == ["Lietuva", "kopš 2019. gada 1. janvāris"]
    assert "<mark>" not in page.text
    without = client.get(html.unescape(next(iter(links))))
    assert dict(without.url.params) == asked | {"without": "country"}
    assert "<mark>Elektroniskā" in without.text
    assert "✕ kopš" in without.text
    assert "✕ Lietuva" not in without.text
    link = re.search(r'class="source" href="([^"]+)"', without.text)
    assert link
    assert "without=country" in link[1]  # so that the document leads back to this answer
    assert "✕" not in client.get("/", params={"q": "Cik ilgst elektroniskā uzraudzība, Lietuva", "country": "NO"}).text


def test_what_the_corpus_holds_can_be_chosen(client: TestClient, rooms: Rooms) -> None:
    def choices(page: Any) -> list[str]:
        return re.findall(r'<option value="(\w+)"(?: selected)?>([^<]+)', page.text)

    norway, languages = ("NO", "Norvēģija"), [("en", "angļu"), ("lv", "latviešu"), ("lt", "lietuviešu")]
    rooms.corpus.change(2, "t", country="DK")
    latvian = {"accept-language": "lv"}
    assert choices(client.get("/", headers=latvian)) == [("DK", "Dānija"), norway, *languages]
    rooms.corpus.change(2, "t", audience=("leaders",))
    assert choices(client.get("/", headers=latvian)) == [norway, *languages[:2]]
    chosen = client.get("/", params={"q": QUESTION, "country": "se", "language": "LV"})
    assert choices(chosen) == [norway, ("SE", "Zviedrija"), *languages[:2]]
    assert '<option value="SE" selected>' in chosen.text
    assert '<option value="lv" selected>' in chosen.text


def test_a_long_passage_is_cut_around_its_quote(
    client: TestClient, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = "Par to runāja visi kolēģi un arī klienti. " * 20
    text = f"Ievads\n{around}Mentori pelna maz. {around}"
    start = text.index("Mentori")
    monkeypatch.setattr(answering, "quote", lambda *_: (start, start + len("Mentori pelna maz.")))
    draft = Draft(
        source="/x/l.txt", kind="txt", content_hash="h", text=text, passages=(Span(start=0, end=len(text)),), title="T"
    )
    rooms.corpus.add(draft, "t")
    rooms.index.sync(rooms.corpus)
    page = client.get("/", params={"q": "Mentori pelna maz?"}).text
    card = page[page.index("<blockquote") : page.index("</article>")]
    quote = card[: card.index("</blockquote>")]
    assert re.search(r">… [^<]+<mark>Mentori pelna maz\.</mark>[^<]+ …$", quote)
    assert len(quote) < 400
    whole = re.search(r'<div class="whole">(.*)</div>', card, re.DOTALL)
    assert whole
    assert re.sub("</?mark>", "", whole[1]) == text


def test_a_document_is_divided_by_its_headings(client: TestClient, rooms: Rooms) -> None:
    text = "Mērķis <1>\n\nMentori strādā.\nKatru dienu.\n \nRezultāti\nLabi."
    spans = (Span(start=0, end=45, heading="Mērķis <1>"), Span(start=45, end=len(text), heading="Rezultāti"))
    rooms.corpus.add(Draft(source="/x/h.md", kind="md", content_hash="h", text=text, passages=spans), "t")
    assert (
        "<h2>Mērķis &lt;1&gt;</h2><p>Mentori strādā.\nKatru dienu.</p><h2>Rezultāti</h2><p>Labi.</p>"
        in client.get("/documents/4").text
    )


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothere", 404, "There is no page at this address."),
        ("/documents/abc", 404, "There is no document abc."),
        ("/documents/99", 404, "There is no document 99."),
        ("/documents/", 404, "There is no page at this address."),
    ],
)
def test_people_get_a_page_where_nothing_is(client: TestClient, path: str, status: int, said: str) -> None:
    response = client.get(path, headers={"accept": "text/html,*/*"})
    assert response.status_code == status
    assert response.text.startswith("<!doctype html>")
    assert said in response.text
    assert '<a class="name" href="/">' in response.text


def test_a_page_can_be_asked_for_its_head(client: TestClient) -> None:
    for path in ("/", "/documents/1"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")


def test_nothing_in_a_document_is_markup(client: TestClient, rooms: Rooms) -> None:
    text = '🧨 e\u0301 <script>alert(1)</script> & "quoted" <b>trap</b> šeit.'
    span = (Span(start=0, end=len(text)),)
    title = "<img src=x onerror=alert(1)>"
    rooms.corpus.add(
        Draft(
            source="/x/<i>.txt",
            kind="txt",
            content_hash=text_hash(text),
            text=text,
            passages=span,
            title=title,
            status=Status.VALIDATED,
        ),
        "t",
    )
    rooms.index.sync(rooms.corpus)
    for page in (
        client.get("/", params={"q": "script alert trap šeit"}),
        client.get("/documents/4?passage=0-9&quote=2-4&version=x"),
    ):
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
    place = f"/documents/4?passage=0-{len(text)}&quote=2-4&version={text_hash(text)[:12]}"
    marked = '<span class="passage">🧨 </span><mark id="here">e\u0301</mark><span class="passage"> &lt;script&gt;'
    assert marked in client.get(place).text


def test_a_link_into_a_document_that_has_changed_marks_nothing(client: TestClient) -> None:
    page = client.get("/documents/1?passage=0-10&quote=2-4&version=000000000000")
    assert "has changed since the link was made" in page.text
    assert "<mark" not in page.text


@pytest.mark.parametrize(
    "place",
    ["passage=5-1&quote=2-3&version=a", "passage=a-b&quote=&version=", "passage=-1-9&quote=0-1&version=a", "q=1"],
)
def test_a_link_that_was_tampered_with_opens_the_document(client: TestClient, place: str) -> None:
    page = client.get(f"/documents/1?{place}")
    assert page.status_code == 200
    assert "<mark" not in page.text


def _opened(client: TestClient, text: str) -> str:
    """The page of document 1, opened at its second sentence."""
    middle = text.index("Klientam")
    place = f"passage=0-{len(text)}&quote={middle}-{len(text)}&version={text_hash(text)[:12]}"
    return client.get(f"/documents/1?{place}", headers={"accept-language": "et"}).text


def test_a_retired_document_says_why(client: TestClient, rooms: Rooms) -> None:
    """At the top, and again right above the quote, which is where a link opens."""
    text = rooms.corpus.text(1)
    assert "kasutusest kõrvaldatud" not in _opened(client, text)
    rooms.corpus.retire(1, "the law <changed>", "cat")
    said = r"kasutusest kõrvaldatud[^<]*the law &lt;changed&gt;</p>"
    page = _opened(client, text)
    assert len(re.findall(said, page)) == 2
    assert re.search(said + r'<p><mark id="here">Klientam', page)


def test_a_draft_says_so_above_its_quote(client: TestClient, rooms: Rooms) -> None:
    text = rooms.corpus.text(1)
    spans = (Span(start=0, end=len(text), language="lv"),)
    unread = Draft(source="/reports/lv.txt", kind="txt", content_hash=text_hash(text), text=text, passages=spans)
    rooms.corpus.replace(1, unread, "t")
    rooms.index.sync(rooms.corpus)
    note = r'<p class="outcome state" role="note" lang="et">[^<]+</p><p><mark id="here">'
    assert re.search(note, _opened(client, text))
    assert 'class="caveat"' in client.get("/", params={"q": QUESTION}).text


def test_what_is_not_for_everyone_is_not_there(client: TestClient, rooms: Rooms) -> None:
    rooms.corpus.change(1, "test", audience=("leaders",))
    for number in ("1", "99", "99999999999999999999", "9" * 5000, "-1", "1.5", "abc", "¹"):
        assert client.get(f"/documents/{number}").status_code == 404


def test_the_servers_paths_are_not_shown_on_the_page(client: TestClient) -> None:
    assert "/reports" not in client.get("/documents/1").text
    assert "/reports" not in client.get("/", params={"q": QUESTION}).text


@pytest.mark.parametrize("since", ["soon", "2020-13-01", "\0"])
def test_a_narrowing_that_cannot_be_is_told(client: TestClient, since: str) -> None:
    page = client.get("/", params={"q": "Jak pracują mentorzy?", "since": since}, headers={"accept-language": "lv"})
    assert page.status_code == 422
    assert "Datę zapisuje się tak" in page.text


def test_an_error_is_told_in_the_language_of_the_question(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it is about filled in after it was translated; without a question, in the browser's language."""

    class Echo(NullTranslations):
        def __init__(self, language: str | None) -> None:
            super().__init__()
            self.language = language

        def gettext(self, message: str) -> str:
            return f"{self.language}: {message}"

    monkeypatch.setattr(faults, "voice", Echo)
    asked = {"q": QUESTION, "country": "N1", "language": ""}
    assert "lv: The country is &#39;N1&#39;; it is a code" in client.get("/", params=asked).text
    estonian = {"accept-language": "et"}
    assert "et: There is no document 99." in client.get("/documents/99", headers=estonian).text
    assert "lv: There is no document 99." in client.get(f"/documents/99?q={QUESTION}", headers=estonian).text
    assert "et: Please type a question." in client.get("/?q=%3F!", headers=estonian).text


def test_what_is_missing_is_for_the_operator(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise Unavailable("The index in /srv/atzina is damaged. Run: atzina sync")

    monkeypatch.setattr(answering, "answer", missing)
    page = client.get("/", params={"q": QUESTION})
    assert page.status_code == 503
    assert "Es vēl neesmu gatavs" in page.text
    assert "/srv" not in page.text
    assert "Run: atzina sync" in caplog.text


def test_an_empty_corpus_is_told(client: TestClient, rooms: Rooms) -> None:
    for document in rooms.corpus.documents():
        rooms.corpus.forget(document.id, "t")
    assert "pievienota" in client.get("/", params={"q": "kas ir probācija"}).text
    assert "There is nothing to search yet" in client.get("/").text


def test_documents_that_are_alike_are_named_until_a_curator_says_no(client: TestClient, rooms: Rooms) -> None:
    def add(name: str, **fields: Any) -> int:
        words = f"Teksts {name}."
        draft = Draft(
            source=f"/{name}.txt",
            kind="txt",
            content_hash=name,
            text=words,
            passages=(Span(start=0, end=len(words)),),
            title=f"Atskaite {name}",
            **fields,
        )
        return rooms.corpus.add(draft, "t").id

    one, same, told = add("viens", language="lv"), add("divi", language="lv"), add("trys", language="lt")
    hidden, away = add("slepens", audience=("board",)), add("vecs")
    rooms.corpus.retire(away, "old", "t")
    links = [Link(one=one, other=other, kind="same", likeness=0.9) for other in (same, hidden, away)]
    rooms.corpus.note_links([one], [*links, Link(one=one, other=told, kind="translation", likeness=0.8)])

    def related(asked: str) -> list[str]:
        text = client.get(f"/documents/{one}", headers={"accept-language": asked}).text
        held = re.search(r'<ul class="also related">(.*?)</ul>', text, re.DOTALL)
        items = re.findall(r"<li>(.*?)</li>", held[1], re.DOTALL) if held else []
        return [html.unescape(re.sub("<[^>]+>", "", item)) for item in items]

    assert related("lv") == [
        "Gandrīz tas pats: Atskaite divi (vēl nav apstiprināts)",
        "Tas pats citā valodā (lietuviešu): Atskaite trys (vēl nav apstiprināts)",
    ]
    rooms.corpus.decide(one, same, alike=False)
    rooms.corpus.decide(one, told, alike=True)
    assert related("en") == ["The same in another language (Lithuanian): Atskaite trys"]

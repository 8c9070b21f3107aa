"""Real files, made by pandoc and LibreOffice, are read alike; hostile and broken ones are named."""

import datetime as dt
import io
import random
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest

from corpus import Unreadable
from ingest.details import mark_details, read_details
from ingest.formats import READERS, pdf, read
from ingest.formats.plain import decoded
from ingest.isolation import Reader
from ingest.passages import compose
from ingest.reading import Kind

GOLDEN = Path(__file__).parent.parent / "golden" / "ingest"
REAL = sorted(path for path in GOLDEN.iterdir() if path.suffix in READERS)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_each_format_gives_the_same_report(path: Path) -> None:
    """The words, the headings, the title, the date and the country, whatever program wrote the file."""
    reading = read(path.read_bytes(), path.suffix)
    text, spans = compose(mark_details(reading.blocks))
    for words in (
        "Elektroniskā uzraudzība ilgst līdz sešiem mēnešiem, un klientam visu laiku ir vajadzīgs darbs vai mācības.",
        "visi pilngadīgie mājas iedzīvotāji piekrīt;",
        "Pārējo var ieviest jau tagad, ja tiek apmācīti vismaz divdesmit darbinieki.",
        "310",
    ):
        assert words in text
    headings = [span.heading for span in spans]
    assert headings == ["Elektroniskā uzraudzība", "Izmaksas", "Kas Latvijā nederētu"]
    details = read_details(reading, "lv")
    assert details.title == "Pieredzes brauciens uz Norvēģiju"
    assert (details.date, details.country) == (dt.date(2023, 5, 15), "NO")
    assert details.organisation == "Norvēģijas Labošanas dienests"
    assert details.project is None
    assert {span.page for span in spans} == ({1} if path.suffix == ".pdf" else {None})


def test_one_pdf_is_open_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads in PDFium now and then crash the process."""
    opened: list[pypdfium2.PdfDocument] = []
    at_once = []

    class Watched(pypdfium2.PdfDocument):
        def __init__(self, data: bytes) -> None:
            opened.append(self)
            at_once.append(len(opened))
            super().__init__(data)

        def close(self) -> None:
            opened.remove(self)
            super().close()

    monkeypatch.setattr(pypdfium2, "PdfDocument", Watched)
    data = (GOLDEN / "visit.pdf").read_bytes()
    with ThreadPoolExecutor(4) as pool:
        assert all(reading.blocks for reading in pool.map(pdf.read, [data] * 12))
    assert at_once == [1] * 12


def test_a_web_page_is_read_without_what_surrounds_it() -> None:
    page = b"""<html><head><title>Site - Report</title><script>var a = "NOISE"</script></head><body>
      <nav>NOISE</nav><div class="cookie-consent">NOISE</div><header>NOISE</header>
      <main><h1>Report</h1><p>First <b>bold</b> words.</p><ul><li>An item</li></ul>
      <table><tr><td>A</td><td>B</td></tr></table><p>Last &amp; least</p></main><footer>NOISE</footer></body></html>"""
    reading = read(page, ".html")
    assert [(block.kind, block.text) for block in reading.blocks] == [
        (Kind.HEADING, "Report"),
        (Kind.PARAGRAPH, "First bold words."),
        (Kind.ITEM, "An item"),
        (Kind.TABLE, "A | B"),
        (Kind.PARAGRAPH, "Last & least"),
    ]
    assert reading.title == "Report"


_LONG = "Eleven words of a report that somebody wrote after a visit. " * 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<form id=aspnetForm><input value=x><p>{_LONG}</p></form>", [_LONG]),
        (f"<div class='page has-sidebar'><p>{_LONG}</p></div>", [_LONG]),
        (f"<div class='shared-content'><p>{_LONG}</p></div><div class='share-buttons'>NOISE</div>", [_LONG]),
        (f"<p>{_LONG}</p><div class='shared-content has-sidebar'>More.</div>", [_LONG, "More."]),
        (f"<div class=sidebar><p>{_LONG}</p></div><div class=menu>NOISE</div>", [_LONG]),
        (f"<nav><a>{_LONG * 9}</a></nav><p>{_LONG}</p>", [_LONG]),
        (f"<article><p>{_LONG}</p></article><article><p>Other words.</p></article>", [_LONG, "Other words."]),
        (f"<article><header>12 May</header><p>{_LONG}</p></article><footer>NOISE</footer>", ["12 May", _LONG]),
        (f"<main>Tiny.</main><div><p>{_LONG}</p></div>", ["Tiny.", _LONG]),
        (f"<main><p>{_LONG}</p><aside>Beside.</aside></main><aside>NOISE</aside>", [_LONG, "Beside."]),
        (f"<main><p>{_LONG}</p></main><p>Outside.</p>", [_LONG]),
        (f"<p>Country: Norway<br>Project: One</p><p>{_LONG}</p>", ["Country: Norway\nProject: One", _LONG]),
    ],
)
def test_what_holds_the_words_of_a_web_page_is_read(body: str, expected: list[str]) -> None:
    reading = read(f"<html><body>{body}</body></html>".encode(), ".html")
    assert [block.text for block in reading.blocks] == [text.strip() for text in expected]


def test_the_date_in_the_head_of_a_web_page_is_not_that_of_the_visit() -> None:
    page = b"<html><head><meta name=date content=2021-05-12><meta name=country content=Norway></head><p>Words.</p>"
    details = read_details(read(page, ".html"), None)
    assert (details.date, details.country) == (None, "NO")


_BULLET = '<w:p><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr><w:r><w:t>A bullet</w:t></w:r></w:p>'
_STYLES = (
    b'<w:style w:type="paragraph" w:styleId="ListBullet"><w:name w:val="List Bullet"/></w:style>'
    b'<w:style w:type="paragraph" w:styleId="Points"><w:name w:val="Points"/><w:pPr><w:numPr><w:numId w:val="1"/>'
    b'</w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Circle"><w:name w:val="Circle"/>'
    b'<w:basedOn w:val="Circle"/></w:style></w:styles>'
)


def _run(words: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{words}</w:t></w:r>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<w:p>{_run('Kept')}<w:ins>{_run(' inserted')}</w:ins></w:p>", [(Kind.PARAGRAPH, "Kept inserted")]),
        (
            f"<w:p>{_run('Kept')}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            f"<w:moveFrom>{_run('gone')}</w:moveFrom></w:p>",
            [(Kind.PARAGRAPH, "Kept")],
        ),
        (
            f"<w:sdt><w:sdtContent><w:p>{_run('In a control')}</w:p></w:sdtContent></w:sdt>",
            [(Kind.PARAGRAPH, "In a control")],
        ),
        (
            f"<w:p>{_run('Date: ')}<w:sdt><w:sdtContent>{_run('2021')}</w:sdtContent></w:sdt></w:p>",
            [(Kind.PARAGRAPH, "Date: 2021")],
        ),
        (
            f"<w:tbl><w:tr><w:tc><w:p>{_run('3')}</w:p></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p>{_run('3')}</w:p></w:tc>"
            f"</w:tr></w:tbl><w:p>{_run('after')}</w:p></w:tc></w:tr><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p>{_run('gone')}"
            "</w:p></w:tc></w:tr></w:tbl>",
            [(Kind.TABLE, "3 | 3 after")],
        ),
        (f"<w:ins><w:p>{_run('A paragraph')}</w:p></w:ins>", [(Kind.PARAGRAPH, "A paragraph")]),
        (_BULLET, [(Kind.ITEM, "A bullet")]),
        (_BULLET.replace("ListBullet", "Points"), [(Kind.ITEM, "A bullet")]),
        (_BULLET.replace("ListBullet", "Circle"), [(Kind.PARAGRAPH, "A bullet")]),
        (
            _BULLET.replace('"ListBullet"/>', '"Points"/><w:numPr><w:numId w:val="0"/></w:numPr>'),
            [(Kind.PARAGRAPH, "A bullet")],
        ),
    ],
)
def test_a_word_document_is_read_with_its_changes_accepted(body: str, expected: list[tuple[Kind, str]]) -> None:
    with zipfile.ZipFile(GOLDEN / "visit.docx") as real:
        document, styles = real.read("word/document.xml").decode(), real.read("word/styles.xml")
    document = f"{document[: document.index('<w:body>') + 8]}{body}</w:body></w:document>"
    packed = _with_part("word/document.xml", document.encode())
    packed = _with_part("word/styles.xml", styles.replace(b"</w:styles>", _STYLES), packed)
    assert [(block.kind, block.text) for block in read(packed, ".docx").blocks] == expected


def _line(text: str, bottom: float, *, size: float = 10.0, bold: bool = False) -> pdf._Line:
    return pdf._Line(text, left=50.0, right=500.0, bottom=bottom, size=size, bold=bold)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (_line("3. Conditions", 700, size=14), Kind.HEADING),
        (_line("3. Conditions", 700, bold=True), Kind.HEADING),
        (_line("3. A permanent address.", 700, bold=True), Kind.ITEM),
        (_line("3. A permanent address", 700), Kind.ITEM),
        (_line("• Conditions", 700, size=14), Kind.ITEM),
    ],
)
def test_a_numbered_heading_of_a_pdf_is_a_heading(line: pdf._Line, kind: Kind) -> None:
    assert pdf._block([line], 1, 10.0).kind is kind


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ((1, _line("it ends within a", 60)), (2, _line("sentence.", 700)), True),
        ((1, _line("it ends at the foot of a", 60)), (1, _line("column.", 700)), True),
        ((1, _line("it ends.", 60)), (2, _line("and goes on", 700)), False),
        ((1, _line("it ends within a", 60)), (2, _line("New sentence.", 700)), False),
        ((1, _line("it ends within a", 60)), (2, _line("note in small print", 700, size=7)), False),
        ((1, _line("two paragraphs", 90)), (1, _line("of one page", 60)), False),
        ((1, _line("A heading", 60, size=14)), (2, _line("small words", 700)), False),
        ((1, _line("A heading", 60, size=14)), (2, _line("of the same size", 700, size=14)), False),
    ],
)
def test_what_a_page_or_column_cut_is_whole_again(
    above: tuple[int, pdf._Line], below: tuple[int, pdf._Line], joined: bool
) -> None:
    groups = [(page, [line]) for page, line in (above, below)]
    found = list(pdf._rejoined(groups, 10.0))
    assert [page for page, _ in found] == ([1] if joined else [above[0], below[0]])
    assert [line for _, lines in found for line in lines] == [above[1], below[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nA visit to *Oslo*.\n---\n\nWords.", ["A visit to Oslo.", "Words."]),
        ("---\n- a\n---\n\nWords.", ["a", "Words."]),
        ("---\ntitle: A visit\n---\n\nWords.", ["Words."]),
        ("---\n---\n\nWords.", ["Words."]),
    ],
)
def test_a_rule_at_the_top_of_markdown_is_no_front_matter(text: str, expected: list[str]) -> None:
    assert [block.text for block in read(text.encode(), ".md").blocks] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1257"])
def test_encodings(encoding: str) -> None:
    text = "Probācijas dienesta darbinieki apmeklēja Norvēģiju, lai pētītu elektronisko uzraudzību. Šķērslis žēl ņemt."
    assert decoded(text.encode(encoding)) == text


def test_russian_in_windows_1251() -> None:
    text = "Сотрудники службы пробации посетили Норвегию, чтобы изучить электронный мониторинг осуждённых."
    assert decoded(text.encode("cp1251")) == text


def _mutants() -> Iterator[tuple[str, bytes, str]]:
    """Real files cut off, with bytes changed, with the wrong suffix: name, bytes, suffix."""
    generator = random.Random(7)
    for path in REAL:
        data = path.read_bytes()
        for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
            yield f"{path.name} cut at {share}", data[: int(share * len(data))], path.suffix
        for number in range(8):
            mutant = bytearray(data)
            for _ in range(1 + len(data) // 200):
                mutant[generator.randrange(len(mutant))] = generator.randrange(256)
            yield f"{path.name} mutant {number}", bytes(mutant), path.suffix
        for suffix in READERS:
            if suffix != path.suffix:
                yield f"{path.name} as {suffix}", data, suffix


def _bomb(size: int, parts: int = 1) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(parts):
            archive.writestr(f"word/part{number}.xml", b" " * size)
    return packed.getvalue()


def _with_part(name: str, content: bytes, whole: bytes | None = None) -> bytes:
    """The real Word file, or the one that is given, with one part replaced."""
    packed, file = io.BytesIO(), io.BytesIO(whole or (GOLDEN / "visit.docx").read_bytes())
    with zipfile.ZipFile(file) as real, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for part in real.namelist():
            made.writestr(part, content if part == name else real.read(part))
    return packed.getvalue()


_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><a>&j;</a>"
)
HOSTILE = [
    ("empty", b"", ".txt"),
    ("only zeros", b"\0" * 1000, ".txt"),
    ("only spaces", b" \n\t " * 100, ".md"),
    ("null bytes", b"words \0\0\0 words " * 50 + b"\0\1\2" * 100, ".txt"),
    ("binary", bytes(range(256)) * 40, ".txt"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(500), ".pdf"),
    ("a program", b"\x7fELF" + bytes(range(256)) * 20, ".docx"),
    ("an old Word file", b"\xd0\xcf\x11\xe0" + bytes(600), ".docx"),
    ("no words", b"--- *** ... !!!", ".txt"),
    ("front matter that is no YAML", b"---\ntitle: {[:\n---\nText here.", ".md"),
    ("front matter that builds objects", b"---\ntitle: !!python/object/apply:os.system ['true']\n---\nText.", ".md"),
    ("a zip bomb", _bomb(300_000_000), ".docx"),
    ("too many parts", _bomb(10, 6000), ".docx"),
    ("a zip that is no Word file", _bomb(10), ".docx"),
    ("an entity bomb", _with_part("word/document.xml", _ENTITIES), ".docx"),
    ("an empty part", _with_part("word/document.xml", b""), ".docx"),
    (
        "a PDF with no pages",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n",
        ".pdf",
    ),
    (
        "a PDF that says it has 100000 pages",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 100000>>endobj\ntrailer<</Root 1 0 R>>",
        ".pdf",
    ),
    ("no page at all", b"<!-- -->", ".html"),
    ("HTML that nests without end", b"<div>" * 20_000 + b"words" + b"</div>" * 20_000, ".html"),
    ("an unknown kind", b"text", ".exe"),
]
READABLE = [
    (
        "invalid UTF-8",
        "Vārdi pirms ".encode() + b"\xff\xfe\x80" + " un vārdi pēc tam, kas ir gari. ".encode() * 20,
        ".txt",
    ),
    ("deep HTML", b"<div>" * 200 + b"words" + b"</div>" * 200, ".html"),
    ("unclosed HTML", b"<p>words<table><tr><td>cell<script>x", ".html"),
    ("one endless line", b"word " * 400_000, ".txt"),
    ("one endless word", b"x" * 2_000_000, ".md"),
    ("deep lists", b"".join(b"  " * n + b"- item\n" for n in range(500)), ".md"),
    ("many brackets", b"[" * 50_000 + b" words", ".md"),
    ("front matter that is a list", b"---\n- a\n---\n\nWords.", ".md"),
    ("a rule, and what is no YAML", b"---\n{[:\n---\nText here.", ".md"),
]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


@pytest.mark.parametrize(("name", "data", "suffix"), HOSTILE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_hostile_file_is_named(reader: Reader, name: str, data: bytes, suffix: str) -> None:
    """A sentence for a person, and no more: no traceback, no type of ours, no path."""
    with pytest.raises(Unreadable) as raised:
        reader.read(data, suffix)
    said = str(raised.value)
    assert said[0].isupper()
    assert said.endswith((".", "?"))
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "data", "suffix"), READABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_odd_file_is_read(reader: Reader, name: str, data: bytes, suffix: str) -> None:
    spans = reader.read(data, suffix).passages
    assert spans
    assert all(span.end - span.start <= 1100 for span in spans)


@pytest.mark.parametrize(
    ("name", "data", "suffix"), list(_mutants()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_broken_file_is_read_or_named(reader: Reader, name: str, data: bytes, suffix: str) -> None:
    """Whatever is left of a file: passages that are the text at their offsets, or a reason."""
    try:
        held = reader.read(data, suffix)
    except Unreadable:
        return
    held.text.encode()
    assert all(0 <= span.start < span.end <= len(held.text) for span in held.passages)
    assert all(place is None or 0 <= place[0] < place[1] <= len(held.text) for place in held.found.values())


def test_a_reader_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Reader() as reader:
        reader.read(b"Some words.", ".txt")
        assert reader._process
        first = reader._process.pid
        reader._process.kill()
        reader._process.wait()
        assert reader.read(b"Other words.", ".txt").text == "Other words."
        assert reader._process.pid != first


def test_a_reader_that_takes_too_long_is_ended() -> None:
    with Reader(seconds=0.0) as reader:
        with pytest.raises(Unreadable, match="more than 0 seconds"):
            reader.read(b"word " * 400_000, ".txt")
        assert reader._process is None

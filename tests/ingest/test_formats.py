"""Real files, made by pandoc and LibreOffice, are read alike; hostile and broken ones are named."""

import datetime as dt
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Unreadable
from ingest.details import country_in, date_in, mark_details, read_details
from ingest.formats import READERS, read
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
    details = read_details(reading)
    assert details.title == "Pieredzes brauciens uz Norvēģiju"
    assert (details.date, details.country) == (dt.date(2023, 5, 15), "NO")
    assert details.organisation == "Norvēģijas Labošanas dienests"
    assert details.project is None
    assert {span.page for span in spans} == ({1} if path.suffix == ".pdf" else {None})


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1257"])
def test_encodings(encoding: str) -> None:
    text = "Probācijas dienesta darbinieki apmeklēja Norvēģiju, lai pētītu elektronisko uzraudzību. Šķērslis žēl ņemt."
    assert decoded(text.encode(encoding)) == text


def test_russian_in_windows_1251() -> None:
    text = "Сотрудники службы пробации посетили Норвегию, чтобы изучить электронный мониторинг осуждённых."
    assert decoded(text.encode("cp1251")) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023. gada 15.–18. maijs", dt.date(2023, 5, 15)),
        ("2020. gada 5. novembrī", dt.date(2020, 11, 5)),
        ("2021 m. rugsėjo 6–9 d.", dt.date(2021, 9, 6)),
        ("14.–16. oktoober 2019", dt.date(2019, 10, 14)),
        ("12–14 May 2014", dt.date(2014, 5, 12)),
        ("May 12, 2014", dt.date(2014, 5, 12)),
        ("20.–22. september 2022", dt.date(2022, 9, 20)),
        ("29. august – 1. september 2022", dt.date(2022, 8, 29)),
        ("15–17 czerwca 2022 r.", dt.date(2022, 6, 15)),
        ("12 мая 2019 г.", dt.date(2019, 5, 12)),
        ("10.12.2019.", dt.date(2019, 12, 10)),
        ("2020-02-28", dt.date(2020, 2, 28)),
        ("2020-02-30", None),
        ("maijs 2020", None),
        ("2014–2021", None),
        ("Nr. 12.345", None),
    ],
)
def test_dates(text: str, expected: dt.date | None) -> None:
    assert date_in(text) == expected


@pytest.mark.parametrize(
    ("text", "inflected", "expected"),
    [
        ("Norvēģija", False, "NO"),
        ("Taani", False, "DK"),
        ("Норвегия, Осло", False, "NO"),
        ("NO", False, "NO"),
        ("Latvia og Estland", False, None),
        ("Vizīte Norvēģijā", False, None),
        ("Vizīte Norvēģijā", True, "NO"),
        ("Visiit Norrasse", True, "NO"),
        ("Поездка в Норвегию", True, "NO"),
        ("Par darbu ar jauniešiem", True, None),
    ],
)
def test_countries(text: str, inflected: bool, expected: str | None) -> None:
    assert country_in(text, inflected=inflected) == expected


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


def _with_part(name: str, content: bytes) -> bytes:
    """The real Word file with one part replaced."""
    packed = io.BytesIO()
    with zipfile.ZipFile(GOLDEN / "visit.docx") as real, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
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
    ("front matter that is no YAML", b"---\n{[:\n---\nText here.", ".md"),
    ("front matter that builds objects", b"---\n!!python/object/apply:os.system ['true']\n---\nText.", ".md"),
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
    _, spans = compose(reader.read(data, suffix).blocks)
    assert spans
    assert all(span.end - span.start <= 1100 for span in spans)


@pytest.mark.parametrize(
    ("name", "data", "suffix"), list(_mutants()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_broken_file_is_read_or_named(reader: Reader, name: str, data: bytes, suffix: str) -> None:
    """Whatever is left of a file: passages that are the text at their offsets, or a reason."""
    try:
        reading = reader.read(data, suffix)
    except Unreadable:
        return
    text, spans = compose(reading.blocks)
    text.encode()
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    read_details(reading)


def test_a_reader_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Reader() as reader:
        reader.read(b"Some words.", ".txt")
        assert reader._process
        first = reader._process.pid
        reader._process.kill()
        reader._process.wait()
        assert reader.read(b"Other words.", ".txt").blocks[0].text == "Other words."
        assert reader._process.pid != first


def test_a_reader_that_takes_too_long_is_ended() -> None:
    with Reader(seconds=0.0) as reader:
        with pytest.raises(Unreadable, match="more than 0 seconds"):
            reader.read(b"word " * 400_000, ".txt")
        assert reader._process is None

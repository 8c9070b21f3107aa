"""Passages are the text at their offsets, in order, and no word is lost; sentences end where people end them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import sentences
from ingest.cleaning import clean, running_lines
from ingest.passages import compose
from ingest.reading import Block, Kind

words = st.text(
    st.characters(categories=["L", "N", "P", "Zs", "M"], include_characters="\n-. \u200b\u200c\u200d"), max_size=300
)
blocks = st.lists(
    st.builds(
        Block, words, st.sampled_from([kind for kind in Kind if kind is not Kind.DETAIL]), st.none() | st.integers(1, 9)
    ),
    max_size=12,
)


@given(blocks)
def test_passages_are_in_order_and_within_the_text(given: list[Block]) -> None:
    text, spans = compose(given)
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))
    assert all(text[span.start : span.end] == text[span.start : span.end].strip() for span in spans)


@given(blocks)
def test_no_word_is_lost(given: list[Block]) -> None:
    """Every character of every paragraph, item and row is in exactly one passage."""
    text, spans = compose(given)
    shown = "".join(text[span.start : span.end] for span in spans)
    said = "".join(clean(block.text) for block in given if block.kind is not Kind.HEADING)
    headless = shown
    assert len("".join(headless.split())) >= len("".join(said.split()))
    for block in given:
        if block.kind is not Kind.HEADING and len(clean(block.text)) < 200:
            assert clean(block.text) in shown


@given(
    st.lists(
        st.sampled_from(["Vārds un vēl viens vārds. ", "Jautājums? ", "bez punkta ", "2019. gada 5. maijā "]),
        min_size=1,
        max_size=200,
    )
)
def test_a_passage_is_not_too_long(parts: list[str]) -> None:
    text, spans = compose([Block("".join(parts))])
    assert all(span.end - span.start <= 1100 for span in spans)
    assert "".join(text.split()) == "".join("".join(text[s.start : s.end].split()) for s in spans)


def test_a_heading_leads_its_passage_and_never_stands_alone() -> None:
    text, spans = compose([Block("Ievads", Kind.HEADING), Block("Teksts. " * 20), Block("Beigas", Kind.HEADING)])
    assert [(text[s.start : s.end][:6], s.heading) for s in spans] == [("Ievads", "Ievads")]
    assert text.endswith("Beigas")


def test_a_detail_is_in_the_text_and_in_no_passage() -> None:
    blocks = [Block("Vizīte", Kind.HEADING), Block("Valsts: Norvēģija", Kind.DETAIL), Block("Teksts šeit.")]
    text, spans = compose(blocks)
    assert text == "Vizīte\n\nValsts: Norvēģija\n\nTeksts šeit."
    assert [text[s.start : s.end] for s in spans] == ["Teksts šeit."]


def test_a_list_stays_with_the_line_that_leads_it() -> None:
    items = [Block(f"- punkts numur {n}, ar pāris vārdiem", Kind.ITEM) for n in range(8)]
    text, spans = compose([Block("Garš teksts. " * 60), Block("Secinājumi ir šādi:"), *items])
    last = text[spans[-1].start : spans[-1].end]
    assert "- punkts numur 0" in last
    assert "- punkts numur 7" in last


def test_a_passage_has_the_page_it_begins_on() -> None:
    _, spans = compose([Block("Viens. " * 90, page=1), Block("Divi. " * 90, page=2)])
    assert [span.page for span in spans] == [1, 2]


@given(words)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("proba-\ncijas", "probacijas"),
        ("Baltic-\nNordic", "Baltic-Nordic"),
        ("2014-\n2021", "2014-2021"),
        ("2014–\n2021", "2014–2021"),
        ("e-\npasts un e-\npaštas", "e-pasts un e-paštas"),
        ("COVID-\n19", "COVID-19"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("a\u200c 1\u200d=\u200d\u0338", "a 1≠"),
        ("so\u00adci\u00adāls", "sociāls"),
        ("a\u0304", "ā"),
        ("a\u200bb\ufeffc", "abc"),
        ("x\x00\x07y\ud800z", "xyz"),
        ("  a \t b\n c ", "a b c"),
    ],
)
def test_cleaning(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_running_headers_and_page_numbers_are_told_from_text() -> None:
    pages = [["Ziņojums 2014", f"Teksts {n} lapā", f"{n}"] for n in "abcd"]
    pages = [[page[0], page[1], str(number)] for number, page in enumerate(pages, 1)]
    assert running_lines(pages) == {(p, n) for p in range(4) for n in (0, 2)}
    assert running_lines([["Ziņojums", "viens"]]) == set()


@pytest.mark.parametrize(
    "parts",
    [
        ["Vizīte notika 12. un 13. maijā Oslo.", "Tad 2014. gada 19. oktobrī viss beidzās."],
        ["Piedalījās S. Sproģe, V.E. Īne Morenga u.c. kolēģi no Rīgas.", "Plkst. 9.00 sākās darbs."],
        ["Dalyvavo, pvz., 2021 m. rugsėjo 6–9 d. Vilniuje kt. svečiai.", "Pabaiga."],
        ["Käik toimus 14.–16. oktoobril.", "Vt. 3. peatükk, nt eluase.", "Lõpp!"],
        ["Møtet begynte kl. 9.00, bl.a. i Oslo.", "F.eks. Kari kom."],
        ["Ośrodek, np. przy ul. Długiej 5, działa.", "Koniec?", "Tak."],
        ["В 2019 г. в Риге прошёл семинар, т.е. встреча.", "«Хорошо», сказали им."],
        ["“Ir labi.”", "Kāpēc?!", "Nezinu…", "Varbūt."],
        ["1. Pirmais solis ir grūts.", "Cena ir 3.5 eiro."],
    ],
)
def test_sentences(parts: list[str]) -> None:
    text = " ".join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


@given(st.text(max_size=300))
def test_sentences_are_in_order_and_hold_every_letter(text: str) -> None:
    found = sentences(text)
    assert all(a < b for a, b in found)
    assert all(b <= c for (_, b), (c, _) in zip(found, found[1:], strict=False))
    assert sum(c.isalnum() for c in text) == sum(c.isalnum() for a, b in found for c in text[a:b])

"""The marks in a document's text: they change no word of it, whatever the place and the text."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.links import Place
from bot.marking import marked

NOTE = Markup("<p>\N{BLACK FLAG}</p>")
words = st.text('aā <&>"\n\r\x0c.\u2028', max_size=60)
places = st.lists(st.integers(0, 60), min_size=4, max_size=4).map(sorted)


@given(words, places, st.sets(words.map(str.strip), max_size=2))
def test_no_word_is_lost_and_none_is_markup(text: str, cuts: list[int], headings: set[str]) -> None:
    start, quote_start, quote_end, end = cuts
    place = Place(start, end, quote_start, quote_end, "v") if quote_start < quote_end <= end <= len(text) else None
    page = str(marked(text, place, headings, NOTE))
    plain = re.sub("</?(p|h2|mark|span)( id=.here.| class=.passage.)?>", "", page)
    assert "<" not in plain
    assert "".join(html.unescape(plain).replace("\N{BLACK FLAG}", "").split()) == "".join(text.split())
    if place and text[quote_start:quote_end].strip():
        quoted = "".join(re.findall("<mark[^>]*>(.*?)</mark>", page, re.DOTALL))
        assert "".join(html.unescape(quoted).split()) == "".join(text[quote_start:quote_end].split())
        assert page.count('id="here"') == page.count("\N{BLACK FLAG}") == 1
        assert re.search("\N{BLACK FLAG}</p><(p|h2)>", page)


def test_a_note_stands_between_the_words_before_a_quote_and_the_quote() -> None:
    page = marked("Viens. Divi.", Place(0, 12, 7, 12, "v"), set(), NOTE)
    assert page == (
        '<p><span class="passage">Viens. </span></p><p>\N{BLACK FLAG}</p><p><mark id="here">Divi.</mark></p>'
    )

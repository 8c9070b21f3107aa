"""Every sentence exists in every language, with its placeholders, and nothing in the catalogues is unused."""

import ast
import io
import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.words import TRANSLATED, country_name, date_text, language_name, spoken, voice

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {"gettext": None, "_": None, "ngettext": (1, 2), "noted": None}


def _said() -> set[object]:
    """Every sentence that stands in code or pages."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"extensions": "jinja2.ext.i18n"}}
    found = extract_from_dir(ROOT / "bot", methods, options, KEYWORDS)
    return {message for _, _, message, _, _ in found}


def _catalogue(language: str) -> Catalog:
    return read_po(io.BytesIO(resources.files("bot.words").joinpath(f"{language}.po").read_bytes()), locale=language)


def test_every_sentence_in_code_is_gathered() -> None:
    """Also one inside an f-string, where Babel does not look on every Python: it has to be taken out of it."""
    calls = [
        node.args[0].value
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in KEYWORDS
    ]
    gathered = {form for each in _said() for form in (each if isinstance(each, tuple) else (each,))}
    assert set(calls) <= gathered


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_no_other(language: str) -> None:
    """A new sentence without its translation fails here, and so does a translation that nothing says any more."""
    catalogue = _catalogue(language)
    known = {message.id for message in catalogue if message.id}
    assert known == _said()
    for message in catalogue:
        if message.id:
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            assert len(forms) == (catalogue.num_plurals if message.pluralizable else 1)
            assert all(forms)
            assert not message.fuzzy


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_original(language: str) -> None:
    for message in _catalogue(language):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(re.findall(r"{\w+}", originals[-1]))
        assert all(set(re.findall(r"{\w+}", form)) == wanted for form in forms if message.id)


def test_languages_without_a_catalogue_get_english() -> None:
    assert voice("de").gettext("Searching…") == "Searching…"
    assert voice(None).gettext("Searching…") == "Searching…"
    assert voice("lv").gettext("Searching…") == "Meklēju…"
    assert spoken("fi") == "en"


def test_names_and_dates() -> None:
    import datetime as dt

    assert country_name("NO", "lt") == "Norvegija"
    assert language_name("lv", "en") == "Latvian"
    assert date_text(dt.date(2023, 5, 15), "en") == "15 May 2023"
    assert date_text(None, "lv") is None
    assert country_name("??", "lv") == "??"

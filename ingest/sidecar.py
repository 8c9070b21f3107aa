"""What a person wrote about a file, beside it: `report.pdf.toml`. It wins over all that the file says of itself."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from typing import Any

from corpus import Status, Unreadable
from ingest.countries import country_named

SUFFIX = ".toml"
_WORDS = ("title", "organisation", "project", "funding", "language", "collection")
_LISTS = ("tags", "audience")
_DATES = ("date", "review_by")
_KNOWN = (*_WORDS, *_LISTS, *_DATES, "country", "status")


def read_sidecar(data: bytes, name: str) -> dict[str, Any]:
    r"""The fields of a sidecar file, as the corpus keeps them. Raises Unreadable, naming the file and the field.

    >>> read_sidecar(b'country = "Norway"\ndate = 2023-05-15', "a.pdf.toml")
    {'country': 'NO', 'date': datetime.date(2023, 5, 15)}
    """
    try:
        said = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{name} beside it is no TOML: {fault}. Correct it, or remove it.") from fault
    if unknown := sorted(set(said) - set(_KNOWN)):
        raise Unreadable(f"{name} beside it has {unknown[0]!r}. What it can have: {', '.join(sorted(_KNOWN))}.")
    return {field: _value(field, value, name) for field, value in said.items()}


def _value(field: str, value: object, name: str) -> object:
    if field in _LISTS and isinstance(value, list) and value and all(isinstance(v, str) and v.strip() for v in value):
        return tuple(sorted({str(v).strip() for v in value}))
    if field in _DATES and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if field == "status" and value in {Status.DRAFT.value, Status.VALIDATED.value}:
        return Status(str(value))
    if field == "country" and isinstance(value, str) and (code := country_named(value)):
        return code
    if field == "language" and isinstance(value, str) and len(value) == 2 and value.isalpha():
        return value.lower()
    if field in _WORDS and field != "language" and isinstance(value, str) and value.strip():
        return value.strip()
    raise Unreadable(f"{name} beside it says {field} = {value!r}, which cannot be. Correct it, or remove it.")


def stated(fields: Mapping[str, str]) -> dict[str, Any]:
    """Those of the fields in a file's own front matter that are not read elsewhere, as far as they can be.

    Country, date, title, organisation and project are read with the rest of what the document states.
    """
    found: dict[str, Any] = {name: fields[name] for name in ("funding", "collection") if fields.get(name)}
    if tags := [tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()]:
        found["tags"] = tuple(sorted(set(tags)))
    if seen := [name.strip() for name in fields.get("audience", "").split(",") if name.strip()]:
        found["audience"] = tuple(sorted(set(seen)))
    return found

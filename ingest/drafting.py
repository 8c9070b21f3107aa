"""What is known of a document: what stands beside it wins, then what it states, then what was asked for. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from corpus import Draft
from ingest.asked import Wanted
from ingest.sidecar import stated
from ingest.sources import Item
from ingest.understanding import Understood


def draft(item: Item, content_hash: str, held: Understood, wanted: Wanted, beside: Mapping[str, object]) -> Draft:
    """A file that was read, as the corpus takes it. `beside`: the fields of its sidecar."""
    details, fields = held.details, stated(held.stated) | dict(beside)
    read = Draft(
        source=item.source,
        kind=item.suffix.lower().lstrip("."),
        content_hash=content_hash,
        text=held.text,
        passages=held.passages,
        title=details.title,
        language=held.language,
        country=details.country,
        organisation=details.organisation,
        project=details.project,
        funding=held.funding,
        date=details.date,
        found={name: place for name, place in held.found.items() if name not in fields},
        sketch=held.sketch,
    )
    asked = {"collection": wanted.collection, "audience": wanted.audience, "status": wanted.status}
    given = {name: value for name, value in asked.items() if value is not None}
    return replace(read, **(given | fields))

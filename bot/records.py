"""Documents in the shapes that scripts rely on: docs/reference.md."""

from corpus import Corpus, Document, Handover


def listed(document: Document) -> dict[str, object]:
    """A document as it stands in a list."""
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "language": document.language,
        "country": document.country,
        "date": document.date.isoformat() if document.date else None,
        "status": document.status.value,
        "collection": document.collection,
        "audience": list(document.audience),
        "passages": document.passages,
    }


def described(document: Document) -> dict[str, object]:
    """One document with everything known of it."""
    return listed(document) | {
        "kind": document.kind,
        "organisation": document.organisation,
        "project": document.project,
        "funding": document.funding,
        "proposed": {name: list(place) if place else None for name, place in document.proposed.items()},
        "reason": document.reason,
        "review_by": document.review_by.isoformat() if document.review_by else None,
        "tags": list(document.tags),
        "added_at": document.added_at.isoformat(timespec="seconds") + "Z",
        "added_by": document.added_by,
        "content_hash": document.content_hash,
    }


def alike(corpus: Corpus) -> list[dict[str, object]]:
    """Pairs of live documents that are nearly the same, or translations of each other; the nearest first."""
    live = {document.id: document for document in corpus.documents()}
    return [
        {
            "kind": link.kind,
            "likeness": link.likeness,
            "decided": link.decided,
            "one": {"id": link.one, "title": live[link.one].title, "source": live[link.one].source},
            "other": {"id": link.other, "title": live[link.other].title, "source": live[link.other].source},
        }
        for link in corpus.links()
        if link.one in live and link.other in live
    ]


def handed_over(handed: Handover) -> dict[str, object]:
    """A question that waits for the curators."""
    return {
        "id": handed.id,
        "text": handed.text,
        "language": handed.language,
        "asker": handed.asker,
        "team": handed.team,
        "channel": handed.channel,
        "at": handed.at.isoformat(timespec="seconds") + "Z",
        "state": handed.state.value,
        "reference": handed.reference,
    }


def shown(corpus: Corpus, document_id: int) -> dict[str, object]:
    """One document with everything known of it, its text and its journal. Raises NotFound."""
    document = corpus.document(document_id)
    changes = [
        {
            "at": change.at.isoformat(timespec="seconds") + "Z",
            "who": change.who,
            "what": change.what,
            "before": change.before,
            "after": change.after,
        }
        for change in corpus.journal(document_id)
    ]
    return described(document) | {"text": corpus.text(document_id), "journal": changes}

"""The JSON door: thin routes. Whatever goes wrong is `{"error": {"code", "message"}}` with the right status."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from bot import answering, curation, records
from bot.answering import MOST
from bot.curation import Person, Role
from bot.faults import told
from bot.limits import LimitBody, is_local
from bot.metrics import Metrics
from bot.rendering import accepted, page, wants_page
from bot.rooms import Rooms
from bot.uploads import discard, store
from corpus import EVERYONE, AtzinaError, Invalid, NotAllowed, Status, Unavailable, Unreadable
from ingest import Report, Source, Wanted

_PERSON = Person("http", Role.CURATOR)  # who is on this machine; there are no roles on the web yet
_LONGEST_WORD = 200  # characters of a collection's or an audience's name
_Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_WORD)]


class Question(BaseModel):
    """What is asked; `without`: filters for which its own words are not taken. All but `question` may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    top: Annotated[int, Field(ge=1, le=MOST)] = 5
    language: str | None = None
    country: str | None = None
    # with a limit, pydantic refuses lone surrogates, which no database takes
    collection: Annotated[str, Field(max_length=_LONGEST_WORD)] | None = None
    since: Annotated[dt.date | None, Field(strict=False)] = None
    without: list[Literal["language", "country", "status", "since"]] = []


class Addition(BaseModel):
    """Where a new document is put, who may see it, and whether it counts as confirmed; all may be left out."""

    model_config = ConfigDict(extra="forbid")

    collection: _Name | None = None
    audience: Annotated[tuple[_Name, ...], Field(min_length=1)] | None = None
    status: Literal["draft", "validated"] | None = None


class Address(Addition):
    """A page on the web to be added."""

    url: Annotated[str, Field(pattern=r"^https?://", max_length=2000)]


def router(rooms: Rooms, metrics: Metrics) -> APIRouter:
    """The routes under /api, and those by which a server is watched."""
    routes = APIRouter()

    @routes.post("/api/ask")
    def ask(question: Question) -> dict[str, object]:
        """The passages that answer, verbatim, with their sources."""
        rooms.catch_up_soon()
        narrowing = answering.narrowing(**question.model_dump(include={"language", "country", "collection", "since"}))
        with metrics.seconds.labels("api").time():
            found = answering.answer(
                rooms, question.question, top=question.top, narrowing=narrowing, without=question.without
            )
        metrics.questions.labels("api", found.outcome.value).inc()
        return answering.as_json(found)

    @routes.get("/api/documents")
    def documents() -> list[dict[str, object]]:
        """Every document that everyone may see."""
        seen = rooms.corpus.documents(retired=True, audience=frozenset({EVERYONE}))
        return [records.listed(document) for document in seen]

    @routes.post("/api/documents", status_code=201)
    async def add(request: Request) -> dict[str, object]:
        """A report on reading a multipart `file`, or the page at `{"url"}`. Only from this machine."""
        if not is_local(request, rooms.settings.url):
            raise NotAllowed("Documents can be added over HTTP only from the machine that Atzina runs on.")
        report = await _added(rooms, request)
        if report.failed:
            raise Unreadable(report.failed[0].reason)
        return report.as_json()

    _add_watching(routes, rooms, metrics)
    return routes


def _add_watching(routes: APIRouter, rooms: Rooms, metrics: Metrics) -> None:
    @routes.get("/health")
    def health() -> dict[str, str]:
        """The process is alive."""
        return {"status": "alive"}

    @routes.get("/ready")
    def ready() -> dict[str, object]:
        """The model is loaded, there is an index, and the database answers."""
        rooms.corpus.version()
        if not rooms.embedder.is_loaded or rooms.index.version() < 0:
            raise Unavailable("The model is still loading, or the index is still being made. Try again in a minute.")
        return {"ready": True, "passages": len(rooms.index)}

    @routes.get("/metrics")
    def show_metrics() -> Response:
        """What is counted, for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def install(app: FastAPI, metrics: Metrics, languages: Sequence[str]) -> None:
    """Makes every error of the application say what is wrong in the same shape, and limits what comes in."""

    def say(fault: Exception) -> JSONResponse:
        said = told(fault)
        metrics.errors.labels(said.code).inc()
        return _error(said.status, said.code, said.message)

    async def ours(_: Request, fault: Exception) -> JSONResponse:
        return say(fault)

    async def wrong_shape(_: Request, fault: Exception) -> JSONResponse:
        metrics.errors.labels("invalid").inc()
        return _error(422, "invalid", _in_words(getattr(fault, "errors", list)()))

    async def by_status(request: Request, fault: Exception) -> Response:
        status, detail = getattr(fault, "status_code", 500), str(getattr(fault, "detail", "Error"))
        if wants_page(request):
            return page("nothing.html", status, accepted(request, languages))
        code = {404: "not_found", 405: "not_allowed_method", 400: "invalid"}.get(status, "error")
        return _error(status, code, f"{detail.rstrip('.')}.")

    app.add_exception_handler(AtzinaError, ours)
    app.add_exception_handler(RequestValidationError, wrong_shape)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, ours)
    app.add_middleware(LimitBody)


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def _in_words(errors: Any) -> str:
    """One sentence on the first thing that is wrong with a body."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body" and not isinstance(part, int))
    what = str(first["msg"]).encode("utf-8", "replace").decode()
    return f"{where}: {what}." if where else f"The body cannot be used: {what}."


async def _added(rooms: Rooms, request: Request) -> Report:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        address = _address(await request.body())
        return await run_in_threadpool(_ingest, rooms, address.url, address)
    async with request.form(max_files=1, max_fields=20) as form:
        file, addition = form.get("file"), _addition(form)
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("The form has no file in its field `file`.")
        place = await run_in_threadpool(store, rooms.settings.home, file.filename, await file.read())
    return await run_in_threadpool(_ingest, rooms, place, addition)


def _ingest(rooms: Rooms, place: str, addition: Addition) -> Report:
    status = Status(addition.status) if addition.status else None
    source = Source(place, Wanted(addition.collection, addition.audience, status))
    report = curation.add(rooms, _PERSON, [source])
    if report.failed:
        discard(rooms.settings.home, place)
    return report


def _addition(form: FormData) -> Addition:
    """What a form says beside its file. Raises Invalid for a field that is not known or comes twice."""
    given = {name: form.getlist(name) for name in form if name != "file"}
    fields = {name: values if name == "audience" or len(values) > 1 else values[0] for name, values in given.items()}
    try:
        return Addition.model_validate(fields)
    except ValidationError as fault:
        raise Invalid(_in_words(fault.errors())) from fault


def _address(body: bytes) -> Address:
    try:
        return Address.model_validate_json(body)
    except ValidationError as fault:
        wrong = fault.errors()
        if wrong[0]["loc"][:1] in {(), ("url",)}:
            raise Invalid('The body is neither a form with a `file` nor {"url": "https://…"}.') from fault
        raise Invalid(_in_words(wrong)) from fault

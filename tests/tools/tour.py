"""The pictures of docs/slack.md, taken of the page of the test server while people use the product: `make tour`.

local-slack 0.1.8 draws no rich text, no feedback buttons, no fields of a Home, and not what is chosen in a form; these
are drawn here from the very blocks that were sent, inside its page. The documents are those of the sample corpus.
"""

import html
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from block_kit import has_button  # noqa: E402 - found by the line above
from local_slack import COLLEAGUE, CURATOR, CURATORS, GENERAL, LocalSlack  # noqa: E402 - found by the line above
from product import Bot, run  # noqa: E402
from programs import chromium  # noqa: E402

Json = dict[str, Any]
T = TypeVar("T")

_PICTURES = ROOT / "docs" / "tour"
_REPORT = ROOT / "tests" / "files" / "made" / "en-glasgow-pandoc.docx"
_LANGUAGES = "en,lv,lt,et,nb,pl,ru"  # English first: the readers of the tour are spoken to in English
_SIZE = {"width": 1200, "height": 860}
_COLOURS = 64
_NAMES = {"U0ASKER": "Anna", COLLEAGUE: "Jonas", CURATOR: "Ieva"}
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_DRAWN = {"rich_text", "context_actions", "input"}  # of forms it draws the fields itself
_DRAW = """(drawn) => { for (const [where, pieces] of Object.entries(drawn)) {
  for (const shown of document.querySelectorAll(where)) {
    const places = [...shown.querySelectorAll('*')].filter(
      e => !e.children.length && /^\\[(rich_text|context_actions|plain_text_input)\\]$/.test(e.textContent.trim()));
    places.forEach((place, n) => { if (pieces[n]) { place.outerHTML = `<div>${pieces[n]}</div>` } });
  } } }"""


# what local-slack does not draw in a form, or draws without what is filled in
_FILL = """(fields) => {
  const places = [...document.querySelectorAll('.modal-body select, .modal-body *')].filter(e =>
    e.tagName === 'SELECT' || (!e.children.length && /^\\[(multi_static_select|multi_users_select|rich_text)\\]$/.test(
      e.textContent.trim())));
  fields.filter(f => f.drawn !== null).forEach((field, n) => { const place = places[n];
    if (place && place.tagName === 'SELECT') { place.add(new Option(field.drawn, 'x', true, true)) }
    else if (place) { place.outerHTML = field.drawn } });
  const boxes = document.querySelectorAll('.modal-body input[type=checkbox]');
  boxes.forEach(box => { box.checked = fields.some(field => field.checked) });
}"""
_BOX = "width:100%;box-sizing:border-box;padding:7px;border:1px solid #888;border-radius:4px;min-height:36px"


class Workspace(LocalSlack):
    """The workspace of the tests, with people who have names."""

    def _workspace(self) -> Json:
        made = super()._workspace()
        for user in made["users"]:
            user["name"] = _NAMES[user["id"]]
        return made

    def form(self) -> Json:
        return _aside(super().form)

    def fill_in(self, user: str | None = None, **fields: str) -> None:
        _aside(lambda: super(Workspace, self).fill_in(user, **fields))


def _aside(work: Callable[[], T]) -> T:
    """The same in a thread of its own: Playwright's event loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


class Camera:
    """Takes pictures of the workspace as one of its people sees it."""

    def __init__(self, slack: Workspace, page: Page) -> None:
        self._slack, self._page = slack, page

    def take(self, name: str, *, channel: str = GENERAL, thread: str | None = None, who: str | None = None) -> None:
        """A picture of a channel, with a thread beside it if one is given."""
        self.visit(channel, thread, who)
        self.shoot(name, channel)

    def visit(self, channel: str = GENERAL, thread: str | None = None, who: str | None = None) -> None:
        """Somebody (else the asker) opens a channel, with a thread beside it if one is given."""
        page = self._page
        page.set_viewport_size(_SIZE)
        page.goto(self._slack.url)
        page.locator(".actas select").select_option(who or self._slack.asker)
        page.locator(".sidebar-item", has_text=channel[2:].lower()).first.click()
        if thread:
            page.locator(f'.msg[data-ts="{thread}"] .thread-summary').first.click()

    def direct(self, name: str, thread: str, channel: str) -> None:
        """A picture of the asker's conversation with the bot alone, with a thread beside it."""
        page = self._page
        page.goto(self._slack.url)
        page.locator(".actas select").select_option(self._slack.asker)
        page.locator(".sidebar-item", has_text=_NAMES[self._slack.asker]).first.click()
        page.locator(f'.msg[data-ts="{thread}"] .thread-summary').first.click()
        self.shoot(name, channel)

    def shoot(self, name: str, channel: str | None = None) -> None:
        """A picture of what is on the screen."""
        self._page.wait_for_timeout(700)
        messages = self._slack._messages(channel) if channel else []
        drawn = {f'.msg[data-ts="{each["ts"]}"]': _drawings(each) for each in messages if each.get("blocks")}
        self._draw(name, drawn)

    def form(self, name: str, channel: str | None = None) -> None:
        """A picture of the form that is open, with what is filled into it, over what is on the screen."""
        fields = [each for each in self._slack.form()["blocks"] if each["type"] in {"input", "rich_text"}]
        self._page.wait_for_timeout(700)
        self._page.evaluate(_FILL, [_field(each) for each in fields])
        self.shoot(name, channel)

    def home(self, name: str, who: str | None = None, height: int = _SIZE["height"]) -> None:
        """A picture of somebody's (else the asker's) Home, once it has been published; so many pixels of it."""
        self._page.set_viewport_size(_SIZE | {"height": height})
        who = who or self._slack.asker
        self._slack.open_home(who)
        shown = _aside(lambda: self._slack.wait_for(lambda: self._slack.home(who), "a Home"))
        page = self._page
        page.goto(self._slack.url)
        page.locator(".actas select").select_option(who)
        page.locator(".sidebar-item", has_text="atzina").first.click()
        page.wait_for_timeout(700)
        self._draw(name, {".home": _drawings(shown)})

    def _draw(self, name: str, drawn: dict[str, list[str]]) -> None:
        self._page.evaluate(_DRAW, drawn)
        # few colours are enough for a page of text, and a third of the size
        picture = Image.open(io.BytesIO(self._page.screenshot())).convert("RGB").quantize(_COLOURS)
        picture.save(_PICTURES / f"{name}.png", optimize=True)


def _drawings(message: Json) -> list[str]:
    return [_block(block) for block in message["blocks"] if block["type"] in _DRAWN]


def _block(block: Json) -> str:
    if block["type"] == "context_actions":
        halves = block["elements"][0]
        labels = (halves["positive_button"]["text"]["text"], halves["negative_button"]["text"]["text"])
        return " ".join(f'<button class="bk-button">{html.escape(label)}</button>' for label in labels)
    if block["type"] == "input":
        return f'<input style="{_BOX}">'
    return "".join(map(_part, block["elements"]))


def _field(block: Json) -> Json:
    """How a field of a form is drawn, with what is filled into it; `drawn` is None where local-slack does so."""
    if block["type"] == "rich_text":
        return {"drawn": _block(block)}
    element = block["element"]
    if element["type"] == "static_select":
        return {"drawn": (element.get("initial_option") or {"text": {"text": ""}})["text"]["text"] or "Select"}
    if element["type"].startswith("multi_"):
        chosen = [each["text"]["text"] for each in element.get("initial_options", [])]
        chosen += [_NAMES.get(each, each) for each in element.get("initial_users", [])]
        said = ", ".join(chosen) or (element.get("placeholder") or {"text": ""})["text"]
        return {"drawn": f'<div style="{_BOX}">{html.escape(said)}</div>'}
    return {"drawn": None, "checked": bool(element.get("initial_options"))}


def _part(part: Json) -> str:
    if part["type"] == "rich_text_list":
        return f"<ul>{''.join(f'<li>{_part(each)}</li>' for each in part['elements'])}</ul>"
    inside = "".join(map(_element, part["elements"]))
    if part["type"] == "rich_text_quote":
        style = "margin:6px 0;padding-left:10px;border-left:4px solid #ddd"
        return f'<blockquote style="{style}">{inside}</blockquote>'
    return f"<div>{inside}</div>"


def _element(element: Json) -> str:
    if element["type"] == "user":
        return f"<b>@{_NAMES.get(element['user_id'], element['user_id'])}</b>"
    words = (element.get("text") or "").replace(f"{ROOT}/", "")  # where this checkout lies is nobody's concern
    if element["type"] == "channel":
        return f"<b>#{element['channel_id'][2:].lower()}</b>"
    said = html.escape(words).replace("\n", "<br>")
    if element["type"] == "link":
        return f'<a href="#">{said}</a>'
    return f"<b>{said}</b>" if element.get("style", {}).get("bold") else said


@contextmanager
def workspace() -> Iterator[tuple[Workspace, Bot, Camera]]:
    """The product with the sample corpus in a workspace, and a camera."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        run(folder / "home", "samples")
        slack = opened.enter_context(Workspace("socket", folder / "slack"))
        bot = opened.enter_context(Bot(folder / "home", folder / "bot.log", slack, ATZINA_LANGUAGES=_LANGUAGES))
        playwright = opened.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        opened.callback(browser.close)
        yield slack, bot, Camera(slack, browser.new_page(viewport=_SIZE, device_scale_factor=1))


def _ask(slack: Workspace, camera: Camera) -> None:
    """A question in a channel, and its answer in the thread."""
    ts = slack.mention("What are the conditions of electronic monitoring?, Norway")
    answer = slack.wait_for(lambda: [each for each in slack.thread(ts) if has_button(each, "judged")])[0]
    camera.take("answer", thread=ts)
    slack.click(answer, "narrow")
    camera.form("narrow", GENERAL)
    slack.fill_in(country="NO", since="2015")


def _command(slack: Workspace, camera: Camera) -> None:
    """The command, whose answer one person sees."""
    slack.command("Who pays the travel costs of volunteers?")
    slack.wait_for(lambda: [each for each in slack.ephemeral() if has_button(each, "share")])
    camera.take("command")


def _hand_over(slack: Workspace, camera: Camera) -> None:
    """A question that nothing answers goes to the curators."""
    ts = slack.mention("How do I bake a cheesecake with cherries?")
    answer = slack.wait_for(lambda: [each for each in slack.thread(ts) if has_button(each, "hand_over")])[0]
    camera.take("nothing", thread=ts)
    slack.click(answer, "hand_over")
    slack.wait_for(lambda: slack.messages(CURATORS))
    camera.take("curators", channel=CURATORS, who=CURATOR)


def _send(slack: Workspace, camera: Camera) -> None:
    """A report is sent to the bot, confirmed in a form, and validated by a curator."""
    ts = slack.upload(_REPORT)
    read = slack.wait_for(lambda: [each for each in slack.direct_messages() if has_button(each, "add")])[0]
    camera.direct("read", ts, read["channel"])
    slack.click(read, "add")
    camera.form("confirm")
    slack.fill_in(
        title="Community payback and peer mentors in Glasgow",
        country="United Kingdom",
        date="2023-11-06",
        collection="visits",
        audience="everyone",
    )
    offered = slack.wait_for(lambda: [each for each in slack.messages(CURATORS) if has_button(each, "review_confirm")])
    camera.take("review", channel=CURATORS, who=CURATOR)
    slack.click(offered[0], "review_confirm", user=CURATOR)
    slack.form()
    slack.fill_in(CURATOR)
    slack.wait_for(lambda: not any(has_button(each, "review_confirm") for each in slack.messages(CURATORS)))
    camera.take("validated", channel=CURATORS, who=CURATOR)


def _home(_: Workspace, camera: Camera) -> None:
    """The bot's page, for staff and for a curator."""
    camera.home("home")
    camera.home("home-curator", CURATOR, 1500)


def _settings(slack: Workspace, camera: Camera) -> None:
    """An administrator sets how the bot works in a channel."""
    camera.take("settings", who=CURATOR)  # where the form will stand
    camera.visit(who=CURATOR)
    slack.command("settings", user=CURATOR)
    camera.form("settings")


_STOPS: tuple[Callable[[Workspace, Camera], None], ...] = (_ask, _command, _hand_over, _send, _home, _settings)


def main() -> None:
    """Takes every picture anew."""
    _PICTURES.mkdir(exist_ok=True)
    with workspace() as (slack, _, camera):
        for stop in _STOPS:
            stop(slack, camera)


if __name__ == "__main__":
    main()

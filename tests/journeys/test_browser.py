"""The web page in Chromium, on a desk and in a hand, with JavaScript and without."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, ViewportSize, expect, sync_playwright
from product import Bot, copied
from programs import chromium

QUESTION = "Kādi ir elektroniskās uzraudzības nosacījumi Norvēģijā?"
UNANSWERABLE = "Kā pagatavot biezpiena kūku ar ķiršiem?"

_PICTURES = os.environ.get("ATZINA_SCREENSHOTS")  # read before a fixture takes our settings away from each test
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": ViewportSize(width=1200, height=800)},
    "phone": {"viewport": ViewportSize(width=390, height=844), "is_mobile": True, "has_touch": True},
    "desktop-plain": {"viewport": ViewportSize(width=1200, height=800), "java_script_enabled": False},
    "phone-plain": {
        "viewport": ViewportSize(width=390, height=844),
        "is_mobile": True,
        "has_touch": True,
        "java_script_enabled": False,
    },
}


@pytest.fixture(scope="module")
def bot(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """The product with the sample corpus, without Slack."""
    folder = tmp_path_factory.mktemp("web")
    with Bot(copied(sample_home, folder / "home"), folder / "bot.log") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(params=_SCREENS)
def page(request: pytest.FixtureRequest, browser: Browser, bot: Bot, tmp_path: Path) -> Iterator[Page]:
    """The first page on one of the screens; a picture of how it ended is kept."""
    context = browser.new_context(base_url=bot.url, locale="lv-LV", **_SCREENS[request.param])
    page = context.new_page()
    page.goto("/")
    yield page
    picture = tmp_path / f"{request.node.originalname}-{request.param}.png"
    page.screenshot(path=picture)
    if _PICTURES:
        Path(_PICTURES).mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, _PICTURES)
    context.close()


def ask(page: Page, question: str) -> None:
    """Types a question and sends it."""
    field = page.locator("input[name=q]")
    field.fill(question)
    field.press("Enter")
    page.wait_for_url("**q=**")


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways to be seen."""
    fitting: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return fitting


def test_a_question_is_answered(page: Page, bot: Bot) -> None:
    """Every passage shows its quote marked and a link to its source; the question stays in its field."""
    ask(page, QUESTION)

    passages = page.locator("article.passage").all()
    expected = [" ".join(each["quote"].split()) for each in bot.ask(QUESTION, top=len(passages))["passages"]]
    assert expected
    assert [" ".join(each.locator("blockquote mark").inner_text().split()) for each in passages] == expected
    assert page.locator("article.passage a.source").count() == len(passages)
    expect(page.locator("input[name=q]")).to_have_value(QUESTION)


def test_a_source_opens_at_the_quote(page: Page, bot: Bot) -> None:
    """The document's page shows the quote without scrolling."""
    ask(page, QUESTION)
    quote = page.locator("article.passage blockquote mark").first.inner_text()
    page.locator("article.passage a.source").first.click()
    page.wait_for_url("**/documents/**")

    here = page.locator("#here")
    expect(here).to_contain_text(quote)
    expect(here).to_be_in_viewport()
    expect(page.locator(".text .state")).to_be_in_viewport()  # the samples are drafts

    page.locator(".back a").click()
    expect(page.locator("h1")).to_have_text(QUESTION)


def test_what_can_be_tapped_is_large_enough(page: Page) -> None:
    """44 pixels high (WCAG 2.2, 2.5.5), and said apart by its name."""
    ask(page, QUESTION)
    page.locator("form summary").click()
    seen = [each for each in page.locator("a, button, input, select, summary").all() if each.is_visible()]
    assert len(seen) > 8
    assert [box for each in seen if (box := each.bounding_box()) and box["height"] < 44] == []


def test_no_page_is_wider_than_the_screen(page: Page) -> None:
    """First page, answer and document fit."""
    assert fits(page)
    ask(page, QUESTION)
    assert fits(page)
    page.locator("article.passage a.source").first.click()
    page.wait_for_url("**/documents/**")
    assert fits(page)


def test_a_question_without_an_answer_is_told_so(page: Page) -> None:
    """The page says that nothing was found, in the asker's language."""
    ask(page, UNANSWERABLE)

    assert page.locator("article.passage").count() == 0
    assert "neatra" in page.locator("main").inner_text().lower()


def test_what_is_typed_is_text(page: Page) -> None:
    """A question that looks like HTML is shown, not run."""
    alarms: list[str] = []

    def note(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    typed = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    ask(page, typed)

    expect(page.locator("input[name=q]")).to_have_value(typed)
    assert page.locator("img[src=x]").count() == 0
    assert alarms == []


def test_nothing_is_fetched_from_elsewhere(page: Page, bot: Bot) -> None:
    """Fonts, scripts and pictures come from the bot itself, and no script fails."""
    addresses: list[str] = []
    failures: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("pageerror", lambda failure: failures.append(str(failure)))
    page.reload()
    ask(page, QUESTION)

    assert addresses
    assert [each for each in addresses if not each.startswith((bot.url, "data:"))] == []
    assert failures == []

"""The fake that imitates Slack is itself judged, by what Slack's documentation says, through Slack's own SDK."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from fake_slack import FakeSlack, office
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from waiting import wait_for
from workspace import APP_TOKEN, ASKER, BOT_TOKEN, COLLEAGUE, CURATORS, GENERAL, TEAM

Json = dict[str, Any]

TEXT = {"type": "plain_text", "text": "Form"}
VIEW = {"type": "modal", "callback_id": "why", "title": TEXT, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}
PROMPTS = [{"title": "Ask", "message": "What is known?"}]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack("socket", pauses=(0.0, 0.1, 0.1)) as running:
        yield running


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=f"{slack.url}/api/")


def refused(client: WebClient, method: str, **arguments: Any) -> Json:
    """What Slack answers to a call that it refuses."""
    with pytest.raises(SlackApiError) as fault:
        client.api_call(method, json=arguments)
    answer: Json = fault.value.response.data
    return answer


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "a"}, "channel_not_found"),
        ("chat.postMessage", {"channel": GENERAL}, "no_text"),
        ("chat.postMessage", {"channel": GENERAL, "text": "a", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": GENERAL, "text": "a", "blocks": {}}, "invalid_blocks_format"),
        ("chat.postEphemeral", {"channel": CURATORS, "user": ASKER, "text": "a"}, "user_not_in_channel"),
        ("chat.update", {"channel": GENERAL, "ts": "1.1", "text": "a"}, "message_not_found"),
        ("chat.startStream", {"channel": GENERAL, "thread_ts": "1.1"}, "missing_recipient_user_id"),
        ("chat.startStream", {"channel": GENERAL, "recipient_user_id": ASKER}, "missing_recipient_team_id"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("files.info", {"file": "F0"}, "file_not_found"),
        ("usergroups.users.list", {"usergroup": "S0"}, "no_such_subteam"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("views.open", {"view": VIEW}, "invalid_trigger_id"),
        ("views.open", {"view": VIEW, "trigger_id": "1.1"}, "exchanged_trigger_id"),
        ("views.publish", {"user_id": ASKER, "view": HOME | {"blocks": "none"}}, "invalid_arguments"),
        ("assistant.threads.setStatus", {"channel_id": GENERAL, "status": "a"}, "invalid_arguments"),
        ("no.such.method", {}, "unknown_method"),
    ],
)
def test_what_slack_refuses_is_refused(client: WebClient, method: str, arguments: Json, error: str) -> None:
    assert refused(client, method, **arguments)["error"] == error


def test_a_message_is_written_changed_and_deleted(slack: FakeSlack, client: WebClient) -> None:
    """Arguments may come as JSON or as a form; a person's id stands for the direct messages with them."""
    by_form = client.api_call(
        "chat.postMessage", data={"channel": ASKER, "text": "a", "blocks": '[{"type":"divider"}]'}
    )
    said = client.chat_postMessage(channel=ASKER, text="b")
    client.chat_update(channel=said["channel"], ts=said["ts"], text="c")
    client.chat_delete(channel=by_form["channel"], ts=by_form["ts"])

    assert [(each["text"], "edited" in each) for each in slack.direct_messages()] == [("c", True)]
    assert client.conversations_open(users=ASKER)["channel"]["id"] == said["channel"]
    question = slack.say("mine")
    assert refused(client, "chat.update", channel=GENERAL, ts=question, text="a")["error"] == "cant_update_message"


def test_a_form_opens_once_for_a_click_and_soon(
    slack: FakeSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = slack.office.trigger()
    client.views_open(trigger_id=trigger, view=VIEW)
    assert refused(client, "views.open", trigger_id=trigger, view=VIEW)["error"] == "exchanged_trigger_id"
    monkeypatch.setattr(office, "TRIGGER_FOR", -1.0)
    late = slack.office.trigger()
    assert refused(client, "views.open", trigger_id=late, view=VIEW)["error"] == "expired_trigger_id"


def test_an_old_hash_changes_no_view(slack: FakeSlack, client: WebClient) -> None:
    published = client.views_publish(user_id=ASKER, view=HOME)["view"]
    client.views_publish(user_id=ASKER, view=HOME, hash=published["hash"])
    again = {"user_id": ASKER, "view": HOME, "hash": published["hash"]}
    assert refused(client, "views.publish", **again)["error"] == "hash_conflict"
    opened = client.views_open(trigger_id=slack.office.trigger(), view=VIEW)["view"]
    client.views_update(view_id=opened["id"], view=VIEW, hash=opened["hash"])
    changed = {"view_id": opened["id"], "view": VIEW, "hash": opened["hash"]}
    assert refused(client, "views.update", **changed)["error"] == "hash_conflict"


def test_a_stream_takes_words_until_it_ends(slack: FakeSlack, client: WebClient) -> None:
    """As chunks and as markdown_text; afterwards, and when Slack has given it up, it takes none."""
    who = {"recipient_user_id": ASKER, "recipient_team_id": TEAM}
    begun = client.chat_startStream(channel=GENERAL, thread_ts="1.1", markdown_text="a", **who)
    place = {"channel": GENERAL, "ts": begun["ts"]}
    client.chat_appendStream(**place, chunks=[{"type": "markdown_text", "text": "b"}])
    client.chat_stopStream(**place, markdown_text="c")
    assert [each["text"] for each in slack.messages()] == ["abc"]
    assert refused(client, "chat.appendStream", **place, markdown_text="d")["error"] == "message_not_in_streaming_state"
    slack.api.stream_for = -1.0
    begun = client.chat_startStream(channel=ASKER, thread_ts="1.1", markdown_text="a")
    late = {"channel": begun["channel"], "ts": begun["ts"]}
    assert refused(client, "chat.stopStream", **late)["error"] == "message_not_in_streaming_state"


def test_prompts_of_an_agent_belong_to_no_thread(slack: FakeSlack, client: WebClient) -> None:
    place = {"channel_id": slack.office.channel(ASKER), "prompts": PROMPTS}
    client.assistant_threads_setSuggestedPrompts(**place)
    assert refused(client, "assistant.threads.setSuggestedPrompts", **place, thread_ts="1.1")["error"]
    client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts="1.1", status="is searching")
    client.assistant_threads_setTitle(channel_id=GENERAL, thread_ts="1.1", title="A question")
    assert [len(each) for each in (slack.api.prompts, slack.api.statuses, slack.api.titles)] == [1, 1, 1]


def test_a_token_does_what_its_scopes_allow(slack: FakeSlack, client: WebClient) -> None:
    slack.faults.scopes = {"commands"}
    answer = refused(client, "chat.postMessage", channel=GENERAL, text="a")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")
    assert client.auth_test().headers["x-oauth-scopes"] == "commands"
    slack.faults.token_error = "token_revoked"
    assert refused(client, "auth.test")["error"] == "token_revoked"
    assert refused(WebClient("xoxb-another", base_url=f"{slack.url}/api/"), "auth.test")["error"] == "invalid_auth"
    assert refused(WebClient(APP_TOKEN, base_url=f"{slack.url}/api/"), "auth.test")["error"] == "not_allowed_token_type"
    assert refused(client, "apps.connections.open")["error"] == "not_allowed_token_type"


def test_whoever_is_too_quick_has_to_wait(slack: FakeSlack, client: WebClient) -> None:
    slack.faults.limit("auth.test", 7.0)
    with pytest.raises(SlackApiError) as fault:
        client.auth_test()
    assert (fault.value.response.status_code, fault.value.response.headers["Retry-After"]) == (429, "7")
    client.auth_test()
    slack.faults.every = 60.0
    client.chat_postMessage(channel=GENERAL, text="a")
    client.chat_postMessage(channel=ASKER, text="a")
    assert refused(client, "chat.postMessage", channel=GENERAL, text="b")["error"] == "ratelimited"


def test_a_click_is_answered_five_times(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{slack.url}{slack.office.response_path(GENERAL, ASKER, None)}"
    answered = [httpx.post(url, json={"text": str(n)}, trust_env=False).status_code for n in range(6)]
    assert answered == [200] * 5 + [404]
    assert [each["text"] for each in slack.ephemeral()] == list("01234")
    monkeypatch.setattr(office, "ANSWERS_FOR", -1.0)
    late = f"{slack.url}{slack.office.response_path(GENERAL, ASKER, None)}"
    assert httpx.post(late, json={"text": "a"}, trust_env=False).status_code == 404


async def test_an_address_of_socket_mode_opens_once(slack: FakeSlack) -> None:
    """It greets, and tells before it ends."""
    async with ClientSession() as session:
        url = await _address(session, slack)
        async with session.ws_connect(url) as connection:
            assert (await connection.receive_json())["type"] == "hello"
            with pytest.raises(WSServerHandshakeError):
                await session.ws_connect(url)
            slack.renew_connections("warning")
            assert (await connection.receive_json())["reason"] == "warning"
            slack.renew_connections()
            assert (await connection.receive_json())["reason"] == "refresh_requested"
            assert (await connection.receive()).data == 1000
    assert slack.connections() == 1


async def test_an_event_reaches_one_connection_until_it_is_confirmed(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody confirms comes again, with its number and the reason, three times at most."""
    monkeypatch.setattr("fake_slack.delivery.CONFIRM_WITHIN", 0.2)
    async with ClientSession() as session:
        connections = [await session.ws_connect(await _address(session, slack)) for _ in range(2)]
        for each in connections:
            await each.receive_json()
        slack.direct("A question?")
        came = [await connections[n % 2].receive_json() for n in range(4)]
        assert [each.get("retry_attempt") for each in came] == [0, 1, 2, 3]
        assert len({each["payload"]["event_id"] for each in came}) == 1
        slack.direct("Another one?")
        envelope = await connections[0].receive_json()
        await connections[0].send_json({"envelope_id": envelope["envelope_id"]})
        wait_for(lambda: len(slack.delivery.sent) == 5, "the confirmation to be noted")
        for each in connections:
            await each.close()
    assert [each.attempt for each in slack.delivery.sent if each.seconds is not None] == [0]


async def _address(session: ClientSession, slack: FakeSlack) -> str:
    headers = {"Authorization": f"Bearer {APP_TOKEN}"}
    async with session.post(f"{slack.url}/api/apps.connections.open", headers=headers) as answer:
        return str((await answer.json())["url"])


def test_a_command_is_confirmed_within_three_seconds_or_never(slack: FakeSlack) -> None:
    slack.command("A question?")
    wait_for(lambda: [each for each in slack.log() if each["summary"] == "operation_timeout"], "the command to fail")
    assert [(each.kind, each.reached) for each in slack.delivery.sent] == [("slash_commands", False)]


def test_who_has_left_a_message_or_a_channel(slack: FakeSlack, client: WebClient) -> None:
    said = client.chat_postMessage(channel=GENERAL, text="a")
    slack.delete(said["ts"])
    assert refused(client, "chat.update", channel=GENERAL, ts=said["ts"], text="b")["error"] == "message_not_found"
    slack.remove_bot()
    assert refused(client, "chat.postMessage", channel=GENERAL, text="b")["error"] == "not_in_channel"


def test_people_groups_and_files_are_known(slack: FakeSlack, client: WebClient) -> None:
    slack.office.groups["S0"], slack.office.files["F0"] = [COLLEAGUE], {"id": "F0"}
    assert client.usergroups_users_list(usergroup="S0")["users"] == [COLLEAGUE]
    assert client.users_info(user=ASKER)["user"]["id"] == ASKER
    assert client.files_info(file="F0")["file"] == {"id": "F0"}

"""The form in which an administrator sets what holds for a channel, and what is said of what was set."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from bot.slack.blocks import (
    Block,
    Message,
    author,
    bullets,
    channel,
    group,
    line,
    notice,
    person,
    plain_block,
    plain_text,
    rich,
    shortened,
    small,
    words,
)
from bot.slack.forms import Json, Target, all_chosen, choice, field, filled_in, form, options, several, typed
from bot.words import ENGLISH, date_text, language_name, noted, spoken, voice
from corpus import EVERYONE, Channel, Invalid, Setting, text_hash

_AS_ASKED = "question"  # where a code of a language stands otherwise
_GROUPS = 3000  # characters: what Slack takes
_NAMED = 200  # characters of what is no id
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
_LANGUAGE = noted("Language of my answers")
_COLLECTIONS = noted("Collections that are searched")
_AUDIENCES = noted("Reports are shown that are for")
_ASKERS = noted("Who may ask")
_FOLLOWS = noted("Further questions in a thread")
_NO_GROUPS = noted(
    "No id of a user group: {words}. Such an id begins with S: People → User groups → ⋮ → Copy group ID."
)
_NO_AUDIENCE = noted("Choose at least one.")
_NOT_THERE = noted("Something that you chose in the form is no longer there. Open it again.")


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen for a channel: codes of languages, names of collections and of audiences."""

    languages: tuple[str, ...]
    collections: tuple[str, ...]
    audiences: tuple[str, ...]

    @classmethod
    def beside(
        cls, what: Channel, languages: Sequence[str], collections: Iterable[str], audiences: Iterable[str]
    ) -> Self:
        """These, and what is set already, though it may be gone: who changes one thing need not change another."""
        can = [each for each in languages if spoken(each, languages) == each]
        return cls(
            tuple(dict.fromkeys([*can, ENGLISH, *([what.language] if what.language else [])])),
            tuple(sorted({*collections, *what.collections})),
            tuple(dict.fromkeys([EVERYONE, *sorted({*audiences, *what.audiences})])),
        )


def settings_form(target: Target, setting: Setting, offered: Offered) -> Json:
    """Asks for what is to hold for a channel; what holds now is filled in."""
    language, say, what = target.language, voice(target.language), setting.what
    languages = [(each, _language(each, language)) for each in offered.languages]
    follows = options([("follows", say.gettext("without a mention"))])
    checked = {"type": "checkboxes", "action_id": "follows", "options": follows}
    checked |= {"initial_options": follows} if what.follows else {}
    readers = several("audiences", _keyed(offered.audiences, language), _keys(what.audiences))
    people = {"type": "multi_users_select", "action_id": "people", "placeholder": plain_text(say.gettext("everybody"))}
    people |= {"initial_users": _people(what)} if _people(what) else {}
    groups = typed("groups", ", ".join(_groups(what)), _GROUPS) | {"placeholder": plain_text("S0123456789")}
    named = say.gettext("Channel:")
    blocks = [
        rich(line(words(f"{named} "), channel(target.channel))),
        _last(setting, language),
        small(say.gettext("Everybody in the channel, guests too, sees what may be shown there.")),
        *choice(
            "language",
            say.gettext(_LANGUAGE),
            [(_AS_ASKED, _language(None, language)), *languages],
            what.language or _AS_ASKED,
            optional=False,
        ),
        *_collections(what, offered, language),
        field("audiences", say.gettext(_AUDIENCES), readers),
        field("people", say.gettext("People who may ask"), people, optional=True),
        field("groups", say.gettext("User groups that may ask: their ids, with commas"), groups, optional=True),
        small(say.gettext("Where neither people nor groups are named, everybody may ask. Curators always may.")),
        field("follows", say.gettext(_FOLLOWS), checked, optional=True),
    ]
    return form("channel_set", target, say.gettext("Channel settings"), blocks)


def settings_faults(view: Json) -> dict[str, str]:
    """What is wrong with the form of `settings_form`, by field: told in the form, which then stays open."""
    say, found = voice(Target.read(view).language), {}
    if wrong := [each for each in _typed_groups(view) if not _GROUP.fullmatch(each)]:
        found["groups"] = say.gettext(_NO_GROUPS).format(words=shortened(", ".join(wrong), _NAMED))
    if not all_chosen(view, "audiences"):
        found["audiences"] = say.gettext(_NO_AUDIENCE)
    return found


def chosen_channel(view: Json, offered: Offered) -> Channel:
    """What somebody has filled in, of what can be chosen now. Raises Invalid where something else was."""
    language, people, groups = filled_in(view, "language"), all_chosen(view, "people"), _typed_groups(view)
    ids = all(map(_PERSON.fullmatch, people)) and all(map(_GROUP.fullmatch, groups))
    audiences = _named(all_chosen(view, "audiences"), offered.audiences)
    if not ids or not audiences or language not in (_AS_ASKED, *offered.languages):
        raise Invalid(_NOT_THERE)
    return Channel(
        language=None if language == _AS_ASKED else language,
        collections=_named(all_chosen(view, "collections"), offered.collections),
        audiences=audiences,
        askers=frozenset([*people, *groups]),
        follows=bool(all_chosen(view, "follows")),
    )


def saved_message(channel_id: str, old: Channel, new: Channel, language: str) -> Message:
    """What holds for a channel now and did not before."""
    say, before = voice(language), dict(_told(old, language))
    changed = {label: told for label, told in _told(new, language) if told != before[label]}
    heading = say.gettext("Settings saved:") if changed else say.gettext("Nothing has been changed in the settings:")
    return _listed(heading, channel_id, changed.items())


def set_meanwhile_message(channel_id: str, setting: Setting, language: str) -> Message:
    """What somebody else has set for a channel while a form was open, to whom came later."""
    heading = voice(language).gettext("Somebody was quicker. Nothing was changed now; look at it again:")
    return _listed(heading, channel_id, _told(setting.what, language), _last(setting, language))


def _listed(heading: str, channel_id: str, told: Iterable[tuple[str, list[Block]]], *above: Block) -> Message:
    lines = [line(words(f"{label}: "), *value) for label, value in told]
    shown = [rich(bullets(lines))] if lines else []
    return notice([heading], [rich(line(words(f"{heading} "), channel(channel_id))), *above, *shown])


def _told(what: Channel, language: str) -> list[tuple[str, list[Block]]]:
    """What holds for a channel: each part of it by its name."""
    say = voice(language)
    askers = [*map(person, _people(what)), *map(group, _groups(what))]
    apart = [each for asker in askers for each in (words(", "), asker)][1:]
    collections = ", ".join(sorted(what.collections)) or say.gettext("all")
    readers = ", ".join(_reader(each, language) for each in sorted(what.audiences))
    further = say.gettext("without a mention") if what.follows else say.gettext("only with a mention")
    return [
        (say.gettext(_LANGUAGE), [words(_language(what.language, language))]),
        (say.gettext(_COLLECTIONS), [words(collections)]),
        (say.gettext(_AUDIENCES), [words(readers)]),
        (say.gettext(_ASKERS), apart or [words(say.gettext("everybody"))]),
        (say.gettext(_FOLLOWS), [words(further)]),
    ]


def _last(setting: Setting, language: str) -> Block:
    """Who has set a channel last, and when."""
    say = voice(language)
    if setting.who is None or setting.at is None:
        return plain_block(say.gettext("Nobody has set anything here yet."))
    last, when = say.gettext("Set last:"), f"{date_text(setting.at.date(), language)}, {setting.at:%H:%M} UTC"
    return rich(line(words(f"{last} {when} · "), author(setting.who)))


def _collections(what: Channel, offered: Offered, language: str) -> list[Block]:
    if not offered.collections:  # Slack takes no empty list
        return []
    say = voice(language)
    element = several("collections", _keyed(offered.collections, language), _keys(what.collections))
    element |= {"placeholder": plain_text(say.gettext("all"))}
    return [field("collections", say.gettext(_COLLECTIONS), element, optional=True)]


def _language(code: str | None, language: str) -> str:
    return language_name(code, language) or voice(language).gettext("that of the question")


def _reader(audience: str, language: str) -> str:
    return voice(language).gettext("everyone") if audience == EVERYONE else audience


def _keyed(names: Iterable[str], language: str) -> list[tuple[str, str]]:
    return [(_key(each), _reader(each, language)) for each in names]


def _keys(names: Iterable[str]) -> list[str]:
    return [_key(each) for each in names]


def _key(name: str) -> str:
    """What stands for a name in a list: Slack takes 150 characters, and a name can have more."""
    return text_hash(name)[:16]


def _named(keys: Sequence[str], names: Iterable[str]) -> frozenset[str]:
    """The names for which these stand. Raises Invalid where one stands for none."""
    known = {_key(each): each for each in names}
    if not known.keys() >= set(keys):
        raise Invalid(_NOT_THERE)
    return frozenset(known[each] for each in keys)


def _people(what: Channel) -> list[str]:
    return sorted(each for each in what.askers if not _GROUP.fullmatch(each))


def _groups(what: Channel) -> list[str]:
    return sorted(each for each in what.askers if _GROUP.fullmatch(each))


def _typed_groups(view: Json) -> list[str]:
    return [each.upper() for each in re.split(r"[\s,;]+", filled_in(view, "groups") or "") if each]

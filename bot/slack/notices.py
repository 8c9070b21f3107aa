"""What is said in Slack of a question that went to the curators: to them, and to who asked it."""

from collections.abc import Sequence

from bot.answering import Shown
from bot.slack.answers import document_opening, passage_block, passage_line, reference_block
from bot.slack.blocks import (
    QUOTE,
    Block,
    Message,
    bullets,
    button,
    buttons,
    cut,
    line,
    notice,
    person,
    plain_block,
    quoted,
    rich,
    words,
)
from bot.words import language_name, voice
from corpus import Document, Handover, State

_ANSWER = 2000  # characters: the form takes no more


def handed_over_notice(handed: Handover, document: Document | None, base: str, language: str) -> Message:
    """A question as the curators see it: what is asked, by whom, and a button; or who has answered it, and by what."""
    say, question = voice(language), handed.text or ""
    heading, asked_by = say.gettext("A question that the reports do not answer:"), say.gettext("Asked by:")
    about = [words(f"{asked_by} "), person(handed.asker or "")]
    if named := language_name(handed.language, language):
        about.append(words(f" · {named}"))
    blocks = [plain_block(heading), rich(quoted(question), line(*about))]
    if handed.state is State.OPEN:
        blocks += buttons([button("answer", say.gettext("Answered by…"), str(handed.id))])
    else:
        blocks.append(rich(line(*_answered_by(handed, document, base, language))))
    blocks += [reference_block(handed.reference, language)] if handed.reference else []
    return notice([f"{heading} {cut(question, QUOTE)[0]}"], blocks)


def _answered_by(handed: Handover, document: Document | None, base: str, language: str) -> list[Block]:
    who, answered_by = (handed.answered_by or "").rpartition(":")[2], voice(language).gettext("Answered by:")
    told = [words(f"{answered_by} "), person(who)]
    return told + ([words(" · "), document_opening(document, base)] if document else [])


def answered_notice(handed: Handover, shown: Shown | None, said: str | None, base: str, language: str) -> Message:
    """The curators' answer as the asker sees it: the question, their words, and a passage if they named a document."""
    heading = voice(language).gettext("The curators have answered your question:")
    blocks = [plain_block(heading), rich(quoted(handed.text or ""))]
    blocks += [rich(line(words(cut(said, _ANSWER)[0])))] if said else []
    blocks += [passage_block(shown, base, language)] if shown else []
    blocks += [reference_block(handed.reference, language)] if handed.reference else []
    lines = [f"{heading} {cut(handed.text or '', QUOTE)[0]}", *([said] if said else [])]
    return notice([*lines, *([passage_line(shown)] if shown else [])], blocks)


def forbidden_notice(
    documents: Sequence[Document], who: str, remark: str | None, reference: str, base: str, language: str
) -> Message:
    """What curators are told when somebody says that documents should not be here for all to see."""
    say = voice(language)
    heading, by = say.gettext("It is said that this should not be here for all to see:"), say.gettext("Said by:")
    named = [bullets([line(document_opening(each, base)) for each in documents])] if documents else []
    blocks = [
        plain_block(heading),
        rich(*named, *([quoted(remark)] if remark else []), line(words(f"{by} "), person(who))),
    ]
    blocks += [reference_block(reference, language)] if reference else []
    return notice([heading, *(each.name for each in documents)], blocks)

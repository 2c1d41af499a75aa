"""`/v1/manage/comments`, `…/contact`, `…/editions/{locale}/blocked-words`, `…/personal-data`."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _

from nejat_cms.community.actions import messages, moderating, personal, words
from nejat_cms.community.models import BlockedWords, Comment, ContactMessage
from nejat_cms.community.queries import moderation
from nejat_cms.community.rules import CommentStatus, MessageStatus
from nejat_cms.community.schemas import (
    BlockedWordsBody,
    ErasedBody,
    ManagedComment,
    ManagedMessage,
    PersonalAddress,
    PersonalDataBody,
)
from nejat_cms.content.schemas.inputs import Nothing
from nejat_cms.errors import InvalidTransitionError, NotFoundError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT, BadValueError, Param, locale_tag, one_of, plain
from nejat_cms.http.routing import Answer, Call, Routes

routes = Routes("Moderation", signed_in=True)
COMMENT = "/manage/comments/<uuid:comment_id>"
MESSAGE = "/manage/contact/<uuid:message_id>"
WORDS = "/manage/editions/<locale:locale>/blocked-words"
LOCALE = Param("locale", locale_tag, {"type": "string"}, "Editions, any of.", (), many=True)
EMAIL = Param("q", plain, {"type": "string", "maxLength": 300}, "A whole e-mail address, in whatever case.")


def _identifier(text: str) -> UUID:
    try:
        return UUID(plain(text))
    except ValueError as error:
        raise BadValueError("invalid", _("Must be a UUID.")) from error


def _status(*names: str) -> Param:
    return Param("status", one_of(*names), {"type": "string", "enum": list(names)}, "Any of.", (), many=True)


ARTICLE = Param("article", _identifier, {"type": "string", "format": "uuid"}, "Only under this article.")
COMMENT_STATUS = _status(*(status for status in CommentStatus if status is not CommentStatus.REMOVED))
MESSAGE_STATUS = _status(*MessageStatus)


def _filters(call: Call) -> dict[str, Any]:
    query = call.query
    return {
        "locale": query["locale"],
        "status": query["status"],
        "email": query["q"],
        "position": read_cursor_param(query["cursor"]),
        "limit": query["limit"],
    }


# Comments -------------------------------------------------------------------------------------

STEP: dict[str, Any] = {"body": Nothing, "match": "required", "errors": [InvalidTransitionError]}


def _comment(comment: Comment) -> Answer:
    return Answer(ManagedComment().dump(comment), version=comment.stamp)


@routes.get(
    "/manage/comments",
    answer=ManagedComment,
    many=True,
    query=(LOCALE, COMMENT_STATUS, ARTICLE, EMAIL, LIMIT, CURSOR),
)
def list_managed_comments(call: Call) -> Answer:
    """The comments of the editions that the caller moderates, newest first."""
    page = moderation.list_comments(call.actor, article=call.query["article"], **_filters(call))
    return Answer(ManagedComment(many=True).dump(page.rows), links=page_links(page))


@routes.get(COMMENT, answer=ManagedComment)
def get_comment(call: Call, comment_id: UUID) -> Answer:
    """One comment."""
    return _comment(moderation.read_comment(call.actor, comment_id))


@routes.post(f"{COMMENT}/approve", answer=ManagedComment, reader="get_comment", **STEP)
def approve_comment(call: Call, comment_id: UUID) -> Answer:
    """Show a comment to readers."""
    return _comment(moderating.move_comment(call.actor, comment_id, "approve", version=call.version))


@routes.post(f"{COMMENT}/reject", answer=ManagedComment, reader="get_comment", **STEP)
def reject_comment(call: Call, comment_id: UUID) -> Answer:
    """Show a comment to nobody, or to nobody any more; answers to it stay, under an empty place."""
    return _comment(moderating.move_comment(call.actor, comment_id, "reject", version=call.version))


@routes.post(f"{COMMENT}/spam", answer=ManagedComment, reader="get_comment", **STEP)
def mark_comment_as_spam(call: Call, comment_id: UUID) -> Answer:
    """Put a comment aside as spam."""
    return _comment(moderating.move_comment(call.actor, comment_id, "spam", version=call.version))


@routes.delete(COMMENT, reader="get_comment")
def delete_comment(call: Call, comment_id: UUID) -> Answer:
    """Erase a comment for good; answers to it stay, under an empty place."""
    moderating.delete_comment(call.actor, comment_id, version=call.version)
    return Answer(None)


# Messages -------------------------------------------------------------------------------------


def _message(message: ContactMessage) -> Answer:
    return Answer(ManagedMessage().dump(message), version=message.stamp)


@routes.get("/manage/contact", answer=ManagedMessage, many=True, query=(LOCALE, MESSAGE_STATUS, EMAIL, LIMIT, CURSOR))
def list_messages(call: Call) -> Answer:
    """The messages to the editions that the caller moderates, newest first."""
    page = moderation.list_messages(call.actor, **_filters(call))
    return Answer(ManagedMessage(many=True).dump(page.rows), links=page_links(page))


@routes.get(MESSAGE, answer=ManagedMessage)
def get_message(call: Call, message_id: UUID) -> Answer:
    """One message."""
    return _message(moderation.read_message(call.actor, message_id))


@routes.post(f"{MESSAGE}/answer", answer=ManagedMessage, reader="get_message", **STEP)
def mark_message_as_answered(call: Call, message_id: UUID) -> Answer:
    """Say that a message was answered; the answer itself is written elsewhere."""
    return _message(messages.move_message(call.actor, message_id, "answer", version=call.version))


@routes.post(f"{MESSAGE}/reopen", answer=ManagedMessage, reader="get_message", **STEP)
def reopen_message(call: Call, message_id: UUID) -> Answer:
    """Let a message wait for an answer again."""
    return _message(messages.move_message(call.actor, message_id, "reopen", version=call.version))


@routes.post(f"{MESSAGE}/spam", answer=ManagedMessage, reader="get_message", **STEP)
def mark_message_as_spam(call: Call, message_id: UUID) -> Answer:
    """Put a message aside as spam."""
    return _message(messages.move_message(call.actor, message_id, "spam", version=call.version))


@routes.delete(MESSAGE, reader="get_message")
def delete_message(call: Call, message_id: UUID) -> Answer:
    """Delete a message for good."""
    messages.delete_message(call.actor, message_id, version=call.version)
    return Answer(None)


# Blocked words --------------------------------------------------------------------------------


def _words(blocked: BlockedWords) -> Answer:
    return Answer(BlockedWordsBody().dump(blocked), version=blocked.stamp)


@routes.get(WORDS, answer=BlockedWordsBody)
def get_blocked_words(call: Call, locale: str) -> Answer:
    """The words for which an edition holds what readers send."""
    return _words(moderation.read_blocked_words(call.actor, locale))


@routes.put(WORDS, body=BlockedWordsBody, answer=BlockedWordsBody, reader="get_blocked_words")
def set_blocked_words(call: Call, locale: str) -> Answer:
    """Replace the words for which an edition holds what readers send, from the next comment on."""
    return _words(words.set_blocked_words(call.actor, locale, call.body["words"], version=call.version))


# Of one person --------------------------------------------------------------------------------

ONCE: dict[str, Any] = {"body": PersonalAddress, "idempotent": False, "errors": [NotFoundError]}


@routes.post("/manage/personal-data/export", answer=PersonalDataBody, **ONCE)
def export_personal_data(call: Call) -> Answer:
    """All comments and messages of an e-mail address, in every edition."""
    found = personal.export_personal_data(call.actor, call.body["email"])
    return Answer(PersonalDataBody().dump(found))


@routes.post("/manage/personal-data/erase", answer=ErasedBody, **ONCE)
def erase_personal_data(call: Call) -> Answer:
    """Erase all comments and messages of an e-mail address, in every edition; there is no way back."""
    return Answer(ErasedBody().dump(personal.erase_personal_data(call.actor, call.body["email"])))

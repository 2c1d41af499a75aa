"""Readers send comments and messages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _

from nejat_cms.accounts.rules import email_key
from nejat_cms.community import rules
from nejat_cms.community.actions import defence
from nejat_cms.community.actions.letters import mail_message
from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.rules import CommentStatus, MessageStatus
from nejat_cms.db import atomic, db, new_id, utc_now
from nejat_cms.delivery.queries.documents import ArticlePlace
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.editions.rules import DEFAULT_COMMENTS
from nejat_cms.errors import CommentsClosedError, InvalidError, Problem, pointer
from nejat_cms.language.zones import from_microseconds, microseconds
from nejat_cms.permissions import Actor


def send_comment(
    actor: Actor,
    place: ArticlePlace,
    *,
    name: str,
    email: str,
    text: str,
    form: str,
    address: str | None,
    parent: UUID | None = None,
) -> None:
    """Keep a comment, for a moderator to look at. What is held as spam is told apart by nobody who sends it.

    An answer to what lies as deep as the edition lets threads be is put beside it.

    Raises: CommentsClosedError, InvalidError, TooManyAttemptsError.
    """
    settings = place.edition.facts.get("comments", DEFAULT_COMMENTS)
    if rules.closed_because(settings, from_microseconds(place.published_us), utc_now()):
        raise CommentsClosedError
    variant_id, locale = place.variant_id, place.edition.locale
    taken = defence.take_form(form, rules.comment_form(locale, variant_id))  # before anybody has to wait for a guess

    @atomic
    def run() -> None:
        defence.count_sending("comment", address, str(variant_id), rules.PER_ARTICLE)
        defence.spend_form(taken)
        above = _place_under(parent, variant_id, settings["max_depth"])
        reasons = defence.reasons_to_hold(locale, name, text)
        key = rules.text_key(text)
        if defence.said_before(Comment, locale, key, email, by_anybody=rules.tells_its_writer(text)):
            reasons.append("repeated")
        status = CommentStatus.SPAM if reasons else CommentStatus.PENDING
        keep_comment(
            variant_id, locale, above, name=name, email=email, text=text, status=status, reasons=reasons, at=utc_now()
        )

    run()


def keep_comment(
    variant_id: UUID,
    locale: str,
    above: Comment | None,
    *,
    name: str,
    email: str,
    text: str,
    status: CommentStatus,
    reasons: Sequence[str] = (),
    at: datetime,
) -> Comment:
    """Keep what somebody wrote at a time under a variant, or under another comment there, and ask nothing more.

    Whoever keeps what is approved has it counted afterwards.
    """
    comment_id = new_id()
    comment = Comment(
        id=comment_id,
        variant_id=variant_id,
        locale=locale,
        parent_id=above.id if above is not None else None,
        root_id=above.root_id if above is not None else comment_id,
        root_us=above.root_us if above is not None else microseconds(at),
        depth=above.depth + 1 if above is not None else 1,
        status=status,
        held_for=list(reasons),
        name=rules.kept_text(name),
        email=email,
        email_key=email_key(email),
        text=rules.kept_text(text),
        text_key=rules.text_key(text),
        sent_us=microseconds(at),
    )
    db.session.add(comment)
    db.session.flush()
    return comment


def _place_under(parent_id: UUID | None, variant_id: UUID, max_depth: int) -> Comment | None:
    """The comment under which an answer to `parent_id` comes: the deepest above it that may have one.

    Raises: InvalidError where there is no approved comment of this id under the text.
    """
    if parent_id is None:
        return None
    above = db.session.get(Comment, parent_id)
    if above is None or above.variant_id != variant_id or above.status != CommentStatus.APPROVED:
        raise InvalidError(Problem("unknown_comment", _("There is no such comment here."), pointer("parent")))
    while above is not None and above.depth >= max_depth:
        above = db.session.get(Comment, above.parent_id) if above.parent_id is not None else None
    return above


def send_message(
    actor: Actor, edition: EditionRow, *, name: str, email: str, subject: str, text: str, form: str, address: str | None
) -> None:
    """Keep a message to an edition, and mail it, unless it is held as spam, as what one sender repeats is.

    Raises: InvalidError, TooManyAttemptsError.
    """
    locale = edition.locale
    taken = defence.take_form(form, rules.contact_form(locale))

    @atomic
    def run() -> None:
        defence.count_sending("message", address, locale, rules.PER_EDITION)
        defence.spend_form(taken)
        reasons = defence.reasons_to_hold(locale, name, subject, text)
        if defence.said_before(ContactMessage, locale, _message_key(subject, text), email):
            reasons.append("repeated")
        said = {"name": name, "email": email, "subject": subject, "text": text}
        message = keep_message(locale, **said, reasons=reasons, at=utc_now())
        if not reasons:
            mail_message(message)

    run()


def keep_message(
    locale: str, *, name: str, email: str, subject: str, text: str, reasons: Sequence[str] = (), at: datetime
) -> ContactMessage:
    """Keep what somebody wrote to an edition at a time, and ask nothing more."""
    message = ContactMessage(
        locale=locale,
        status=MessageStatus.SPAM if reasons else MessageStatus.NEW,
        held_for=list(reasons),
        name=rules.kept_text(name),
        email=email,
        email_key=email_key(email),
        subject=rules.kept_text(subject),
        text=rules.kept_text(text),
        text_key=_message_key(subject, text),
        sent_us=microseconds(at),
    )
    db.session.add(message)
    db.session.flush()
    return message


def _message_key(subject: str, text: str) -> str:
    return rules.text_key(f"{subject}\n{text}")

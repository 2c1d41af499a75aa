"""What is done with messages to an edition."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, delete, exists, select

from nejat_cms.accounts.actions import record
from nejat_cms.community.actions.letters import mail_message
from nejat_cms.community.models import ContactMessage
from nejat_cms.community.queries.moderation import read_message
from nejat_cms.community.rules import MESSAGE_STEPS, MessageStatus
from nejat_cms.db import affected, atomic, db, lock
from nejat_cms.editions.actions import EditionDeleted
from nejat_cms.errors import ConflictError, InvalidTransitionError
from nejat_cms.events import on
from nejat_cms.http.idempotency import forget_answers
from nejat_cms.permissions import Actor


@atomic
def move_message(actor: Actor, message_id: UUID, step: str, *, version: int | None) -> ContactMessage:
    """Mark a message as answered or as spam, or open it again: what was no spam is mailed then.

    Raises: NotFoundError, StaleVersionError, InvalidTransitionError.
    """
    message = _hold(actor, message_id)
    message.check_version(version)
    rule = MESSAGE_STEPS[step]
    if message.status not in rule.sources:
        raise InvalidTransitionError(_("The present status does not allow this step."))
    held = message.status == MessageStatus.SPAM
    message.status = rule.target
    db.session.flush()
    if held:
        mail_message(message)
    record(actor, f"message.{step}", "message", message_id, locale=message.locale)
    return message


@atomic
def delete_message(actor: Actor, message_id: UUID, *, version: int | None) -> None:
    """Delete a message for good.

    Raises: NotFoundError, StaleVersionError.
    """
    message = _hold(actor, message_id)
    message.check_version(version)
    record(actor, "message.delete", "message", message_id, locale=message.locale)
    erase_messages(ContactMessage.id == message_id)


def erase_messages(which: ColumnElement[bool]) -> int:
    """Leave nothing of these messages; answers how many."""
    db.session.scalars(select(ContactMessage.id).where(which).with_for_update()).all()  # whoever has one ends first
    forget_answers(select(ContactMessage.id).where(which))
    return affected(delete(ContactMessage).where(which))


def _hold(actor: Actor, message_id: UUID) -> ContactMessage:
    lock(ContactMessage, message_id)
    return read_message(actor, message_id)


@on(EditionDeleted)
def keep_editions_with_messages(event: EditionDeleted) -> None:
    """Veto: an edition that somebody wrote to is not empty.

    Raises: ConflictError.
    """
    if db.session.scalar(select(exists().where(ContactMessage.locale == event.locale))):
        raise ConflictError(_("The edition is not empty."))

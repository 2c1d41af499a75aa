"""What is kept of one person: erased everywhere at once (Regulation (EU) 2016/679, Article 17)."""

from dataclasses import dataclass

from flask import current_app

from nejat_cms.accounts.actions import record
from nejat_cms.accounts.rules import email_key, mark
from nejat_cms.community.actions.moderating import erase, recount
from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.queries.moderation import comments_by, messages_by
from nejat_cms.content.models import Variant
from nejat_cms.db import atomic, db, lock
from nejat_cms.permissions import Actor, Permission, require_reading


@dataclass(frozen=True)
class PersonalData:
    """All that is kept of one address."""

    comments: list[Comment]
    messages: list[ContactMessage]


@atomic
def export_personal_data(actor: Actor, email: str) -> PersonalData:
    """All comments and messages of an address, in every edition; that somebody asked is written down.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.HANDLE_PERSONAL_DATA)
    found = PersonalData(comments_by(email), messages_by(email))
    _record(actor, "export", email, found)
    return found


@atomic
def erase_personal_data(actor: Actor, email: str) -> PersonalData:
    """Erase all comments and messages of an address, in every edition; what is answered keeps its place, empty.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.HANDLE_PERSONAL_DATA)
    concerned = sorted({comment.variant_id for comment in comments_by(email)})
    for variant_id in concerned:
        lock(Variant, variant_id)
    found = PersonalData(comments_by(email), messages_by(email))
    for comment in found.comments:
        erase(comment)
    for message in found.messages:
        db.session.delete(message)
    recount(*concerned)
    _record(actor, "erase", email, found)
    return found


def _record(actor: Actor, verb: str, email: str, found: PersonalData) -> None:
    """The trail keeps a keyed digest in place of the address, lest it outlive what was erased."""
    digest = mark(current_app.config["SECRET_KEY"], "personal data", email_key(email))
    count = {"comments": len(found.comments), "messages": len(found.messages)}
    record(actor, f"personal-data.{verb}", "address", digest, found=count)

"""What is kept of one person: erased everywhere at once (Regulation (EU) 2016/679, Article 17)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from nejat_cms.accounts.actions import record
from nejat_cms.accounts.rules import email_key, mark
from nejat_cms.community.actions.messages import erase_messages
from nejat_cms.community.actions.moderating import erase, hold_texts
from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.queries.moderation import comments_by, messages_by
from nejat_cms.db import atomic
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
    _record(actor, "export", email, {"comments": len(found.comments), "messages": len(found.messages)})
    return found


@atomic
def erase_personal_data(actor: Actor, email: str) -> dict[str, int]:
    """Erase all comments and messages of an address, in every edition; what is answered keeps its place, empty.

    Answers how many `comments` and `messages` there were.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.HANDLE_PERSONAL_DATA)
    hers = Comment.email_key == email_key(email)
    comments = sum(erase(variant_ids, hers) for variant_ids in hold_texts(hers))
    count = {"comments": comments, "messages": erase_messages(ContactMessage.email_key == email_key(email))}
    _record(actor, "erase", email, count)
    return count


def _record(actor: Actor, verb: str, email: str, count: Mapping[str, int]) -> None:
    """The trail keeps a keyed digest in place of the address, lest it outlive what was erased."""
    digest = mark(current_app.config["SECRET_KEY"], "personal data", email_key(email))
    record(actor, f"personal-data.{verb}", "address", digest, found=dict(count))

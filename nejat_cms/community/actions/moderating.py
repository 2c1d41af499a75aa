"""Moderators decide on comments. Nobody alters a reader's words."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select

from nejat_cms.accounts.actions import record
from nejat_cms.community.models import Comment
from nejat_cms.community.queries.moderation import count_approved, read_comment
from nejat_cms.community.rules import COMMENT_STEPS, CommentStatus
from nejat_cms.content.models import Variant
from nejat_cms.db import atomic, db, lock
from nejat_cms.delivery.actions.comments import DocumentsMade, set_comment_count
from nejat_cms.errors import InvalidTransitionError, NotFoundError
from nejat_cms.events import on
from nejat_cms.permissions import Actor


@atomic
def move_comment(actor: Actor, comment_id: UUID, step: str, *, version: int | None) -> Comment:
    """Approve or reject a comment, or put it aside as spam; the text's count follows at once.

    Raises: NotFoundError, StaleVersionError, InvalidTransitionError.
    """
    comment = _hold(actor, comment_id)
    comment.check_version(version)
    rule = COMMENT_STEPS[step]
    if comment.status not in rule.sources:
        raise InvalidTransitionError(_("The present status does not allow this step."))
    comment.status = rule.target
    record(actor, f"comment.{step}", "comment", comment_id, locale=comment.locale)
    recount(comment.variant_id)
    return comment


@atomic
def delete_comment(actor: Actor, comment_id: UUID, *, version: int | None) -> None:
    """Erase a comment for good. Answers to it stay, under a place without name and text.

    Raises: NotFoundError, StaleVersionError.
    """
    comment = _hold(actor, comment_id)
    comment.check_version(version)
    erase(comment)
    record(actor, "comment.delete", "comment", comment_id, locale=comment.locale)
    recount(comment.variant_id)


def _hold(actor: Actor, comment_id: UUID) -> Comment:
    """A comment that the actor may moderate, with its text's variant locked, so that whoever counts waits.

    Raises: NotFoundError.
    """
    lock(Variant, read_comment(actor, comment_id).variant_id)
    if lock(Comment, comment_id) is None:
        raise NotFoundError
    return read_comment(actor, comment_id)


def erase(comment: Comment) -> None:
    """Leave nothing of a comment, and nothing of the erased ones above it that nobody answers to any more."""
    comment.status, comment.held_for = CommentStatus.REMOVED, []
    comment.name = comment.email = comment.email_key = comment.text = comment.text_key = None
    db.session.flush()
    left: Comment | None = comment
    while left is not None and left.status == CommentStatus.REMOVED:
        if db.session.scalar(select(exists().where(Comment.parent_id == left.id))):
            return
        above = lock(Comment, left.parent_id) if left.parent_id is not None else None
        db.session.delete(left)
        db.session.flush()
        left = above


def recount(*variant_ids: UUID) -> None:
    """Show how many approved comments these texts have; the caller holds their variants."""
    db.session.flush()
    counts = count_approved(variant_ids)
    for variant_id in variant_ids:
        set_comment_count(variant_id, counts.get(variant_id, 0))


@on(DocumentsMade)
def count_again(event: DocumentsMade) -> None:
    """A text that comes back brings its comments with it."""
    if event.variant_ids:
        for variant_id, count in count_approved(event.variant_ids).items():
            set_comment_count(variant_id, count)

"""Moderators decide on comments. Nobody alters a reader's words."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import aliased

from nejat_cms.accounts.actions import record
from nejat_cms.community.models import Comment
from nejat_cms.community.queries.moderation import count_approved, read_comment
from nejat_cms.community.rules import COMMENT_STEPS, CommentStatus
from nejat_cms.content.models import Variant
from nejat_cms.db import affected, atomic, db, lock
from nejat_cms.delivery.actions.comments import DocumentsMade, set_comment_counts
from nejat_cms.errors import InvalidTransitionError, NotFoundError
from nejat_cms.events import on
from nejat_cms.http.idempotency import forget_answers
from nejat_cms.permissions import Actor

AT_ONCE = 500
"""Texts whose comments are erased together."""


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
    record(actor, "comment.delete", "comment", comment_id, locale=comment.locale)
    erase([comment.variant_id], Comment.id == comment_id)


def _hold(actor: Actor, comment_id: UUID) -> Comment:
    """A comment that the actor may moderate, with its text's variant locked, so that whoever counts waits.

    Raises: NotFoundError.
    """
    lock(Variant, read_comment(actor, comment_id).variant_id)
    if lock(Comment, comment_id) is None:
        raise NotFoundError
    return read_comment(actor, comment_id)


def erase(variant_ids: Sequence[UUID], which: ColumnElement[bool]) -> int:
    """Leave nothing of these comments, and nothing of erased ones that nobody answers to any more; answers how many.

    The caller holds the variants. As many statements as threads are deep, however many comments there are.
    """
    db.session.flush()
    there = (Comment.variant_id.in_(variant_ids), Comment.status != CommentStatus.REMOVED, which)
    forget_answers(select(Comment.id).where(*there))
    emptied = dict.fromkeys(("name", "email", "email_key", "text", "text_key"), None)
    status = {"status": CommentStatus.REMOVED, "held_for": [], "version": Comment.version + 1}
    erased = affected(update(Comment).where(*there).values(**emptied, **status))
    answer = aliased(Comment)
    alone = ~exists().where(answer.parent_id == Comment.id)
    removed = (Comment.variant_id.in_(variant_ids), Comment.status == CommentStatus.REMOVED)
    while affected(delete(Comment).where(*removed, alone)):
        continue
    db.session.expire_all()
    recount(*variant_ids)
    return erased


def hold_texts(which: ColumnElement[bool]) -> Iterator[Sequence[UUID]]:
    """The variants under which there are such comments, locked, in parts and in order."""
    there = select(Comment.variant_id).where(which)
    last: UUID | None = None
    while True:
        query = select(Variant.id).where(Variant.id.in_(there)).order_by(Variant.id).limit(AT_ONCE)
        found = db.session.scalars((query if last is None else query.where(Variant.id > last)).with_for_update()).all()
        if not found:
            return
        yield found
        last = found[-1]


def recount(*variant_ids: UUID) -> None:
    """Show how many approved comments these texts have; the caller holds their variants."""
    db.session.flush()
    set_comment_counts(dict.fromkeys(variant_ids, 0) | count_approved(variant_ids))


@on(DocumentsMade)
def count_again(event: DocumentsMade) -> None:
    """A text that comes back brings its comments with it."""
    if event.variant_ids:
        set_comment_counts(count_approved(event.variant_ids))

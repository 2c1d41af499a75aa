"""What moderators read: comments, messages and blocked words of the editions where they may."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager

from nejat_cms.accounts.rules import email_key
from nejat_cms.community.models import BlockedWords, Comment, ContactMessage
from nejat_cms.community.rules import CommentStatus
from nejat_cms.content.models import Variant
from nejat_cms.content.queries.variants import find_alias
from nejat_cms.db import db
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, may, visible

T = TypeVar("T", Comment, ContactMessage)


def _comments() -> Select[Comment]:
    there = select(Comment).join(Comment.variant).options(contains_eager(Comment.variant))
    return there.where(Comment.status != CommentStatus.REMOVED)


def read_comment(actor: Actor, comment_id: UUID) -> Comment:
    """One comment, to who may moderate it; of what was erased nothing is left.

    Raises: NotFoundError.
    """
    comment = db.session.scalar(_comments().where(Comment.id == comment_id))
    if comment is None or not may(actor, Permission.MODERATE_COMMENTS, comment):
        raise NotFoundError
    return comment


def list_comments(
    actor: Actor,
    *,
    locale: Sequence[str] = (),
    status: Sequence[str] = (),
    article: UUID | None = None,
    email: str | None = None,
    position: Position | None,
    limit: int,
) -> Page[Comment]:
    """The comments that the actor may moderate, newest first; `email` is a whole address."""
    query = _comments().where(visible(actor, Permission.MODERATE_COMMENTS, Comment))
    if article is not None:
        query = query.where(Variant.article_id == (find_alias(article) or article))
    return fetch_page(_narrowed(query, Comment, locale, status, email), Comment.id, position, limit)


def read_message(actor: Actor, message_id: UUID) -> ContactMessage:
    """One message to an edition, to who may handle it.

    Raises: NotFoundError.
    """
    message = db.session.get(ContactMessage, message_id)
    if message is None or not may(actor, Permission.HANDLE_MESSAGES, message):
        raise NotFoundError
    return message


def list_messages(
    actor: Actor,
    *,
    locale: Sequence[str] = (),
    status: Sequence[str] = (),
    email: str | None = None,
    position: Position | None,
    limit: int,
) -> Page[ContactMessage]:
    """The messages that the actor may handle, newest first; `email` is a whole address."""
    query = select(ContactMessage).where(visible(actor, Permission.HANDLE_MESSAGES, ContactMessage))
    narrowed = _narrowed(query, ContactMessage, locale, status, email)
    return fetch_page(narrowed, ContactMessage.id, position, limit)


def _narrowed(
    query: Select[T], model: type[T], locale: Sequence[str], status: Sequence[str], email: str | None
) -> Select[T]:
    if locale:
        query = query.where(model.locale.in_(locale))
    if status:
        query = query.where(model.status.in_(status))
    if email is not None:
        query = query.where(model.email_key == email_key(email))
    return query


def read_blocked_words(actor: Actor, locale: str) -> BlockedWords:
    """What an edition does not take, to who moderates it.

    Raises: NotFoundError.
    """
    words = db.session.get(BlockedWords, locale)
    if words is None or not may(actor, Permission.MODERATE_COMMENTS, words):
        raise NotFoundError
    return words


def comments_by(email: str) -> list[Comment]:
    """Every comment of an address, in all editions, oldest first."""
    return list(db.session.scalars(_comments().where(Comment.email_key == email_key(email)).order_by(Comment.id)))


def messages_by(email: str) -> list[ContactMessage]:
    """Every message of an address, to all editions, oldest first."""
    query = select(ContactMessage).where(ContactMessage.email_key == email_key(email))
    return list(db.session.scalars(query.order_by(ContactMessage.id)))


def count_approved(variant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many approved comments lie under each of these variants; those without any are not named."""
    rows = db.session.execute(
        select(Comment.variant_id, func.count())
        .where(Comment.variant_id.in_(variant_ids), Comment.status == CommentStatus.APPROVED)
        .group_by(Comment.variant_id)
    )
    return {variant_id: count for variant_id, count in rows}  # noqa: C416 - mypy takes no row for a pair

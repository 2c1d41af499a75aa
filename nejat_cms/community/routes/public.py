"""What readers send: comments under an article, messages to an edition.

Nobody needs a token, and pages of any site may send. What is answered is for one reader alone: it holds a form.
"""

from datetime import UTC, datetime
from typing import Any

import orjson
from flask import request
from flask_babel import gettext

from nejat_cms.community.actions import defence, sending
from nejat_cms.community.queries.threads import count_threads, list_threads
from nejat_cms.community.rules import closed_because, comment_form, contact_form
from nejat_cms.community.schemas import ContactPage, NewComment, NewMessage, PublicComment, Thanks
from nejat_cms.delivery.queries.documents import ArticlePlace, beside, find_place
from nejat_cms.delivery.queries.editions import MovedError, get_edition
from nejat_cms.delivery.routes.responses import envelope, moved_response, public_response
from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.editions.rules import DEFAULT_COMMENTS
from nejat_cms.errors import CommentsClosedError, GoneError, NotFoundError, TooManyAttemptsError
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT, TOTAL
from nejat_cms.http.problems import interface_locale
from nejat_cms.http.routing import Answer, Call, Routes, with_query
from nejat_cms.http.tags import article_tag, edition_tag
from nejat_cms.language.zones import from_microseconds

routes = Routes("Comments and contact", signed_in=False)
COMMENTS = "/<locale:locale>/articles/<slug>/comments"
CONTACT = "/<locale:locale>/contact"
FOR_ONE = "private, no-store"
"""A form is good for one sending: nobody may be handed another's."""


@routes.get(COMMENTS, answer=PublicComment, many=True, query=(LIMIT, CURSOR, TOTAL), errors=[NotFoundError, GoneError])
def list_comments(call: Call, locale: str, slug: str) -> ReadyResponse:
    """The approved comments under an article, in threads, oldest first; a page holds whole threads.

    `meta.form` is what a new comment is sent with: once, between three seconds and a day from now. Where none may
    be sent, `meta.open` is false and `meta.closed_because` says why. `total` counts threads.
    Names and texts are plain text: escape them.
    """
    try:
        place = _place_of(locale, slug)
    except MovedError as moved:
        return moved_response(MovedError(with_query(iri_to_uri(moved.location)), moved.data), locale)
    page = list_threads(place.variant_id, position=read_cursor_param(call.query["cursor"]), limit=call.query["limit"])
    total = {"total": count_threads(place.variant_id)} if call.query["total"] else {}
    closed = closed_because(
        place.edition.facts.get("comments", DEFAULT_COMMENTS), from_microseconds(place.published_us), datetime.now(UTC)
    )
    form = None if closed else defence.open_form(comment_form(locale, place.variant_id))
    links = page_links(page)
    return public_response(
        envelope(orjson.dumps(page.rows), {"form": form, "open": not closed, "closed_because": closed} | total, links),
        locale=locale,
        seq=place.edition.seq,
        links=links,
        tags=[article_tag(place.article_id), edition_tag(locale)],
        kept=FOR_ONE,
    )


@routes.post(
    COMMENTS,
    body=NewComment,
    answer=Thanks,
    status=202,
    errors=[NotFoundError, GoneError, CommentsClosedError, TooManyAttemptsError],
)
def send_comment(call: Call, locale: str, slug: str) -> Answer:
    """Comment on an article. It is shown once a moderator has approved it, without the e-mail address.

    The answer is the same whatever becomes of it. `parent` is a comment that is shown under the same article.
    """
    try:
        place = _place_of(locale, slug)
    except MovedError as moved:  # for who read it at its former slug
        place = find_place(locale, moved.data["slug"])
    sending.send_comment(call.actor, place, **call.body, address=request.remote_addr)
    return _thanks(gettext("Thank you. Your comment will appear once it has been approved."))


def _place_of(locale: str, slug: str) -> ArticlePlace:
    """Where an article lives.

    Raises: MovedError to the comments under its present slug, GoneError, NotFoundError.
    """
    try:
        return find_place(locale, slug)
    except MovedError as moved:
        raise beside(moved, locale, "comments") from None


@routes.get(CONTACT, answer=ContactPage)
def get_contact(call: Call, locale: str) -> ReadyResponse:
    """Begin a message to an edition: `meta.form` is what it is sent with, once, between three seconds and a day."""
    edition = get_edition(locale)
    return public_response(
        envelope(orjson.dumps({"locale": locale}), {"form": defence.open_form(contact_form(locale))}),
        locale=locale,
        seq=edition.seq,
        kept=FOR_ONE,
    )


@routes.post(CONTACT, body=NewMessage, answer=Thanks, status=202, errors=[TooManyAttemptsError])
def send_message(call: Call, locale: str) -> Answer:
    """Write to an edition. The answer is the same whatever becomes of it."""
    sending.send_message(call.actor, get_edition(locale), **call.body, address=request.remote_addr)
    return _thanks(gettext("Thank you. Your message has been received."))


def _thanks(message: str) -> Answer:
    headers: dict[str, Any] = {
        "Cache-Control": "no-store",
        "Content-Language": interface_locale(),
        "Vary": "Accept-Language",
    }
    return Answer(Thanks().dump({"message": message}), headers=headers)

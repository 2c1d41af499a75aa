"""`/v1/manage/redirects`: paths that a site had before."""

from uuid import UUID

from nejat_cms.content.actions import redirects
from nejat_cms.content.models import Redirect
from nejat_cms.content.queries.redirects import list_redirects, read_redirect
from nejat_cms.content.routes.params import PAGE
from nejat_cms.content.schemas.answers import RedirectBody
from nejat_cms.content.schemas.inputs import NewRedirect
from nejat_cms.errors import ConflictError, NotFoundError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.routing import Answer, Call, Routes

routes = Routes("Redirects", signed_in=True)
ONE = "/manage/redirects/<uuid:redirect_id>"


def _answer(redirect: Redirect, **options: str) -> Answer:
    return Answer(RedirectBody().dump(redirect), version=redirect.stamp, location=options.get("at"))


@routes.get("/manage/redirects", answer=RedirectBody, many=True, query=PAGE)
def list_managed_redirects(call: Call) -> Answer:
    """The old paths of the editions where the caller may publish, newest first."""
    position = read_cursor_param(call.query["cursor"])
    page = list_redirects(call.actor, position=position, limit=call.query["limit"])
    return Answer([RedirectBody().dump(row) for row in page.rows], links=page_links(page))


@routes.post(
    "/manage/redirects", body=NewRedirect, answer=RedirectBody, status=201, errors=[NotFoundError, ConflictError]
)
def create_redirect(call: Call) -> Answer:
    """Make a path that an edition's site had before lead to what is there now; `/v1/resolve` answers with it.

    It leads to an article's text in the edition (`article`, or `target` with its `type` and `id`), to a section, tag
    or person with a name there, or to a `url`: an absolute address, or a path on the edition's host. The path begins
    at the host. With a query (`/?p=123`) it is known by the whole query.

    409 where it leads somewhere already, from whichever edition on the host, where another redirect leads to it, or
    an edition has a page there, or one that moved: pages come first, also those that come later. What was withdrawn
    gives way, and a front page to a query. 409 as well inside another edition's own path (`/en/…`), where an edition
    has other pages (`/fa/tags/…`), and among this API's paths. 422 for a `url` that leads on to another redirect,
    or to what was withdrawn; one that names a page of ours is answered with where that lives at the time.
    """
    redirect = redirects.add_redirect(call.actor, **call.body)
    return _answer(redirect, at=f"/v1/manage/redirects/{redirect.id}")


@routes.get(ONE, answer=RedirectBody)
def get_redirect(call: Call, redirect_id: UUID) -> Answer:
    """One old path."""
    return _answer(read_redirect(call.actor, redirect_id))


@routes.delete(ONE, reader="get_redirect")
def delete_redirect(call: Call, redirect_id: UUID) -> Answer:
    """Let an old path lead nowhere again."""
    redirects.remove_redirect(call.actor, redirect_id, version=call.version)
    return Answer(None)

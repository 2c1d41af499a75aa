"""`/v1/manage/releases`: variants that go out together."""

from typing import Any
from uuid import UUID

from nejat_cms.content.actions import releases
from nejat_cms.content.queries.releases import list_releases, read_release
from nejat_cms.content.routes.params import PAGE, require_editions
from nejat_cms.content.rules.releases import ReleaseState
from nejat_cms.content.schemas.inputs import Nothing
from nejat_cms.content.schemas.releases import NewRelease, ReleaseBody, ReleasePlan, ReleaseRowBody
from nejat_cms.errors import ConflictError, InvalidTransitionError, ReleaseBlockedError, ReleaseGatedError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import Param, locale_tag, one_of
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.permissions import Permission

routes = Routes("Releases", signed_in=True)
ONE = "/manage/releases/<uuid:release_id>"
FILTERS = (
    Param(
        "state",
        one_of(*ReleaseState),
        {"type": "string", "enum": list(ReleaseState)},
        "States, any of.",
        (),
        many=True,
    ),
    Param("locale", locale_tag, {"type": "string"}, "Editions, in any of which it has a text.", (), many=True),
    *PAGE,
)


def _answer(call: Call, release_id: UUID, **options: Any) -> Answer:
    view = read_release(call.actor, release_id)
    meta = {
        "permissions": [str(Permission.PUBLISH_VARIANT)] if view.whole else [],
        "warnings": options.pop("warnings", []),
    }
    return Answer(ReleaseBody().dump(view), meta=meta, version=view.release.stamp, **options)


@routes.get("/manage/releases", answer=ReleaseRowBody, many=True, query=FILTERS)
def list_managed_releases(call: Call) -> Answer:
    """The releases with a text of an edition where the caller may publish, newest first."""
    require_editions(call.query, "locale")
    position = read_cursor_param(call.query["cursor"])
    page = list_releases(
        call.actor, call.query["state"], call.query["locale"], position=position, limit=call.query["limit"]
    )
    return Answer([ReleaseRowBody().dump(row) for row in page.rows], links=page_links(page))


@routes.post("/manage/releases", body=NewRelease, answer=ReleaseBody, status=201, errors=[ConflictError])
def create_release(call: Call) -> Answer:
    """Put variants together that are to go out together, by who may publish in every one of their editions.

    409 where one of them is to go out with another release already, which `release` names. The release waits for
    the editions of its `gate`: nothing of it goes out before each of its texts there is approved.
    """
    release = releases.create_release(call.actor, call.body)
    return _answer(call, release.id, status=201, location=f"/v1/manage/releases/{release.id}")


@routes.get(ONE, answer=ReleaseBody)
def get_release(call: Call, release_id: UUID) -> Answer:
    """One release, where each of its texts stands, and what is in their way."""
    return _answer(call, release_id)


@routes.patch(
    ONE, body=NewRelease, answer=ReleaseBody, reader="get_release", errors=[InvalidTransitionError, ReleaseBlockedError]
)
def patch_release(call: Call, release_id: UUID) -> Answer:
    """Change what is named; `items` and `gate` no longer once a part of the release has gone out.

    A text that joins a scheduled release goes out when its edition's part does; if that has gone, at once.
    """
    releases.change_release(call.actor, release_id, call.body, version=call.version)
    return _answer(call, release_id)


@routes.delete(ONE, reader="get_release")
def delete_release(call: Call, release_id: UUID) -> Answer:
    """Take variants apart again that were put together; what has gone out stays."""
    releases.delete_release(call.actor, release_id, version=call.version)
    return Answer(None)


@routes.post(
    f"{ONE}/publish",
    body=Nothing,
    answer=ReleaseBody,
    match="required",
    reader="get_release",
    errors=[ReleaseGatedError, ReleaseBlockedError],
)
def publish_release(call: Call, release_id: UUID) -> Answer:
    """Publish the present revisions of all its texts at once; none of them where anything is in the way.

    409 `release_gated` while the gate is shut, `release_blocked` for a text that is archived or in the trash:
    `errors` says which by its place in `items`.
    """
    releases.publish_release(call.actor, release_id, version=call.version)
    return _answer(call, release_id)


@routes.post(
    f"{ONE}/schedule",
    body=ReleasePlan,
    answer=ReleaseBody,
    match="required",
    reader="get_release",
    errors=[InvalidTransitionError, ReleaseBlockedError],
)
def schedule_release(call: Call, release_id: UUID) -> Answer:
    """Say when it goes out: all of it at one instant, or each edition's part at a time of that edition's own clock.

    Each text goes out at the revision it has then. A gate that is shut then makes the release wait, and it goes as
    soon as the gate opens. A time that a clock skips is moved forward there by as much, with a warning. The
    scheduler's rights are asked again when it goes; a release that cannot go is refused, and says why.
    """
    release, warnings = releases.schedule_release(call.actor, release_id, call.body["publish_at"], version=call.version)
    return _answer(call, release.id, warnings=warnings)

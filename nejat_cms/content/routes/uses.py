"""`/v1/manage/assets/{id}/uses`: who shows an asset, or would."""

from uuid import UUID

from nejat_cms.content.queries import uses
from nejat_cms.content.schemas.answers import UseBody
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.media.queries import read_asset

routes = Routes("Media library", signed_in=True)


@routes.get("/manage/assets/<uuid:asset_id>/uses", answer=UseBody, many=True)
def list_uses(call: Call, asset_id: UUID) -> Answer:
    """The texts that show an asset or would, those of them that the caller may read.

    After them the sections, tags, people and editions whose picture it is; `meta.total` counts all.
    """
    read_asset(call.actor, asset_id)
    rows, total = uses.list_uses(call.actor, asset_id)
    return Answer([UseBody().dump(row) for row in rows], meta={"total": total})

"""`/v1/manage/assets/{id}/uses`: which texts show an asset, or would."""

from uuid import UUID

from nejat_cms.content.queries.variants import readable_variants
from nejat_cms.content.schemas.answers import UseBody
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.media import queries

routes = Routes("Media library", signed_in=True)


@routes.get("/manage/assets/<uuid:asset_id>/uses", answer=UseBody, many=True)
def list_uses(call: Call, asset_id: UUID) -> Answer:
    """The texts that show an asset or would, those of them that the caller may read; `meta.total` counts all."""
    queries.read_asset(call.actor, asset_id)
    uses = queries.uses_of(asset_id)
    public = {use.user_id for use in uses if use.public}
    rows = [
        UseBody().dump({"variant": variant, "public": variant.id in public})
        for variant in readable_variants(call.actor, {use.user_id for use in uses})
    ]
    return Answer(rows, meta={"total": len({use.user_id for use in uses})})

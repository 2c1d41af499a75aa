"""`/v1/manage/editions`: the house's editions."""

from nejat_cms.editions import actions, queries
from nejat_cms.editions.models import Edition
from nejat_cms.editions.schemas import EditionBody, EditionSettings, NewEdition
from nejat_cms.errors import ConflictError
from nejat_cms.http.orthography import orthography_warnings
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.language.checks import Passage
from nejat_cms.permissions import allowed

routes = Routes("Editions", signed_in=True)
LABELS = ("native_name", "title", "tagline", "copyright")
"""What of an edition's settings is text in its language."""


def _answer(call: Call, edition: Edition, **options: object) -> Answer:
    locales = tuple(other.locale for other in queries.list_editions())
    shown, sent = EditionBody(locales=locales).dump(edition), call.body or {}
    passages = [Passage(edition.locale, {f"/{name}": shown[name]}) for name in LABELS if name in sent]
    return Answer(
        shown,
        meta={
            "permissions": allowed(call.actor, edition),
            "warnings": orthography_warnings(passages, {edition.locale: edition.numbering}),
        },
        version=edition.stamp,
        **options,  # type: ignore[arg-type]
    )


@routes.get("/manage/editions", answer=EditionBody, many=True)
def list_managed_editions(call: Call) -> Answer:
    """Every edition, enabled or not, in the order of the house."""
    editions = queries.read_editions(call.actor)
    shape = EditionBody(locales=tuple(edition.locale for edition in editions))
    return Answer([shape.dump(edition) for edition in editions])


@routes.post("/manage/editions", body=NewEdition, answer=EditionBody, status=201, errors=[ConflictError])
def create_edition(call: Call) -> Answer:
    """Open a new edition. Only the locale is needed; CLDR answers for the rest."""
    edition = actions.create_edition(call.actor, **call.body)
    return _answer(call, edition, location=f"/v1/manage/editions/{edition.locale}")


@routes.get("/manage/editions/<locale:locale>", answer=EditionBody)
def get_managed_edition(call: Call, locale: str) -> Answer:
    """One edition with all its settings."""
    return _answer(call, queries.read_edition(call.actor, locale))


@routes.patch(
    "/manage/editions/<locale:locale>",
    body=EditionSettings,
    answer=EditionBody,
    reader="get_managed_edition",
    errors=[ConflictError],
)
def update_edition(call: Call, locale: str) -> Answer:
    """Change settings of an edition. Its locale never changes.

    Everything else may change after publication: texts and lists follow in the background,
    addresses that readers kept are the new site's business to redirect.
    """
    return _answer(call, actions.update_edition(call.actor, locale, version=call.version, **call.body))


@routes.delete("/manage/editions/<locale:locale>", reader="get_managed_edition", errors=[ConflictError])
def delete_edition(call: Call, locale: str) -> Answer:
    """Close an edition that holds nothing."""
    actions.delete_edition(call.actor, locale, version=call.version)
    return Answer(None)

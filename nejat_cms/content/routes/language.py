"""`/v1/manage/language`: what the house knows of languages, for who writes in them."""

from nejat_cms.content.schemas.answers import CheckBody
from nejat_cms.content.schemas.inputs import TextToCheck
from nejat_cms.editions.queries import numberings
from nejat_cms.errors import NotFoundError
from nejat_cms.http.orthography import shown_finding
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.language.checks import checked_sheet
from nejat_cms.permissions import Permission, require_reading

routes = Routes("Language", signed_in=True)


@routes.post("/manage/language/check", body=TextToCheck, answer=CheckBody, idempotent=False, errors=[NotFoundError])
def check_language(call: Call) -> Answer:
    """What an editor would mark in a text: letters, joiners, punctuation, digits, direction.

    Nothing is kept and nothing changed. Any language will do; where the house has an edition in it, that
    edition's digits are the right ones. Saving a text tells the same findings, but for the infos, in `meta.warnings`.
    """
    require_reading(call.actor, Permission.READ_LIVE)
    locale = call.body["locale"]
    sheet = checked_sheet(call.body["text"], locale, numbering=numberings().get(locale))
    return Answer(CheckBody().dump({"findings": map(shown_finding, sheet.findings()), "truncated": sheet.cut}))

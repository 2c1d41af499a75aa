"""The shape of what a step would do."""

from marshmallow import fields

from nejat_cms.content.rules.impact import CODES, Severity
from nejat_cms.http.schemas import Choice, Shown


class ImpactBody(Shown):
    """One thing that a step would touch: what it is, in which edition, and where it is to be seen.

    `blocks`: the step will be refused; `breaks`: readers will miss it, or meet something that leads nowhere;
    `follows`: it goes on working. What the asker may not read is without id and title.
    """

    code = Choice(*CODES)
    severity = Choice(*Severity)
    detail = fields.String()
    locale = fields.String(allow_none=True)
    type = fields.String()
    id = fields.UUID(allow_none=True)
    title = fields.String(allow_none=True)
    url = fields.String(allow_none=True)
    count = fields.Integer()

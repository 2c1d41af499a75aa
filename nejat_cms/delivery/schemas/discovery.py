"""How readers find their way: addresses, the archive, the change feed."""

from marshmallow import fields

from nejat_cms.http.schemas import Choice, Schema
from nejat_cms.language.calendars import CALENDARS


class PlaceCounterpart(Schema):
    """Where a reader of another edition is best sent, and why there."""

    url = fields.String(required=True)
    reason = Choice("counterpart", "section", "home", required=True)


class PlaceBody(Schema):
    """What an address leads to; `url` is none of the house's pages. Of what was withdrawn nothing is named."""

    type = Choice("edition", "article", "section", "tag", "person", "kind", "archive", "url", required=True)
    locale = fields.String(required=True)
    id = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    slug = fields.String(required=True, allow_none=True)
    status = fields.Integer(required=True, metadata={"enum": [200, 301, 410]})
    location = fields.String()
    counterparts = fields.Dict(keys=fields.String(), values=fields.Nested(PlaceCounterpart), required=True)


class ArchiveMonth(Schema):
    """A month of the archive; `from` and `to` bound it in UTC."""

    month = fields.Integer(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)
    from_ = fields.String(required=True, data_key="from", metadata={"format": "date-time"})
    to = fields.String(required=True, metadata={"format": "date-time"})


class ArchiveYear(Schema):
    """A year of the archive."""

    year = fields.Integer(required=True)
    count = fields.Integer(required=True)
    months = fields.List(fields.Nested(ArchiveMonth), required=True)


class ArchiveBody(Schema):
    """How much was published when, newest first."""

    calendar = Choice(*CALENDARS, required=True)
    years = fields.List(fields.Nested(ArchiveYear), required=True)


class ChangeBody(Schema):
    """A row of the change feed."""

    type = Choice("published", "updated", "moved", "withdrawn", required=True)
    id = fields.String(required=True, metadata={"format": "uuid"})
    slug = fields.String(required=True)
    url = fields.String(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    moved_from = fields.String()

"""Shapes that belong to no feature: the problem document, and what goes with every answer."""

from collections.abc import Sequence

from nejat_cms.http.problems import STATUS
from nejat_cms.http.shapes import JsonSchema, paragraphs, reference
from nejat_cms.permissions import Permission

_TEXT: JsonSchema = {"type": "string"}


def _object(description: str, required: Sequence[str], **properties: JsonSchema) -> JsonSchema:
    schema: JsonSchema = {"type": "object", "description": description, "properties": properties}
    return schema | ({"required": list(required)} if required else {})


def shared_schemas() -> dict[str, JsonSchema]:
    strings: JsonSchema = {"type": "array", "items": _TEXT}
    link: JsonSchema = {"type": "string", "format": "uri-reference"}
    permission: JsonSchema = {"type": "string", "enum": list(Permission)}
    served = _object(
        "Which edition was asked for and which is served.",
        ["requested", "served", "fallback"],
        requested=_TEXT,
        served=_TEXT,
        fallback={"type": "boolean"},
    )
    place: dict[str, JsonSchema] = {
        "pointer": _TEXT | {"description": "A JSON Pointer (RFC 6901) into the body."},
        "parameter": _TEXT | {"description": "The name of a query parameter."},
    }
    codes = sorted(error.code for error in STATUS)
    return {
        "Problem": _object(
            "What went wrong (RFC 9457), in the reader's language.",
            ["type", "title", "status", "detail", "code", "instance", "request_id"],
            type=link | {"description": "A page that explains the code."},
            title=_TEXT,
            status={"type": "integer", "minimum": 400, "maximum": 599},
            detail=_TEXT,
            code={"type": "string", "enum": codes},
            instance=_TEXT,
            request_id={"type": ["string", "null"]},
            errors={"type": "array", "items": reference("FieldProblem")},
            etag={"type": ["string", "null"], "description": "With 412: what the `ETag` is now."},
            available=strings | {"description": "With 404: the editions in which it is published."},
            uses=link | {"description": "With 409: where it is told which texts show a file."},
            texts={"type": "integer", "description": "With 409: how many texts show a file."},
            posters={"type": "integer", "description": "With 409: of how many films it is the poster."},
            locales=strings | {"description": "With 409: the editions that clash."},
            release=_TEXT | {"format": "uuid", "description": "With 409: the release with which a text is to go out."},
        ),
        "FieldProblem": _object(
            "One thing that is wrong with one field or one query parameter.",
            ["code", "detail"],
            **place,
            code=_TEXT,
            detail=_TEXT,
        ),
        "Meta": _object(
            "What is to be said about the data.",
            [],
            total={"type": "integer", "minimum": 0, "description": "How many there are on all pages."},
            locale=served,
            form={"type": ["string", "null"], "description": "What to send with it; null where nothing is taken."},
            open={"type": "boolean", "description": "Whether comments may be sent."},
            closed_because={
                "type": ["string", "null"],
                "enum": ["disabled", "too_old", None],
                "description": "Why not; null where they may.",
            },
            since=_TEXT | {"description": "What to ask with the next time."},
            permissions={"type": "array", "items": permission, "description": "What this actor may do with it."},
            counterparts=strings | {"description": "The other editions that have a menu of this name."},
            editable=strings | {"description": "The editions in which this actor may change it."},
            assets={
                "type": "object",
                "additionalProperties": {"anyOf": [reference("PublicImage"), reference("PublicFile")]},
                "description": "By id: what is named of the media library, at addresses good for a quarter of an hour.",
            },
            counts={
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "How many findings there are of each code.",
            },
            blocked={"type": "boolean", "description": "Whether the step that is asked about would be refused."},
            warnings={"type": "array", "items": reference("Warning")},
            removed={"type": "array", "items": reference("Removal")},
            note=_TEXT | {"description": "What was said when the text was last handed in, approved or returned."},
        ),
        "Links": _object("Ready references to the neighbouring pages.", [], next=link, prev=link),
        "Warning": _object(
            paragraphs(
                """
                Something to look at; nothing was refused or changed for it.

                With `start` it is of orthography, in a text that was written: `pointer` leads to that text in `data`.
                Of inline HTML the places are those in its `textContent`, with one line break for each `<br>`;
                `<code>` and text in another language are passed over. Errors come first; at most 50 are told.
                """
            ),
            ["code", "detail"],
            code=_TEXT,
            pointer=place["pointer"],
            detail=_TEXT,
            severity={"type": "string", "enum": ["error", "warning"]},
            start={"type": "integer", "minimum": 0, "description": "The first character, counted in code points."},
            end={"type": "integer", "minimum": 1, "description": "The first character after it."},
            fix={"type": ["string", "null"], "description": "What may stand there instead; null: the author knows."},
        ),
        "Removal": _object(
            "Something in a body that was sent and is not kept.",
            ["pointer", "what", "reason"],
            pointer=place["pointer"],
            what=_TEXT,
            reason=_TEXT,
        ),
        "Moved": _object(
            "Where it lives now.",
            ["data"],
            data=_object("Its present name.", [], id=_TEXT | {"format": "uuid"}, slug=_TEXT, url=_TEXT),
        ),
    }

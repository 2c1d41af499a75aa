"""What the newsroom's clients read: variants, articles, revisions, diffs, terms and findings."""

from collections.abc import Iterator
from typing import Any, cast

from marshmallow import fields

from nejat_cms.content.models import Term
from nejat_cms.content.rules.blocks import BODY_BYTES, Block, render_html, segments
from nejat_cms.content.rules.freshness import FreshnessState
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.redirects import TYPES
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.content.schemas.blocks import BlockField
from nejat_cms.http.orthography import DETAILS
from nejat_cms.http.schemas import Choice, Instant, Shown, Whole
from nejat_cms.language.diff import word_diff


class FreshnessBody(Shown):
    """Whether a variant still says what its source says."""

    state = Choice(*FreshnessState)
    source = fields.String(allow_none=True)
    outdated_segments = fields.Integer()


class BasedOnBody(Shown):
    """The revision of another edition that a variant was made from."""

    locale = fields.String()
    revision = fields.Integer()


class BodyForms(Shown):
    """A body as blocks and as HTML."""

    blocks = fields.List(BlockField())
    html = fields.String()


class SourceBody(Shown):
    """Where a text was taken from."""

    name = fields.String()
    url = fields.String(allow_none=True)


class SeoBody(Shown):
    """What search engines are told in place of title and lead."""

    title = fields.String(allow_none=True)
    description = fields.String(allow_none=True)
    noindex = fields.Boolean()


class SnapshotBody(Shown):
    """What a revision says; tags and people by their names in its edition."""

    title = fields.String(attribute="snapshot.title")
    lead = fields.String(attribute="snapshot.lead")
    body = fields.Method("both_forms", metadata={"shown_as": fields.Nested(BodyForms)})
    fields_ = fields.Dict(data_key="fields", attribute="snapshot.fields")
    sections = fields.List(fields.String(), attribute="snapshot.sections")
    tags = fields.List(fields.String())
    image = fields.Method("lead_image", metadata={"shown_as": fields.UUID(allow_none=True)})
    related = fields.Method("chosen", metadata={"shown_as": fields.List(fields.UUID())})
    featured = fields.Boolean(attribute="snapshot.featured")
    authors = fields.List(fields.String())
    translators = fields.List(fields.String())
    source = fields.Nested(SourceBody, attribute="snapshot.source", allow_none=True)
    seo = fields.Nested(SeoBody, attribute="snapshot.seo")

    def lead_image(self, view: Any) -> str | None:
        return cast(str | None, view.snapshot.get("image"))

    def chosen(self, view: Any) -> list[str]:
        return list(view.snapshot.get("related", ()))

    def both_forms(self, view: Any) -> dict[str, Any]:
        blocks = view.snapshot["blocks"]
        return {"blocks": blocks, "html": render_html(blocks)}


class StateBody(Shown):
    """Where a variant stands."""

    stage = Choice(*Stage)
    visibility = Choice(*Visibility)
    publish_at = Instant(allow_none=True)
    unpublish_at = Instant(allow_none=True)
    version = fields.Integer()
    revision = fields.Integer(attribute="revision.number")
    live_revision = fields.Integer(attribute="variant.live_revision", allow_none=True)
    based_on = fields.Nested(BasedOnBody, allow_none=True)
    freshness = fields.Nested(FreshnessBody)


class VariantBody(StateBody, SnapshotBody):
    """A variant as the newsroom sees it; who may read the live revision alone sees nothing of the draft."""

    article = fields.UUID(attribute="variant.article_id")
    id = fields.UUID(attribute="variant.id")
    kind = Choice(*KINDS, attribute="variant.kind")
    locale = fields.String(attribute="variant.locale")
    dir = Choice("ltr", "rtl", attribute="direction")
    slug = fields.String()
    published_at = fields.String(allow_none=True, metadata={"format": "date-time"})


class VariantRow(StateBody):
    """A variant's state, without its text."""

    id = fields.UUID(attribute="variant.id")
    locale = fields.String(attribute="variant.locale")
    title = fields.String(attribute="snapshot.title")
    slug = fields.String()
    updated_at = Instant(attribute="revision.created_at")


class ArticleBody(Shown):
    """An article: its kind, and where each of its variants stands."""

    id = fields.UUID(attribute="article.id")
    kind = Choice(*KINDS, attribute="article.kind")
    created_at = Instant(attribute="article.created_at")
    variants = fields.List(fields.Nested(VariantRow))


class TrashRow(Shown):
    """A variant in the trash."""

    id = fields.UUID()
    article = fields.UUID(attribute="article_id")
    kind = Choice(*KINDS)
    locale = fields.String()
    title = fields.String()
    slug = fields.String()
    trashed_at = Instant()


class UseBody(Shown):
    """Who shows an asset to readers (`public`), or would: a text, the page of a section, tag or person, an edition."""

    type = Choice("text", "section", "tag", "person", "edition")
    article = fields.UUID(allow_none=True)
    variant = fields.UUID(allow_none=True)
    kind = Choice(*KINDS, allow_none=True)
    term = fields.UUID(allow_none=True)
    locale = fields.String()
    title = fields.String()
    public = fields.Boolean()


class RedirectTargetBody(Shown):
    """Where an old path leads: to what has this id, or to a `url`."""

    type = Choice(*TYPES)
    id = fields.UUID(allow_none=True)
    url = fields.String(allow_none=True)


class RedirectBody(Shown):
    """A path that an edition's site had before, and where it leads; of an article, the variant whose address it is."""

    id = fields.UUID()
    locale = fields.String()
    path = fields.String()
    variant = fields.UUID(attribute="variant_id", allow_none=True)
    target = fields.Nested(RedirectTargetBody)


class RevisionRow(Shown):
    """A line of a variant's history."""

    number = fields.Integer(attribute="revision.number")
    title = fields.String(attribute="snapshot.title")
    author = fields.String(attribute="revision.author_name")
    note = fields.String(attribute="revision.note")
    minor = fields.Boolean(attribute="revision.minor")
    created_at = Instant(attribute="revision.created_at")
    published_at = Instant(attribute="revision.published_at", allow_none=True)


class RevisionBody(RevisionRow, SnapshotBody):
    """One revision, whole."""


class DiffPartBody(Shown):
    """A run of words that stayed, came or went; `visible` shows joiners and marks that the eye would miss."""

    op = Choice("equal", "insert", "delete")
    text = fields.String()
    visible = fields.String()


class BlockChange(Shown):
    """A block that came, went or changed."""

    id = fields.String()
    type = fields.String()
    change = Choice("added", "removed", "changed")
    parts = fields.List(fields.Nested(DiffPartBody))


class FieldChange(Shown):
    """A field before and after."""

    before = fields.Raw()
    after = fields.Raw()


class DiffBody(Shown):
    """What changed between two revisions: texts word by word, the body block by block, other fields whole."""

    from_ = fields.Integer(data_key="from", attribute="old.number")
    to = fields.Integer(attribute="new.number")
    texts = fields.Method(
        "changed_texts", metadata={"shown_as": fields.Dict(values=fields.List(fields.Nested(DiffPartBody)))}
    )
    blocks = fields.Method("changed_blocks", metadata={"shown_as": fields.List(fields.Nested(BlockChange))})
    fields_ = fields.Method(
        "changed_fields", data_key="fields", metadata={"shown_as": fields.Dict(values=fields.Nested(FieldChange))}
    )

    def changed_texts(self, pair: Any) -> dict[str, Any]:
        before, after = pair.old.snapshot, pair.new.snapshot
        return {
            name: _parts(before[name], after[name], pair.locale)
            for name in ("title", "lead")
            if before[name] != after[name]
        }

    def changed_blocks(self, pair: Any) -> list[dict[str, Any]]:
        return list(_block_changes(pair.old.snapshot["blocks"], pair.new.snapshot["blocks"], pair.locale))

    def changed_fields(self, pair: Any) -> dict[str, Any]:
        before, after = pair.old.snapshot, pair.new.snapshot
        return {
            name: {"before": before.get(name), "after": after.get(name)}
            for name in dict.fromkeys((*before, *after))
            if name not in ("title", "lead", "blocks") and before.get(name) != after.get(name)
        }


def _block_changes(before: list[Block], after: list[Block], locale: str) -> Iterator[dict[str, Any]]:
    old, new = {block["id"]: block for block in before}, {block["id"]: block for block in after}
    texts, new_texts = segments(before), segments(after)
    for block in [*after, *(block for block in before if block["id"] not in new)]:
        key, path = block["id"], f"body/{block['id']}"
        if old.get(key) == new.get(key):
            continue
        change = "added" if key not in old else "removed" if key not in new else "changed"
        parts = _parts(texts.get(path, ""), new_texts.get(path, ""), locale)
        yield {"id": key, "type": block["type"], "change": change, "parts": parts}


def _parts(before: str, after: str, locale: str) -> list[dict[str, str]]:
    return [{"op": part.op, "text": part.text, "visible": part.visible} for part in word_diff(before, after, locale)]


class TermNameBody(Shown):
    """A term in one edition."""

    name = fields.String()
    slug = fields.String()
    description = fields.String()
    image = fields.UUID(allow_none=True)


class TermBody(Shown):
    """A section, tag or person with its name in every edition it exists in."""

    id = fields.UUID()
    type = Choice("section", "tag", "person")
    parent = fields.UUID(attribute="parent_id", allow_none=True)
    position = fields.Integer()
    names = fields.Method("name_by_locale", metadata={"shown_as": fields.Dict(values=fields.Nested(TermNameBody))})
    version = fields.Integer()

    def name_by_locale(self, term: Term) -> dict[str, Any]:
        return {name.locale: TermNameBody().dump(name) for name in term.names}


class KindBody(Shown):
    """A kind, and the JSON Schema of each extra field it declares."""

    name = fields.String()
    listed = fields.Boolean()
    fields_ = fields.Method("declared", data_key="fields", metadata={"type": "object"})

    def declared(self, kind: Any) -> dict[str, Any]:
        return {name: dict(field.schema) for name, field in kind.fields.items()}


class PreviewBody(Shown):
    """Where a preview is to be read, and until when."""

    url = fields.String(metadata={"format": "uri"})
    expires_at = Instant()


class FindingBody(Shown):
    """Something to look at in a text: the characters from `start` to before `end`, counted from 0 in code points.

    An `error` is never right, a `warning` nearly never, an `info` is worth knowing. `fix` is what may stand there
    instead without changing what is said; null where only the author can know. Fixes do not overlap.
    """

    code = Choice(*DETAILS)
    severity = Choice("error", "warning", "info")
    start = Whole(0, BODY_BYTES)
    end = Whole(1, BODY_BYTES)
    fix = fields.String(allow_none=True)
    detail = fields.String()


class CheckBody(Shown):
    """What was found in a text, in its order; `truncated`: there were more than these, the most severe ones."""

    findings = fields.List(fields.Nested(FindingBody))
    truncated = fields.Boolean()

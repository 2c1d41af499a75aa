"""Sections, tags and people, by the same five routes each; and the kinds there are."""

from collections.abc import Callable
from uuid import UUID

from nejat_cms.content.actions import terms
from nejat_cms.content.models import Term
from nejat_cms.content.queries import terms as terms_queries
from nejat_cms.content.routes.params import PAGE
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.schemas.answers import KindBody, TermBody
from nejat_cms.content.schemas.inputs import NewTerm, TermChanges
from nejat_cms.editions.queries import numberings
from nejat_cms.errors import ConflictError, SlugTakenError, pointer
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.orthography import orthography_warnings
from nejat_cms.http.routing import Answer, Call, Routes, View
from nejat_cms.language.checks import Passage
from nejat_cms.permissions import Permission, may, require_reading

routes = Routes("Sections, tags, people", signed_in=True)


def _answer(call: Call, term: Term, **options: str) -> Answer:
    editable = [name.locale for name in term.names if may(call.actor, Permission.EDIT_TERMS, name)]
    sent = (call.body or {}).get("names", {})
    passages = [
        Passage(locale, {pointer("names", locale, field): name[field]})
        for locale, name in sent.items()
        for field in ("name", "description")
        if name and field in name
    ]
    return Answer(
        TermBody().dump(term),
        meta={
            "permissions": [str(Permission.EDIT_TERMS)] if editable else [],
            "editable": editable,
            "warnings": orthography_warnings(passages, numberings() if passages else {}),
        },
        version=term.stamp,
        location=options.get("at"),
    )


def named(name: str, summary: str) -> Callable[[View], View]:
    """The routes of three types share their code; each keeps a name and a summary of its own."""

    def rename(view: View) -> View:
        view.__name__, view.__doc__ = name, summary
        return view

    return rename


def _declare(type_: str, plural: str) -> None:
    one = f"/manage/{plural}/<uuid:term_id>"
    reader = f"get_managed_{type_}"

    @routes.get(f"/manage/{plural}", answer=TermBody, many=True, query=PAGE)
    @named(f"list_managed_{plural}", f"All {plural}, in the order they were made.")
    def list_terms(call: Call) -> Answer:
        require_reading(call.actor, Permission.READ_LIVE)
        position = read_cursor_param(call.query["cursor"])
        page = terms_queries.list_terms(type_, position=position, limit=call.query["limit"])
        return Answer([TermBody().dump(term) for term in page.rows], links=page_links(page))

    @routes.post(f"/manage/{plural}", body=NewTerm, answer=TermBody, status=201, errors=[ConflictError, SlugTakenError])
    @named(f"create_{type_}", f"Make a {type_}, named in at least one edition.")
    def create_term(call: Call) -> Answer:
        term = terms.create_term(call.actor, type_, **call.body)
        return _answer(call, term, at=f"/v1/manage/{plural}/{term.id}")

    @routes.get(one, answer=TermBody)
    @named(reader, f"One {type_} with its names.")
    def get_term(call: Call, term_id: UUID) -> Answer:
        require_reading(call.actor, Permission.READ_LIVE)
        return _answer(call, terms_queries.get_term(type_, term_id))

    @routes.patch(one, body=TermChanges, answer=TermBody, reader=reader, errors=[ConflictError, SlugTakenError])
    @named(f"update_{type_}", f"Rename a {type_} in some editions (null takes it out of one), or move it.")
    def change_term(call: Call, term_id: UUID) -> Answer:
        return _answer(call, terms.change_term(call.actor, type_, term_id, version=call.version, **call.body))

    @routes.delete(one, reader=reader, errors=[ConflictError])
    @named(f"delete_{type_}", f"Remove a {type_} that no text names.")
    def delete_term(call: Call, term_id: UUID) -> Answer:
        terms.delete_term(call.actor, type_, term_id, version=call.version)
        return Answer(None)


for _type, _plural in (("section", "sections"), ("tag", "tags"), ("person", "people")):
    _declare(_type, _plural)


@routes.get("/manage/kinds", answer=KindBody, many=True)
def list_kinds(call: Call) -> Answer:
    """The kinds of things there are, and the extra fields each declares."""
    require_reading(call.actor, Permission.READ_LIVE)
    return Answer([KindBody().dump(kind) for kind in KINDS.values()])

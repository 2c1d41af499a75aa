"""`…/impact`: what a step would do elsewhere, before it is taken."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _

from nejat_cms.content.queries.impact import term_impact, variant_impact
from nejat_cms.content.routes.articles import VARIANT
from nejat_cms.content.routes.terms import named
from nejat_cms.content.rules.impact import Finding, Severity, Step, counted, listed
from nejat_cms.content.schemas.impact import ImpactBody
from nejat_cms.content.schemas.inputs import SLUG_WORDS
from nejat_cms.editions.queries import list_editions
from nejat_cms.errors import InvalidError, Problem
from nejat_cms.http.parsing import BadValueError, Param, locale_tag, one_of
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.language.errors import InvalidSlugError
from nejat_cms.language.slugs import check_slug

routes = Routes("Impact", signed_in=True)


def _slug(text: str) -> str:
    try:
        return check_slug(text)
    except InvalidSlugError as error:
        raise BadValueError("invalid_slug", SLUG_WORDS[error.reason]) from error


def _steps(*steps: Step) -> Param:
    names = [str(step) for step in steps]
    return Param("of", one_of(*names), {"type": "string", "enum": names}, "The step that is asked about.", steps[0])


SLUG = Param("slug", _slug, {"type": "string"}, "The new slug, where `of` is `slug`.")
LOCALE = Param("locale", locale_tag, {"type": "string"}, "The edition of the new slug.")


def _answer(findings: Sequence[Finding]) -> Answer:
    """`meta.counts` counts everything, `meta.blocked` says whether the step would be refused."""
    blocked = any(finding.severity is Severity.BLOCKS for finding in findings)
    rows = [ImpactBody().dump(finding) for finding in listed(findings)]
    return Answer(rows, meta={"counts": counted(findings), "blocked": blocked})


def _require(query: dict[str, Any], *names: str) -> None:
    """Raises: InvalidError where a new slug is asked about and these are missing, or are given for another step."""
    problems = []
    for name in names:
        if query["of"] == Step.RENAME and query[name] is None:
            problems.append(Problem("required", _("This field is required."), parameter=name))
        elif query["of"] != Step.RENAME and query[name] is not None:
            problems.append(Problem("unknown_parameter", _("There is no such parameter here."), parameter=name))
    if problems:
        raise InvalidError(problems)


@routes.get(f"{VARIANT}/impact", answer=ImpactBody, many=True, query=(_steps(*Step), SLUG))
def view_variant_impact(call: Call, article_id: UUID, locale: str) -> Answer:
    """What unpublishing, archiving or deleting a variant would do in every edition, or another slug.

    Whoever may take the step may ask. Fifty things of each code are told one by one, the others by their
    number; `meta.counts` counts them all, and `meta.blocked` says whether the step would be refused.
    """
    query = dict(call.query)
    _require(query, "slug")
    return _answer(variant_impact(call.actor, article_id, locale, Step(query["of"]), query["slug"]))


def _declare(type_: str, plural: str) -> None:
    steps = _steps(Step.DELETE, Step.RENAME)

    @routes.get(f"/manage/{plural}/<uuid:term_id>/impact", answer=ImpactBody, many=True, query=(steps, LOCALE, SLUG))
    @named(f"view_{type_}_impact", f"What deleting a {type_} would do in every edition, or another slug in one.")
    def view_term_impact(call: Call, term_id: UUID) -> Answer:
        query = dict(call.query)
        _require(query, "locale", "slug")
        if query["locale"] and query["locale"] not in {edition.locale for edition in list_editions()}:
            raise InvalidError(Problem("unknown_locale", _("There is no such edition."), parameter="locale"))
        return _answer(term_impact(call.actor, type_, term_id, Step(query["of"]), query["locale"], query["slug"]))


for _type, _plural in (("section", "sections"), ("tag", "tags"), ("person", "people")):
    _declare(_type, _plural)

"""Articles that an editor offers to whoever has read a text."""

from collections.abc import Collection, Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from nejat_cms.content.models import Variant
from nejat_cms.content.queries.variants import present_ids, readable
from nejat_cms.db import db
from nejat_cms.errors import InvalidError, Problem, pointer
from nejat_cms.permissions import Actor


def known_articles(actor: Actor, variant: Variant, ids: Sequence[UUID], before: Collection[str]) -> list[str]:
    """These articles, each once, under the ids they have since others were joined to them.

    What she may not know of is as if it were not there; what the text names already stays, whoever chose it;
    only what was joined to its own article since is left out.

    Raises: InvalidError.
    """
    if not ids:
        return []
    present_id = present_ids(ids)
    wanted = [present_id[each] for each in ids]
    known = select(Variant.article_id).where(
        Variant.article_id.in_(wanted), Variant.trashed_at.is_(None), readable(actor)
    )
    present = set(db.session.scalars(known)) | {UUID(each) for each in before}
    own = variant.article.id
    problems = [
        Problem("unknown_article", _("There is no such article."), pointer("related", index))
        for index, each in enumerate(wanted)
        if each not in present
    ]
    problems += [
        Problem("invalid", _("A text is not related to itself."), pointer("related", index))
        for index, (asked, each) in enumerate(zip(ids, wanted, strict=True))
        if each == own and str(asked) not in before
    ]
    if problems:
        raise InvalidError(problems)
    return [str(each) for each in dict.fromkeys(wanted) if each != own]

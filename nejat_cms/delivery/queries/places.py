"""What an address of a site leads to, and where its counterparts in the other editions are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.terms import PATHS, SHOWN
from nejat_cms.delivery.queries.where import Where
from nejat_cms.language.calendars import InvalidDateError, period_bounds
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import microseconds
from nejat_cms.reading import bind_id, fetch
from nejat_cms.urls import Place, place_of

TYPES = {path: type_ for type_, path in PATHS.items()}


@dataclass(frozen=True)
class Found:
    """What is at an address: its type, the id that editions share, its slug now, and how it is reached."""

    type: str
    edition: EditionRow
    status: int = 200
    id: UUID | None = None
    slug: str | None = None
    """Empty for the edition itself and its whole archive; None where nothing may be named."""
    path: str = ""
    location: str = ""
    """Of what is at no edition's page: its address."""

    @property
    def url(self) -> str:
        return self.location or f"{self.edition.facts['url']}{self.path}"


def find_place(place: Place, editions: Mapping[str, EditionRow]) -> Found | None:
    """What an address leads to; None where nothing ever was.

    An old address is known with its query (`/?p=123`) or without, and comes after all that lives or moved at the path
    itself. What was withdrawn gives way to it, and a front page to its own path with a query.
    """
    page = find_page(place, editions)
    if page is not None and page.status == 410:
        by_hand = redirected(place, editions)
        return by_hand if by_hand is not None and by_hand.status == 301 else page
    if place.query and (page is None or page.type == "edition"):
        page = _redirected(place, editions) or page
    return page or _redirected(replace(place, query=""), editions)


def redirected(place: Place, editions: Mapping[str, EditionRow]) -> Found | None:
    """What an old address of a site leads to, with its query or without."""
    found = _redirected(place, editions) if place.query else None
    return found or _redirected(replace(place, query=""), editions)


def place_at(url: str, edition: EditionRow) -> Place | None:
    """The place of an address, or of a path on the edition's own host."""
    place, site = place_of(url), place_of(edition.facts["url"])
    return replace(place, host=site.host) if place and site and not place.host else place


def find_page(place: Place, editions: Mapping[str, EditionRow]) -> Found | None:
    """What an address leads to in the edition it lies in, old paths aside.

    The nearest one is meant: where `fa` is at `/fa` below `en` at `/`, an English article with the slug `fa`
    has no address on the site. A path that several sites could have is looked for in each, and what lives
    comes before what moved or went.
    """
    found = [answer for edition, _, rest in nearest(place, editions) if (answer := _find(edition, rest))]
    return min(found, key=lambda answer: answer.status, default=None)


def nearest(place: Place, editions: Mapping[str, EditionRow]) -> list[tuple[EditionRow, Place, str]]:
    """The editions whose site an address lies in, and in none below; where each begins, and what it says there."""
    inside = _inside(place, editions)
    return [each for each in inside if len(each[1].path) == len(inside[0][1].path)]


def sites_of(place: Place, editions: Mapping[str, EditionRow]) -> list[tuple[EditionRow, Place]]:
    """The editions on the host of an address, or on any if it names none."""
    sites = ((edition, place_of(edition.facts["url"])) for edition in editions.values())
    return [(edition, base) for edition, base in sites if base is not None and place.host in ("", base.host)]


def _inside(place: Place, editions: Mapping[str, EditionRow]) -> list[tuple[EditionRow, Place, str]]:
    """The editions that an address lies in, nearest first, and what it says below each one's own."""
    below = [(edition, base, place.below(base)) for edition, base in sites_of(place, editions)]
    inside = [(edition, base, rest) for edition, base, rest in below if rest is not None]
    return sorted(inside, key=lambda each: -len(each[1].path))


def _find(edition: EditionRow, rest: str) -> Found | None:
    match rest.split("/"):
        case [""]:
            return Found("edition", edition, slug="")
        case ["archive"]:
            return Found("archive", edition, slug="", path="/archive") if edition.locale in _publishing() else None
        case ["archive", year, *month] if len(month) < 2 and all(map(_is_number, (year, *month))):
            return _find_period(edition, *map(int, (year, *month)))
        case ["kinds", kind] if kind in KINDS:
            return Found("kind", edition, slug=kind, path=f"/kinds/{kind}")
        case [path, slug] if path in TYPES:
            return _find_term(edition, TYPES[path], path, slug)
        case [slug]:
            return _find_article(edition, slug)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


def _find_period(edition: EditionRow, year: int, month: int | None = None) -> Found | None:
    """A year or month of the edition's calendar in which it published something."""
    try:
        bounds = period_bounds(edition.facts["calendar"], year, month, edition.facts["timezone"])
    except InvalidDateError:
        return None
    start, end = map(microseconds, bounds)
    rows = fetch(
        """SELECT 1 FROM documents WHERE locale = :locale AND listed
           AND published_us >= :start AND published_us < :end LIMIT 1""",
        {"locale": edition.locale, "start": start, "end": end},
    )
    slug = f"{year}/{month}" if month else f"{year}"
    return Found("archive", edition, slug=slug, path=f"/archive/{slug}") if rows else None


def _publishing() -> set[str]:
    """The editions that have something in their archives."""
    return {locale for (locale,) in fetch("SELECT DISTINCT locale FROM month_counts WHERE n > 0")}


def _find_article(edition: EditionRow, slug: str) -> Found | None:
    rows = fetch(
        """SELECT d.article_id, d.slug, d.slug_key FROM addresses a LEFT JOIN documents d ON d.variant_id = a.target_id
           WHERE a.locale = :locale AND a.type = 'article' AND a.slug_key = :key""",
        {"locale": edition.locale, "key": slug_key(slug)},
    )
    return _article(edition, rows[0], slug_key(slug)) if rows else None


def _article(edition: EditionRow, row: Sequence[Any], key: str | None) -> Found:
    article_id, slug, present = row
    if slug is None:
        return Found("article", edition, 410)
    return Found("article", edition, 200 if present == key else 301, UUID(str(article_id)), slug, f"/{slug}")


def _find_term(edition: EditionRow, type_: str, path: str, slug: str) -> Found | None:
    rows = fetch(
        f"""SELECT p.term_id, p.slug, p.slug_key FROM term_pages p
            WHERE p.locale = :locale AND p.type = :type AND {SHOWN} AND (p.slug_key = :key OR p.term_id IN (
                SELECT a.target_id FROM addresses a WHERE a.locale = :locale AND a.type = :type AND a.slug_key = :key))
            ORDER BY CASE WHEN p.slug_key = :key THEN 0 ELSE 1 END""",
        {"locale": edition.locale, "type": type_, "key": slug_key(slug)},
    )
    if not rows:
        return None
    term_id, present, present_key = rows[0]
    status = 200 if present_key == slug_key(slug) else 301
    return Found(type_, edition, status, UUID(str(term_id)), present, f"/{path}/{present}")


def _redirected(place: Place, editions: Mapping[str, EditionRow]) -> Found | None:
    """What an old address of a site leads to now, wherever the edition's pages live on it; what lives comes first."""
    order = [edition for edition, _, _ in _inside(place, editions)]
    order += [edition for edition, _ in sites_of(place, editions) if edition not in order]
    known = _paths_at(place, order)
    found = [_led(each, known[each.locale], editions) for each in order if each.locale in known]
    return min(filter(None, found), key=lambda answer: answer.status, default=None)


def _paths_at(place: Place, order: Sequence[EditionRow]) -> dict[str, Sequence[Any]]:
    """The old paths of these editions that are just this one, by edition."""
    if not order:
        return {}
    where = Where()
    where.add(
        f"a.locale IN {where.any_of(edition.locale for edition in order)} AND a.slug_key = {where.bind(place.key)}"
    )
    rows = fetch(
        f"""SELECT a.locale, a.location, d.article_id, d.slug, p.type, p.term_id, p.slug FROM addresses a
            LEFT JOIN documents d ON d.variant_id = a.target_id
            LEFT JOIN term_pages p ON p.term_id = a.target_id AND p.locale = a.locale AND {SHOWN}
            WHERE a.type = 'path' AND {where.sql} AND (a.location IS NOT NULL OR p.term_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM addresses s WHERE s.type = 'article' AND s.target_id = a.target_id))""",
        where.values,
    )
    return {row[0]: row[1:] for row in rows}


def _led(edition: EditionRow, row: Sequence[Any], editions: Mapping[str, EditionRow]) -> Found | None:
    """Where an old address leads; one that leads to a page of ours leads to where that lives now.

    None where it leads to another old address: since a site moved to their host, they might lead in a circle.
    """
    location, article_id, slug, type_, term_id, term_slug = row
    if type_ is not None:
        return Found(type_, edition, 301, UUID(str(term_id)), term_slug, f"/{PATHS[type_]}/{term_slug}")
    if location is None:
        return _article(edition, (article_id, slug, ""), None)
    place = place_at(location, edition)
    ours = [each for each, _ in sites_of(place, editions)] if place is not None else []
    page = find_page(place, editions) if place is not None and ours else None
    if page is not None:
        return replace(page, status=max(page.status, 301))
    if place is not None and any(_paths_at(each, ours) for each in (place, replace(place, query=""))):
        return None
    if location.startswith("/"):
        scheme, _, rest = edition.facts["url"].partition("://")
        location = f"{scheme}://{rest.partition('/')[0]}{location}"
    return Found("url", edition, 301, location=location)


# Counterparts ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counterpart:
    """Where a reader of another edition is best sent, and why there."""

    url: str
    reason: str


def counterparts_of(found: Found, editions: Mapping[str, EditionRow]) -> dict[str, Counterpart]:
    """For every other edition: the same thing there; else the nearest section it lies in; else the front page."""
    same = _same_elsewhere(found, editions)
    others = {locale: edition for locale, edition in editions.items() if locale != found.edition.locale}
    sections = _sections_elsewhere(found) if others.keys() - same.keys() else {}
    answer = {}
    for locale, edition in others.items():
        path, reason = same.get(locale) or sections.get(locale) or ("", "home")
        answer[locale] = Counterpart(f"{edition.facts['url']}{path}", reason)
    return answer


def _same_elsewhere(found: Found, editions: Iterable[str]) -> dict[str, tuple[str, str]]:
    if found.type == "kind":
        return dict.fromkeys(editions, (found.path, "counterpart"))
    if found.type == "archive" and not found.slug:
        return dict.fromkeys(_publishing(), (found.path, "counterpart"))
    if found.type == "edition" or found.id is None:
        return {}
    if found.type == "article":
        rows = fetch("SELECT locale, slug FROM documents WHERE article_id = :id", {"id": bind_id(found.id)})
        return {locale: (f"/{slug}", "counterpart") for locale, slug in rows}
    rows = fetch(
        f"SELECT p.locale, p.slug FROM term_pages p WHERE p.term_id = :id AND {SHOWN}", {"id": bind_id(found.id)}
    )
    return {locale: (f"/{PATHS[found.type]}/{slug}", "counterpart") for locale, slug in rows}


def _sections_elsewhere(found: Found) -> dict[str, tuple[str, str]]:
    """Per edition: the nearest section that an article is filed under, or that a section lies below."""
    line = _sections_around(found)
    if not line:
        return {}
    where = Where()
    rows = fetch(f"SELECT locale, term_id, slug FROM term_pages WHERE term_id IN {where.any_of(line)}", where.values)
    rows.sort(key=lambda row: line.index(row[1]), reverse=True)
    return {locale: (f"/sections/{slug}", "section") for locale, _, slug in rows}


def _sections_around(found: Found) -> list[Any]:
    """The ids of these sections, nearest first."""
    values = {"id": found.id and bind_id(found.id), "locale": found.edition.locale}
    if found.type == "article":
        rows = fetch(
            """SELECT t.role, t.term_id FROM document_terms t JOIN documents d ON d.variant_id = t.variant_id
               WHERE d.article_id = :id AND d.locale = :locale AND t.role IN ('section', 'within')
               ORDER BY t.position""",
            values,
        )
        within = [term for role, term in rows if role == "within"]  # each section after what lies above it
        first = next((within.index(term) + 1 for role, term in rows if role == "section"), 0)
        return [*reversed(within[:first]), *within[first:]]
    if found.type == "section":
        rows = fetch(
            """WITH RECURSIVE line (term_id, steps) AS (
                   SELECT parent_id, 1 FROM term_pages WHERE term_id = :id AND locale = :locale
                   UNION ALL SELECT p.parent_id, l.steps + 1 FROM line l
                   JOIN term_pages p ON p.term_id = l.term_id AND p.locale = :locale WHERE l.steps < 100
               ) SELECT term_id FROM line WHERE term_id IS NOT NULL ORDER BY steps""",
            values,
        )
        return [term for (term,) in rows]
    return []

"""The demo house: four editions of an invented town's paper, with everything a newsroom can be in."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from nejat_cms.community.actions.moderating import recount
from nejat_cms.community.actions.sending import keep_comment, keep_message
from nejat_cms.community.models import Comment
from nejat_cms.community.rules import CommentStatus, reasons_to_hold
from nejat_cms.content.actions import menus, redirects, releases, saving, stages, terms
from nejat_cms.content.actions.together import shown_together
from nejat_cms.content.models import FrontPage, Variant
from nejat_cms.content.rules.blocks import Block
from nejat_cms.content.rules.html import parse_html
from nejat_cms.content.rules.redirects import Target
from nejat_cms.content.rules.snapshots import Body
from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.editions.actions import create_edition, update_edition
from nejat_cms.editions.models import Edition
from nejat_cms.editions.queries import list_editions
from nejat_cms.media.actions import assets
from nejat_cms.media.actions.receiving import Received, receive
from nejat_cms.media.queries import get_asset
from nejat_cms.permissions import SYSTEM

FILES = Path(__file__).parent / "demo"
MEDIA_FIELDS = {"file", "pdf", "cover", "poster"}
"""Fields of kinds that name one file of the library."""
LATER = {"default", "fallback", "locale", "share_image"}
"""What of an edition names it, or what there is not yet when it is made."""
Table = Mapping[str, Any]
Progress = Callable[[int, int], None]


def house_is_empty() -> bool:
    """Whether there is neither an edition nor a text yet."""
    empty = not db.session.scalar(select(exists(select(Edition.locale))))
    end_reading()
    return empty


def load_demo(progress: Progress = lambda done, total: None) -> int:
    """Fill an empty house with the demo, all of it or nothing; answers how many works there are.

    `progress` is told how many works are done, of how many. The bytes of its pictures come first: what was kept of
    them where the rest fails belongs to nobody, and is collected.
    """
    return _load(_read("media.toml")["media"], _received(), progress)


def _received() -> dict[str, Received]:
    """Every file of the demo's media, kept."""
    files = {}
    for path in sorted((FILES / "media").iterdir()):
        files[path.name] = receive(path, path.name)
    return files


@atomic
def _load(media: Sequence[Table], files: Mapping[str, Received], progress: Progress) -> int:
    editions = _read("editions.toml")["editions"]
    for edition in editions:
        _make_edition(edition)
    for edition in editions:
        _change_edition(edition["locale"], fallback=edition["fallback"])
    held = list_editions()  # the session looks none of them up again
    locales = [edition["locale"] for edition in editions]
    stock = _stocked(media, files, locales)
    for edition in editions:
        _change_edition(edition["locale"], share_image=UUID(stock[edition["share_image"]]))
    house = _House(_read("terms.toml"), locales, stock)
    works = [tomllib.loads(path.read_text("utf-8")) for path in sorted((FILES / "works").glob("*.toml"))]
    works.sort(key=lambda work: -work.get("days_ago", 0))
    with shown_together():
        for number, work in enumerate(works, start=1):
            house.make_work(work)
            progress(number, len(works))
    arranged = _read("menus.toml")
    for locale in locales:
        house.arrange(locale, arranged["menus"], arranged["pins"])
    _write_letters(_read("comments.toml"), house.articles)
    for release in _read("releases.toml")["releases"]:
        house.plan_release(release)
    for redirect in _read("redirects.toml")["redirects"]:
        house.make_redirect(redirect)
    del held
    return len(works)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FILES / name).read_text("utf-8"))


def _make_edition(given: Table) -> None:
    settings = {name: value for name, value in given.items() if name not in LATER}
    create_edition(SYSTEM, given["locale"], is_default=given.get("default", False), **settings)


def _change_edition(locale: str, **settings: Any) -> None:
    edition = db.session.get_one(Edition, locale)
    update_edition(SYSTEM, locale, version=edition.version, **settings)


def _stocked(media: Sequence[Table], files: Mapping[str, Received], locales: Sequence[str]) -> dict[str, str]:
    """The library with all that the demo shows; ids by key."""
    ids: dict[str, str] = {}
    for one in media:
        asset = assets.add_asset(SYSTEM, files[one["file"]])
        for locale in locales:
            if "file" in one.get(locale, {}):
                assets.put_file(SYSTEM, asset.id, locale, files[one[locale]["file"]], version=asset.version)
        texts = {
            locale: {name: one[locale][name] for name in ("alt", "caption", "credit") if name in one[locale]}
            for locale in locales
            if locale in one
        }
        assets.change_asset(SYSTEM, asset.id, {"focal": one.get("focal"), "texts": texts}, version=asset.version)
        ids[one["key"]] = str(asset.id)
    for one in media:
        if "poster" in one:
            film = get_asset(UUID(ids[one["key"]]))
            assets.change_asset(SYSTEM, film.id, {"poster": UUID(ids[one["poster"]])}, version=film.version)
    return ids


def _write_letters(given: Table, articles: Mapping[str, UUID]) -> None:
    """What readers wrote: comments that were approved, some that wait, one that was held; and a message."""
    kept: dict[str, Comment] = {}
    for one in given["comments"]:
        variant = db.session.scalars(
            select(Variant).where(Variant.article_id == articles[one["work"]], Variant.locale == one["locale"])
        ).one()
        reasons = reasons_to_hold([one["name"], one["text"]], ())
        comment = keep_comment(
            variant.id,
            one["locale"],
            kept[one["parent"]] if "parent" in one else None,
            name=one["name"],
            email=one["email"],
            text=one["text"],
            status=CommentStatus.SPAM if reasons else CommentStatus(one.get("status", "approved")),
            reasons=reasons,
            at=utc_now() - timedelta(days=one["days_ago"]),
        )
        kept[one.get("key", str(comment.id))] = comment
    recount(*{comment.variant_id for comment in kept.values()})
    for one in given["messages"]:
        written = {name: one[name] for name in ("name", "email", "subject", "text")}
        keep_message(one["locale"], **written, at=utc_now() - timedelta(days=one["days_ago"]))


class _House:
    """The demo's terms and works by their keys, while they are made."""

    def __init__(self, given: Table, locales: list[str], media: Mapping[str, str]) -> None:
        self.locales = locales
        self.media = media
        self.sections: dict[str, UUID] = {}
        self.named_in: dict[str, set[str]] = {}
        self.people = {person["key"]: person for person in given["people"]}
        self.tags = {tag["key"]: tag for tag in given["tags"]}
        self.articles: dict[str, UUID] = {}
        for section in given["sections"]:
            picture = self._picture(section)
            names = {locale: section[locale] | picture for locale in locales if locale in section}
            parent = self.sections[section["parent"]] if "parent" in section else None
            term = terms.create_term(SYSTEM, "section", names, parent=parent, position=section["position"])
            self.sections[section["key"]] = term.id
            self.named_in[section["key"]] = set(names)
        for type_, rows in (("person", given["people"]), ("tag", given["tags"])):
            for row in rows:
                picture = self._picture(row)
                names = {locale: {"name": row[locale]} | picture for locale in locales if locale in row}
                terms.create_term(SYSTEM, type_, names)

    def _picture(self, given: Table) -> dict[str, UUID]:
        return {"image": UUID(self.media[given["image"]])} if "image" in given else {}

    def make_redirect(self, given: Table) -> None:
        """Have an old path lead to a work, a section or an address."""
        if "article" in given:
            target = Target("article", self.articles[given["article"]])
        elif "section" in given:
            target = Target("section", self.sections[given["section"]])
        else:
            target = Target("url", url=given["url"])
        redirects.add_redirect(SYSTEM, given["locale"], given["path"], target)

    def make_work(self, work: Table) -> None:
        """Write a work in its own language first, then in the others, and bring each to its stage."""
        source = work["source"]
        original = saving.create_article(SYSTEM, work["kind"], source, self._changes(work, source))
        self.articles[work["key"]] = original.article_id
        self._settle(work, original)
        for locale in self.locales:
            if locale != source and locale in work:
                based_on = {"locale": source, "revision": original.revision}
                changes = self._changes(work, locale) | {"based_on": based_on}
                self._settle(work, saving.create_variant(SYSTEM, original.article_id, locale, changes))
        if "revision" in work:
            self._revise(work)

    def arrange(self, locale: str, given: Sequence[Table], pins: Table) -> None:
        """Give an edition its menus, and put some of its articles first on its front page."""
        for menu in given:
            menus.create_menu(SYSTEM, locale, menu["name"], self._items(locale, menu["items"]))
        version = db.session.get_one(FrontPage, locale).version
        menus.pin_articles(
            SYSTEM,
            locale,
            version=version,
            featured=[self.articles[key] for key in pins["featured"]],
            sections={
                self.sections[row["key"]]: [self.articles[key] for key in row["articles"]] for row in pins["sections"]
            },
        )

    def _items(self, locale: str, given: Sequence[Table]) -> list[Table]:
        """The items of a menu that an edition has, in its words."""
        return [
            {
                "label": item.get("label", {}).get(locale),
                "target": self._target(item.get("target")),
                "children": self._items(locale, item.get("children", ())),
            }
            for item in given
            if self._is_there(locale, item.get("target", {}))
        ]

    def _is_there(self, locale: str, target: Table) -> bool:
        return target.get("type") != "section" or locale in self.named_in[target["key"]]

    def _target(self, given: Table | None) -> Table | None:
        if given is None or "key" not in given:
            return given
        ids = self.sections if given["type"] == "section" else self.articles
        return {"type": given["type"], "id": ids[given["key"]]}

    def _revise(self, work: Table) -> None:
        """Publish the original once more, changed; the translations that are named follow, the others are outdated."""
        later = work["revision"]
        article_id, source = self.articles[work["key"]], later["locale"]
        original = self._rewrite(article_id, source, later)
        for locale in self.locales:
            if locale in later:
                self._rewrite(article_id, locale, later[locale], {"locale": source, "revision": original.revision})

    def _rewrite(self, article_id: UUID, locale: str, text: Table, based_on: Table | None = None) -> Variant:
        changes: dict[str, Any] = {name: text[name] for name in ("title", "lead", "note") if name in text}
        changes |= {"body": _body(text["html"])} | ({"based_on": based_on} if based_on else {})
        version = self._version(article_id, locale)
        changed = saving.change_variant(SYSTEM, article_id, locale, changes, version=version)
        return stages.publish_variant(SYSTEM, article_id, locale, version=changed.version)

    def _version(self, article_id: UUID, locale: str) -> int:
        query = select(Variant.version).where(Variant.article_id == article_id, Variant.locale == locale)
        return db.session.scalars(query).one()

    def _settle(self, work: Table, variant: Variant) -> None:
        state = work.get("state", "published")
        if state == "published":
            stages.publish_variant(SYSTEM, variant.article_id, variant.locale, version=variant.version)
        elif state == "scheduled":
            plan = {"publish_at": utc_now() + timedelta(days=work["in_days"])}
            stages.schedule_variant(SYSTEM, variant.article_id, variant.locale, plan, version=variant.version)

    def plan_release(self, release: Table) -> None:
        """Hand in works that go out together, and approve them in the editions that are ready."""
        keys = [(self.articles[key], locale) for key in release["works"] for locale in release["locales"]]
        for article_id, locale in keys:
            for step in ("submit", "approve") if locale in release["approved"] else ("submit",):
                version = self._version(article_id, locale)
                stages.move_variant(SYSTEM, article_id, locale, step, version=version)
        given = {name: release[name] for name in ("title", "note", "gate")}
        items = [{"article": article_id, "locale": locale} for article_id, locale in keys]
        made = releases.create_release(SYSTEM, given | {"items": items})
        publish_at = utc_now() + timedelta(seconds=release["in_seconds"])
        releases.schedule_release(SYSTEM, made.id, publish_at, version=made.version)

    def _changes(self, work: Table, locale: str) -> dict[str, Any]:
        text = work[locale]
        changes: dict[str, Any] = {
            "title": text["title"],
            "lead": text["lead"],
            "body": _body(text["html"], self._figure(text), self._contents(text)),
            "fields": self._fields(text.get("fields", {})),
            "image": UUID(self.media[work["image"]]) if "image" in work else None,
            "related": [self.articles[key] for key in work.get("related", ())],
            "sections": [self.sections[key] for key in work["section"] if locale in self.named_in[key]],
            "tags": [self.tags[key][locale] for key in work["tags"] if locale in self.tags[key]],
            "authors": [self.people[key][locale] for key in work["authors"]],
            "translators": [self.people[key][locale] for key in text.get("translators", ())],
            "featured": work.get("featured", False),
            "source": text.get("credit"),
            "seo": {"description": text.get("seo_description")},
        }
        if "slug" in text:
            changes["slug"] = text["slug"]
        if "days_ago" in work:
            changes["published_at"] = utc_now() - timedelta(days=work["days_ago"])
        return changes

    def _fields(self, given: Table) -> dict[str, Any]:
        """A kind's fields, media by their ids; contents belong to the body."""
        fields = {name: value for name, value in given.items() if name != "contents"}
        for name in MEDIA_FIELDS & fields.keys():
            fields[name] = self.media[fields[name]]
        if "pictures" in fields:
            fields["pictures"] = [item | {"asset": self.media[item["asset"]]} for item in fields["pictures"]]
        return fields

    def _figure(self, text: Table) -> list[Block]:
        return [{"type": "image", "asset": self.media[text["figure"]]}] if "figure" in text else []

    def _contents(self, text: Table) -> list[Block]:
        items = [
            {name: item[name] for name in ("label", "page") if name in item}
            | {"article": str(self.articles[item["article"]])}
            for item in text.get("fields", {}).get("contents", ())
        ]
        return [{"type": "contents", "items": items}] if items else []


def _body(html: str, figure: Sequence[Block] = (), contents: Sequence[Block] = ()) -> Body:
    """A body: a figure after its first paragraph, contents at its end."""
    blocks, removed = parse_html(html)
    return Body([*blocks[:1], *figure, *blocks[1:], *contents], removed, as_html=True)

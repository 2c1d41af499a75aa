"""A newsroom that takes any step that is possible, one after the other: for what must hold after every sequence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import select

from nejat_cms.content.actions import linking, redirects, saving, stages, trash
from nejat_cms.content.models import Article, Redirect, Variant
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.errors import ConflictError, SlugTakenError
from nejat_cms.permissions import SYSTEM
from tests.delivery.agreement import GONE, LOCALES, NOWHERE

STEPS = {
    "publish": 2,
    "translate": 1,
    "unpublish": 2,
    "rename": 4,
    "hide": 2,
    "join": 4,
    "split": 2,
    "lead": 8,
    "forget": 1,
    "purge": 2,
    "rebuild": 1,
}
STEP = st.tuples(st.sampled_from([name for name, often in STEPS.items() for _ in range(often)]), st.integers(0, 1000))
SLUGS = ("nan", "ab")
"""Few, so that one is given up, taken over and taken back."""
OLD_PATHS = (*(f"/{slug}" for slug in SLUGS), "/nan?p=1", "?p=1")
"""In an edition: what may be a page or become one, the same with a query, and its front page with one."""
ROOT_PATHS = ("/nan", "/?p=1", "/2014/05/old.html")
"""On the host of them all."""
RESERVED = ("/tags/nan", "/search?q=nan")


@dataclass(frozen=True)
class Place:
    """A variant as it stands."""

    id: UUID
    article: UUID
    locale: str
    version: int
    revision: int
    slug: str
    live_slug: str | None


class Newsroom:
    """Takes steps that are possible, a number picks among them; and remembers what every address must answer."""

    def __init__(self) -> None:
        self.holders: dict[str, UUID] = {}
        """Who lived last at each address."""
        self.led: dict[str, UUID] = {}
        """Whose text each old path led to last."""
        self.redirects: set[str] = set()
        """Old paths that are somebody's still."""
        for locale in LOCALES:
            self.begin(locale)
        self.have_a_past("en")

    def begin(self, locale: str) -> UUID:
        made = saving.create_article(SYSTEM, "article", locale, {"title": f"کار {locale}"})
        id_ = made.id
        stages.publish_variant(SYSTEM, made.article_id, locale, version=made.version)
        self.remember()
        return id_

    def have_a_past(self, locale: str) -> None:
        """A slug was given up and taken over, a page came where an old path led, editions claimed one path of the
        host: here is much to mistake."""
        first, second, other = self.begin(locale), self.begin(locale), self.begin(LOCALES[-1])
        for id_, path in (
            (first, f"/{locale}/nan"),
            (first, f"/{locale}/nan?p=1"),
            (other, f"/{locale}/ab"),
            (other, "/?p=1"),
            (first, "/?p=1"),
            (first, f"/{locale}/tags/nan"),
        ):
            self.lead((self.place(id_), path))
        for id_, slug in ((first, "ab"), (first, "first"), (second, "ab"), (second, "nan")):
            self.rename((self.place(id_), slug))
            self.remember()

    def place(self, id_: UUID) -> Place:
        return next(place for place in self.places() if place.id == id_)

    def step(self, name: str, number: int) -> None:
        places = self.places()
        choices = list(getattr(self, f"_to_{name}", lambda places: places)(places))
        if choices:
            getattr(self, name)(choices[number % len(choices)])
        self.remember()

    def places(self) -> list[Place]:
        rows = db.session.scalars(select(Variant).order_by(Variant.id)).all()
        places = [
            Place(row.id, row.article_id, row.locale, row.version, row.revision, row.slug, row.live_slug)
            for row in rows
        ]
        end_reading()
        return places

    def remember(self) -> None:
        self.holders |= {f"/{place.locale}/{place.live_slug}": place.id for place in self.places() if place.live_slug}

    def live(self) -> set[tuple[str, str]]:
        return {(str(place.article), place.locale) for place in self.places() if place.live_slug}

    def addresses(self) -> dict[str, str | int]:
        """What a site answers at every path that was one once, and at those of drafts; no query hides a page.

        Only where a page was withdrawn does it answer with what an old path leads to.
        """
        places = self.places()
        live = {place.id: f"/{place.locale}/{place.live_slug}" for place in places if place.live_slug}
        shown = set(self.holders.values())
        led = {
            path: live.get(variant, GONE if variant in shown else NOWHERE)
            for path, variant in self.led.items()
            if path in self.redirects or path not in self.holders
        }
        answers: dict[str, str | int] = {}
        for path, holder in self.holders.items():
            answers[path] = live.get(holder) or led.get(path) or GONE
            asked = f"{path}?p=1"
            answers[asked] = live.get(holder) or led.get(asked) or led.get(path) or GONE
        answers = {path: GONE if answer == NOWHERE else answer for path, answer in answers.items()}
        for path, answer in led.items():
            answers.setdefault(path, answer)
        return {f"/{place.locale}/{place.slug}": NOWHERE for place in places} | answers

    def publish(self, place: Place) -> None:
        stages.publish_variant(SYSTEM, place.article, place.locale, version=place.version)

    def _to_unpublish(self, places: list[Place]) -> Iterator[Place]:
        return (place for place in places if place.live_slug)

    def unpublish(self, place: Place) -> None:
        stages.unpublish_variant(SYSTEM, place.article, place.locale, version=place.version)

    def _to_rename(self, places: list[Place]) -> Iterator[tuple[Place, str]]:
        return ((place, slug) for place in places for slug in SLUGS)

    def rename(self, choice: tuple[Place, str]) -> None:
        place, slug = choice
        changes = {"slug": slug, "lead": str(place.version)}
        try:
            variant = saving.change_variant(SYSTEM, place.article, place.locale, changes, version=place.version)
        except SlugTakenError:
            return
        stages.publish_variant(SYSTEM, place.article, place.locale, version=variant.version)

    def _to_hide(self, places: list[Place]) -> Iterator[tuple[Place, bool]]:
        return ((place, hidden) for place in places for hidden in (True, False))

    def hide(self, choice: tuple[Place, bool]) -> None:
        """Ask search engines to pass it over, or no longer."""
        place, hidden = choice
        seo = {"noindex": hidden}
        variant = saving.change_variant(SYSTEM, place.article, place.locale, {"seo": seo}, version=place.version)
        if variant.version > place.version:
            stages.publish_variant(SYSTEM, place.article, place.locale, version=variant.version)

    def _locales(self, places: list[Place]) -> dict[UUID, set[str]]:
        held: dict[UUID, set[str]] = {}
        for place in places:
            held.setdefault(place.article, set()).add(place.locale)
        return held

    def _to_translate(self, places: list[Place]) -> Iterator[tuple[Place, str]]:
        held = self._locales(places)
        return ((place, locale) for place in places for locale in LOCALES if locale not in held[place.article])

    def translate(self, choice: tuple[Place, str]) -> None:
        source, locale = choice
        based_on = {"locale": source.locale, "revision": source.revision}
        made = saving.create_variant(SYSTEM, source.article, locale, {"title": "Work", "based_on": based_on})
        stages.publish_variant(SYSTEM, source.article, locale, version=made.version)

    def _to_join(self, places: list[Place]) -> Iterator[tuple[UUID, UUID]]:
        held = self._locales(places)
        return ((one, two) for one in held for two in held if one != two and not held[one] & held[two])

    def join(self, choice: tuple[UUID, UUID]) -> None:
        linking.join_articles(SYSTEM, *choice, version=_group_version(choice[0]))

    def _to_split(self, places: list[Place]) -> Iterator[Place]:
        held = self._locales(places)
        return (place for place in places if len(held[place.article]) > 1)

    def split(self, place: Place) -> None:
        linking.split_article(SYSTEM, place.article, place.locale, version=_group_version(place.article))

    def _to_lead(self, places: list[Place]) -> Iterator[tuple[Place, str]]:
        for place in places:
            yield from ((place, f"/{place.locale}{old}") for old in OLD_PATHS * 2)
            yield from ((place, path) for path in ROOT_PATHS)
            yield from ((place, f"/{place.locale}{path}") for path in RESERVED[place.version % 2 :][:1])
            yield from ((place, f"/{locale}{OLD_PATHS[place.version % 4]}") for locale in LOCALES)

    def lead(self, choice: tuple[Place, str]) -> None:
        """Make an old path lead to a text; not where a page is, another edition is, or it leads already."""
        place, path = choice
        foreign = path[1:3] in LOCALES and path[1:3] != place.locale
        live = {each.id for each in self.places() if each.live_slug}
        held = self.holders.get(path.partition("?")[0]) in live
        taken = held or path in self.redirects or foreign or path.endswith(RESERVED)
        try:
            redirects.add_redirect(SYSTEM, place.locale, path, place.article)
        except ConflictError:
            assert taken, path
            return
        assert not taken, path
        self.led[path] = place.id
        self.redirects.add(path)

    def _to_forget(self, _places: list[Place]) -> Sequence[Redirect]:
        found = db.session.scalars(select(Redirect).order_by(Redirect.id)).all()
        db.session.expunge_all()
        end_reading()
        return found

    def forget(self, redirect: Redirect) -> None:
        redirects.remove_redirect(SYSTEM, redirect.id, version=redirect.version)
        self.redirects.remove(redirect.path)
        del self.led[redirect.path]

    def _to_purge(self, places: list[Place]) -> Iterator[Place]:
        return (place for place in places if not place.live_slug)

    def purge(self, place: Place) -> None:
        """Forget a text for good; its old paths are anybody's from now on."""
        trash.delete_variant(SYSTEM, place.article, place.locale, version=place.version)
        trash.purge_variant(place.id)
        self.redirects -= {path for path in self.redirects if self.led[path] == place.id}

    def rebuild(self, _place: Place) -> None:
        rebuild()


def _group_version(work: UUID) -> int:
    version = db.session.get_one(Article, work).version
    end_reading()
    return version

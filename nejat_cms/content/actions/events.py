"""What happens to content; `delivery` follows."""

from dataclasses import dataclass
from uuid import UUID

from nejat_cms.events import Event


@dataclass(frozen=True)
class VariantPublished(Event):
    """A revision of a variant became what readers see."""

    article_id: UUID
    locale: str


@dataclass(frozen=True)
class PublishedTogether(Event):
    """What was published of these articles in one go is to be shown in one go; `VariantPublished` told of each."""

    article_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class ReleasePublished(Event):
    """A release, or the part of it that is in these editions, became what readers see, all at once.

    `complete`: nothing of it is still to come. Of each of its variants there was a `VariantPublished` before, but of
    those that readers saw already.
    """

    release_id: UUID
    locales: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class VariantWithdrawn(Event):
    """A variant that readers saw is no longer to be seen."""

    article_id: UUID
    locale: str


@dataclass(frozen=True)
class VariantPurged(Event):
    """A variant is gone for good; what was made from it is an original now."""

    article_id: UUID


@dataclass(frozen=True)
class ArticlesJoined(Event):
    """The variants of one article now belong to another, whose id stands for both."""

    article_id: UUID
    joined_id: UUID


@dataclass(frozen=True)
class ArticleSplit(Event):
    """One variant became an article of its own."""

    article_id: UUID
    split_id: UUID
    locale: str


@dataclass(frozen=True)
class TermChanged(Event):
    """A section, tag or person was made, renamed, moved, or taken out of an edition."""

    term_id: UUID


@dataclass(frozen=True)
class TermDeleted(Event):
    """A section, tag or person is about to go."""

    term_id: UUID


@dataclass(frozen=True)
class RedirectAdded(Event):
    """A path that an edition's site had before leads to a variant, to a term's page, or to an address."""

    locale: str
    path: str
    target_id: UUID
    """Of the variant or the term; of the redirect itself where it leads to an address."""
    url: str | None = None


@dataclass(frozen=True)
class RedirectRemoved(Event):
    """A path that an edition's site had before leads nowhere again."""

    locale: str
    path: str


@dataclass(frozen=True)
class MenuChanged(Event):
    """A menu of an edition was made, written anew, or taken away."""

    locale: str
    name: str


@dataclass(frozen=True)
class FrontPageChanged(Event):
    """Other articles come first on an edition's front page."""

    locale: str

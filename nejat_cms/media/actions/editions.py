"""The picture that stands for an edition: the library knows who names it."""

from nejat_cms.editions.actions import EditionChanged, EditionDeleted
from nejat_cms.editions.queries import get_edition
from nejat_cms.editions.rules import edition_id
from nejat_cms.events import on
from nejat_cms.media.actions.uses import forget_user, name_assets
from nejat_cms.media.queries import require_pictures


@on(EditionChanged)
def name_share_image(event: EditionChanged) -> None:
    """Remember which picture an edition names.

    Raises: InvalidError where the library has no such picture.
    """
    edition = get_edition(event.locale)
    image = edition.share_image
    require_pictures({"/share_image": image} if image else {})
    name_assets(edition_id(edition.locale, edition.created_at), edition.locale, {image: False} if image else {})


@on(EditionDeleted)
def forget_share_image(event: EditionDeleted) -> None:
    """An edition that is no more names nothing."""
    forget_user(edition_id(event.locale, get_edition(event.locale).created_at))

"""Who shows what. Content says what a newest revision names, delivery what readers are shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from nejat_cms.db import atomic, db, utc_now
from nejat_cms.media.models import AssetUse


@atomic
def name_assets(user_id: UUID, locale: str, named: Mapping[UUID, bool]) -> None:
    """These assets are named by what was written last; the value: whether it describes them itself."""
    wanted: dict[tuple[UUID, UUID], Use] = {
        (asset_id, user_id): (locale, described, None) for asset_id, described in named.items()
    }
    _replace([user_id], False, wanted)


@dataclass(frozen=True)
class ShownFiles:
    """What one text shows to readers of its edition."""

    locale: str
    files: Mapping[UUID, UUID]
    """The file of each asset."""
    described: Collection[UUID] = ()
    """Those that the text describes itself."""


@atomic
def show_files(shown: Mapping[UUID, ShownFiles]) -> set[UUID]:
    """Each of these texts shows these files to readers, and no others; answers the assets of which that is new."""
    wanted = {
        (asset_id, user_id): (text.locale, asset_id in text.described, file_id)
        for user_id, text in shown.items()
        for asset_id, file_id in text.files.items()
    }
    return _replace(list(shown), True, wanted)


@atomic
def forget_user(user_id: UUID) -> None:
    """A text names nothing any more, for it is gone."""
    db.session.execute(delete(AssetUse).where(AssetUse.user_id == user_id))


Use = tuple[str, bool, UUID | None]


def _replace(user_ids: Collection[UUID], public: bool, wanted: Mapping[tuple[UUID, UUID], Use]) -> set[UUID]:
    query = select(AssetUse).where(AssetUse.user_id.in_(user_ids), AssetUse.public.is_(public))
    present = {(use.asset_id, use.user_id): use for use in db.session.scalars(query)}
    changed = set()
    for key in present.keys() - wanted.keys():
        db.session.delete(present[key])
        changed.add(key[0])
    for key, (locale, described, file_id) in wanted.items():
        use = present.get(key) or AssetUse(asset_id=key[0], user_id=key[1], public=public)
        if (use.locale, use.file_id) != (locale, file_id):
            changed.add(key[0])
            if use.file_id is not None:
                use.former_file_id, use.changed_at = use.file_id, utc_now()
        use.locale, use.described, use.file_id = locale, described, file_id
        db.session.add(use)
    db.session.flush()
    return changed

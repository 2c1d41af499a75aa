"""What happens to the library; whoever shows a file follows."""

from dataclasses import dataclass
from uuid import UUID

from nejat_cms.events import Event


@dataclass(frozen=True)
class AssetChanging(Event):
    """Somebody is about to change what is shown of an asset, in one edition or (None) in any; a handler may refuse."""

    asset_id: UUID
    locale: str | None
    publishes_in: tuple[str, ...] | None
    """Where she may publish; None: everywhere."""


@dataclass(frozen=True)
class AssetChanged(Event):
    """An asset looks different, or something else is said about it: in one edition, or (None) in any."""

    asset_id: UUID
    locale: str | None = None

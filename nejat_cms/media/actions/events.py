"""What happens to the library; whoever shows a file follows."""

from dataclasses import dataclass
from uuid import UUID

from nejat_cms.events import Event


@dataclass(frozen=True)
class AssetChanged(Event):
    """An asset looks different, or something else is said about it: in one edition, or (None) in any."""

    asset_id: UUID
    locale: str | None = None

"""The audit trail."""

from typing import Any
from uuid import UUID

from nejat_cms.accounts.models import AuditEntry
from nejat_cms.db import db
from nejat_cms.permissions import Actor


def record(
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: UUID | str | None,
    *,
    locale: str | None = None,
    **details: Any,
) -> None:
    """Write down who did what to what, in the transaction of the action itself.

    `details` are JSON values and never a secret: no password, token, or text of a draft.

    Raises: RuntimeError outside an action.
    """
    if not db.session().info.get("atomic"):
        raise RuntimeError("what is recorded must commit with what was done; call this inside an action")
    db.session.add(
        AuditEntry(
            actor_id=actor.user_id,
            actor_name=actor.name,
            token_id=actor.token_id,
            action=action,
            subject_type=subject_type,
            subject_id=None if subject_id is None else str(subject_id),
            locale=locale,
            details=details,
        )
    )

"""Changes to users, tokens and grants; and `record`, through which every feature adds to the audit trail.

A password is hashed before the transaction that needs it begins: a hash takes
longer than everything else here, and SQLite has one writer at a time. So `log_in`,
`change_password`, `set_password`, `create_user`, `take_on`, `accept_invitation` and
`reset_password` are each a hash between `@atomic` parts.
"""

from nejat_cms.accounts.actions.links import (
    accept_invitation,
    ask_reset,
    change_user,
    forget_old_links,
    invite_user,
    make_invitation,
    reset_password,
    take_on,
)
from nejat_cms.accounts.actions.passwords import change_password, set_password
from nejat_cms.accounts.actions.sessions import log_in, log_out, log_out_everywhere
from nejat_cms.accounts.actions.tokens import create_token, delete_token, forget_expired, replace_token
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.actions.users import create_user, set_grants, update_user

__all__ = [
    "accept_invitation",
    "ask_reset",
    "change_password",
    "change_user",
    "create_token",
    "create_user",
    "delete_token",
    "forget_expired",
    "forget_old_links",
    "invite_user",
    "log_in",
    "log_out",
    "log_out_everywhere",
    "make_invitation",
    "record",
    "replace_token",
    "reset_password",
    "set_grants",
    "set_password",
    "take_on",
    "update_user",
]

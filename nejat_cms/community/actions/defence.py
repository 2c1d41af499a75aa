"""Against floods and machines, without anybody else's help: forms, tallies, and what is held as spam."""

from datetime import timedelta

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, select

from nejat_cms.accounts.rules import email_key, mark, network_of
from nejat_cms.community import rules
from nejat_cms.community.models import BlockedWords, Comment, ContactMessage, SendTally, SpentForm
from nejat_cms.community.rules import Form, FormError, Limit
from nejat_cms.db import atomic, db, lock, utc_now
from nejat_cms.errors import InvalidError, Problem, TooManyAttemptsError, pointer
from nejat_cms.events import every
from nejat_cms.language.zones import microseconds

FORM_PROBLEMS = {
    "form_invalid": _("This form was not handed out here for this."),
    "form_too_fast": _("Please wait a few seconds before you send it."),
    "form_expired": _("This form is too old."),
}


def open_form(purpose: str) -> str:
    """A fresh form for one purpose."""
    return rules.new_form(current_app.config["SECRET_KEY"], purpose, utc_now())


def take_form(token: str, purpose: str) -> Form:
    """The form that a client sends back.

    Raises: InvalidError.
    """
    try:
        return rules.read_form(current_app.config["SECRET_KEY"], purpose, token, utc_now())
    except FormError as error:
        raise InvalidError(Problem(error.code, FORM_PROBLEMS[error.code], pointer("form"))) from error


def spend_form(form: Form) -> None:
    """Let a form be good for nothing from now on: whoever clicks twice sends once.

    Raises: InvalidError where it was sent already.
    """
    if db.session.get(SpentForm, form.nonce) is not None:
        raise InvalidError(Problem("form_used", _("This form was sent already."), pointer("form")))
    db.session.add(SpentForm(nonce=form.nonce, expires_at=form.expires_at))
    db.session.flush()  # the second of two writers waits here, on the primary key, and begins again


def count_sending(what: str, address: str | None, place: str, most_at_place: Limit) -> None:
    """Count something that is sent from an address to a place; what is refused afterwards is not counted.

    Raises: TooManyAttemptsError.
    """
    secret = current_app.config["SECRET_KEY"]
    counted = [
        (mark(secret, what, "address", network_of(address)), rules.PER_ADDRESS),
        (mark(secret, what, "place", place), most_at_place),
    ]
    now = utc_now()
    for key, limit in counted:  # in this order everywhere
        tally = lock(SendTally, key)
        if tally is None:
            tally = SendTally(mark=key, count=0, since=now)
            db.session.add(tally)
            db.session.flush()
        wait = limit.seconds_to_wait(tally.count, tally.since, now)
        if wait:
            raise TooManyAttemptsError(retry_after=wait)
        if limit.is_over(tally.since, now):
            tally.count, tally.since = 0, now
        tally.count += 1


def reasons_to_hold(locale: str, *texts: str) -> list[str]:
    """Why an edition holds as spam what somebody wrote; none for most."""
    blocked = db.session.get(BlockedWords, locale)
    return rules.reasons_to_hold(texts, blocked.words if blocked is not None else ())


def said_before(
    model: type[Comment] | type[ContactMessage], locale: str, text_key: str, email: str, *, by_anybody: bool = False
) -> bool:
    """Whether the same text came to the same edition within a day, from the same e-mail address or from any."""
    since = microseconds(utc_now() - rules.SAME_TEXT_WITHIN)
    same = exists().where(model.locale == locale, model.text_key == text_key, model.sent_us > since)
    if not by_anybody:
        same = same.where(model.email_key == email_key(email))
    return bool(db.session.scalar(select(same)))


@every(hours=1)
@atomic
def forget_what_is_over() -> None:
    """Remove forms that nobody could send any more, and tallies whose window is over."""
    now = utc_now()
    db.session.execute(delete(SpentForm).where(SpentForm.expires_at <= now))
    db.session.execute(delete(SendTally).where(SendTally.since <= now - rules.LONGEST_WINDOW - timedelta(minutes=1)))

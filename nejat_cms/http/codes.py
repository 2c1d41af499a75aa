"""What the codes mean that stand inside a problem: one for each field or parameter that is wrong.

The codes of whole problems are those of the `NejatError` classes.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from nejat_cms.errors import Message, NejatError
from nejat_cms.http.problems import STATUS

FIELD_CODES: Mapping[str, Message] = {
    "archived": _("The text is archived. Return it to its desk, or take it out of the release."),
    "broken_file": _("The file is damaged or incomplete, or it is not what it begins like."),
    "characters": _("The text contains characters that no text may have: NUL, half of a surrogate pair, or a control."),
    "duplicate_id": _("Two blocks of a body have the same id. Leave an id out, and the block gets one."),
    "empty": _("The text is empty, or holds nothing that a reader would see."),
    "idempotency_key_reused": _("The “Idempotency-Key” came with another request before. Take a fresh one."),
    "encrypted_file": _("The document opens with a password alone."),
    "form_expired": _("The form is more than a day old. Read it again, and send the new one."),
    "form_invalid": _("The form was altered, or it was handed out for something else. Read it again."),
    "form_too_fast": _("The form came back sooner than anybody can write. Wait a few seconds, then send it again."),
    "form_used": _("The form was sent already: what came with it has arrived. Read it again to send more."),
    "in_the_trash": _("The text lies in the trash. Restore it, or take it out of the release."),
    "in_the_future": _("The date that readers see must not lie in the future. Schedule the publication instead."),
    "in_the_past": _("What is planned must lie in the future."),
    "invalid": _("The value has the right type, but not a form that is understood here. “detail” says what is."),
    "invalid_cursor": _("A cursor is good for the query that it was made for, unaltered. Begin at the first page."),
    "invalid_idempotency_key": _("An “Idempotency-Key” has 1 to 255 visible ASCII characters."),
    "invalid_isbn": _("The check digit of the ISBN does not match its other digits, or there are too few or too many."),
    "invalid_link": _("The link was used, is too old, or was followed by another one. Ask for a new one."),
    "invalid_slug": _("A slug holds letters and digits of any script, joined by hyphens; some words are reserved."),
    "invalid_type": _("The value has another JSON type than the field takes: “3” is text, 3 is a number."),
    "invalid_url": _("The address is not an absolute http or https address, or it holds a user name or password."),
    "local_time_skipped": _("The clock of the edition skips the local time named, so it was moved forward by as much."),
    "no_text": _("A release waits for an edition in which it has no text."),
    "no_words": _("A search needs at least one word that must be there."),
    "not_approved": _("The text belongs to an edition that the release waits for, and is not approved."),
    "not_covered": _("A token can be given no more rights than its maker has."),
    "null": _("The field may be left out, but it must not be null."),
    "out_of_range": _("The number is too small or too large."),
    "repeated": _("The parameter may be given only once. A list is written with commas."),
    "required": _("The field must be there, and for a text there must be something in it."),
    "requires_year": _("A month selects nothing without its year."),
    "scheduled_alone": _("A time of publication is planned for the text by itself. Cancel that first."),
    "too_costly": _("Reading the file takes more memory or time than one may take."),
    "too_deep": _("Lists or objects are nested too deeply."),
    "too_long": _("The text is longer than the field takes; characters are counted after cleaning."),
    "too_many": _("There are more items than the list takes."),
    "too_many_pixels": _(
        "A picture may have 100 million pixels and 20,000 a side, a moving one 300 frames, counted together."
    ),
    "too_short": _("The text is shorter than it has to be."),
    "unknown_article": _("There is no such article, or you may not read it."),
    "unknown_asset": _("The media library has no such file."),
    "unknown_embed": _("The video is not at an address of a provider whose videos are shown here."),
    "unknown_field": _("There is no field of this name here. Nothing is ignored silently."),
    "unknown_locale": _("The text is not a language tag known to CLDR, or there is no edition in this language."),
    "unknown_parameter": _("There is no query parameter of this name here. Nothing is ignored silently."),
    "unknown_comment": _("There is no such comment under this text that could be answered."),
    "unknown_parent": _("There is no section of this id to put this one under."),
    "unknown_section": _("The section does not exist, or has no name in this edition."),
    "unknown_since": _("The position in the change feed was not issued by this server. Begin again without “since”."),
    "unknown_source": _("There is no such revision, or you may not read it."),
    "unknown_type": _("There is no block of this type."),
    "unknown_text": _("There is no such text, or you may not know of it."),
    "wrong_password": _("That is not the current password."),
}


def error_codes() -> dict[str, type[NejatError]]:
    """The error behind each code of a whole problem."""
    return {error.code: error for error in sorted(STATUS, key=lambda error: (STATUS[error], error.code))}

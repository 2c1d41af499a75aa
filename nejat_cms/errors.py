"""What can go wrong, in the domain's words.

Knows no HTTP: `http.py` holds the one table from these classes to statuses.

    NejatError            code, title, explanation, detail, extra
    ├── InvalidError      problems: one `Problem` a field or parameter
    ├── NotFoundError …   the rest carry only their words

`code` is stable and part of the contract. `title`, `explanation` and every
`detail` are lazy gettext messages with named placeholders, so that they are
put into the reader's language only when they are rendered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext

Message = Any  # a lazy gettext message (`flask_babel.LazyString`), or text that needs no translation


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one field or one query parameter.

    `pointer` is a JSON Pointer (RFC 6901) into the body, `parameter` the name of
    a query parameter; exactly one of the two is given.
    """

    code: str
    detail: Message
    pointer: str | None = None
    parameter: str | None = None

    def below(self, prefix: str) -> "Problem":
        """The same problem, seen from a document that holds this one at `prefix`."""
        return Problem(self.code, self.detail, f"{prefix}{self.pointer or ''}", self.parameter)


def pointer(*steps: str | int) -> str:
    """A JSON Pointer (RFC 6901) from its steps: `pointer("body", 3)` is `/body/3`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def at_most_characters(limit: int) -> Message:
    """Words for a text that is too long."""
    return lazy_ngettext("At most %(num)s character.", "At most %(num)s characters.", limit)


def at_most_items(limit: int) -> Message:
    """Words for a list that is too long."""
    return lazy_ngettext("At most %(num)s item.", "At most %(num)s items.", limit)


def at_most_words(limit: int) -> Message:
    """Words for a search for too much."""
    return lazy_ngettext("At most %(num)s word.", "At most %(num)s words.", limit)


def at_most_levels(limit: int) -> Message:
    """Words for something that is nested too deep."""
    return lazy_ngettext("At most %(num)s level.", "At most %(num)s levels.", limit)


class NejatError(Exception):
    """Root of everything a client may be told."""

    code: ClassVar[str]
    title: ClassVar[Message]
    explanation: ClassVar[Message]

    def __init__(self, detail: Message | None = None, **extra: Any) -> None:
        super().__init__(self.code)
        self.detail: Message = self.explanation if detail is None else detail
        self.extra = extra


class InvalidError(NejatError):
    code = "invalid"
    title = _("The request is not valid")
    explanation = _("One or more fields or parameters are missing, unknown or out of range. Each is named in “errors”.")

    def __init__(self, problems: Problem | Iterable[Problem], detail: Message | None = None) -> None:
        super().__init__(detail)
        self.problems: Sequence[Problem] = [problems] if isinstance(problems, Problem) else list(problems)


class MalformedError(NejatError):
    code = "malformed"
    title = _("The request cannot be read")
    explanation = _("The body is not well-formed JSON in UTF-8, or the address is not well-formed.")


class UnauthorizedError(NejatError):
    code = "unauthorized"
    title = _("You are not signed in")
    explanation = _("This address needs a valid token in the “Authorization: Bearer …” header.")


class CredentialsError(UnauthorizedError):
    code = "bad_credentials"
    title = _("E-mail or password is wrong")
    explanation = _("No active account matches this e-mail address and password.")


class ForbiddenError(NejatError):
    code = "forbidden"
    title = _("You may not do this")
    explanation = _("You may read this, but none of your roles allows this change.")


class NotFoundError(NejatError):
    code = "not_found"
    title = _("Not found")
    explanation = _("There is nothing at this address, or nothing that you may know of.")


class MethodNotAllowedError(NejatError):
    code = "method_not_allowed"
    title = _("This method is not allowed here")
    explanation = _("The “Allow” header lists the methods that this address answers to.")


class NotAcceptableError(NejatError):
    code = "not_acceptable"
    title = _("No acceptable form of the answer")
    explanation = _("This address answers in JSON, which the “Accept” header rules out.")


class ConflictError(NejatError):
    code = "conflict"
    title = _("This clashes with what is there")
    explanation = _("The change contradicts the present state. Read it again, then decide.")


class SlugTakenError(ConflictError):
    code = "slug_taken"
    title = _("This slug is taken")
    explanation = _("Another text of this edition has, had or reserves this slug, or one that looks the same.")


class InvalidTransitionError(ConflictError):
    code = "invalid_transition"
    title = _("This step is not possible now")
    explanation = _("The present stage of the text does not allow this step.")


class CommentsClosedError(ConflictError):
    code = "comments_closed"
    title = _("Comments are closed")
    explanation = _("No comment can be sent here: this edition takes none, or the text was published too long ago.")


class AssetInUseError(ConflictError):
    code = "asset_in_use"
    title = _("This file is in use")
    explanation = _("Texts show it, or would. Take it out of them first; “uses” leads to where it is used.")


class MailOffError(ConflictError):
    code = "mail_off"
    title = _("This house sends no mail")
    explanation = _("No mail server has been named to this house. Its operator can give out links and passwords.")


class ReleaseBlockedError(ConflictError):
    """A release that cannot go out; `problems`: one for each text in its way."""

    code = "release_blocked"
    title = _("The release cannot go out as it is")
    explanation = _("Some of its texts cannot be published with it. Each is named in “errors”.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems: Sequence[Problem] = list(problems)


class ReleaseGatedError(ReleaseBlockedError):
    code = "release_gated"
    title = _("The release still waits")
    explanation = _("Texts of editions that it waits for are not approved. Each is named in “errors”.")


class GoneError(NejatError):
    code = "gone"
    title = _("Withdrawn")
    explanation = _("What was published at this address has been withdrawn.")


class StaleVersionError(NejatError):
    code = "stale_version"
    title = _("Somebody changed this in the meantime")
    explanation = _("“If-Match” does not name the present version. Read it again, then repeat the change.")


class RangeError(NejatError):
    code = "range_not_satisfiable"
    title = _("There is no such part of it")
    explanation = _("The “Range” header asks for bytes beyond the end. “Content-Range” says how many there are.")


class PreconditionRequiredError(NejatError):
    code = "precondition_required"
    title = _("The request does not say which version you saw")
    explanation = _(
        "Send the “ETag” you last read as “If-Match”, so that nobody's work is overwritten; "
        "to create, send “If-None-Match: *”."
    )


class TooLargeError(NejatError):
    code = "too_large"
    title = _("The request is too large")
    explanation = _(
        "A request may have at most 4 MB, one to sign in at most 16 KB, a file as much as the operator allows."
    )


class UploadProtocolError(NejatError):
    code = "upload_protocol"
    title = _("This version of the upload protocol is not spoken here")
    explanation = _("Uploads in parts follow tus 1.0.0: send “Tus-Resumable: 1.0.0” with each request.")


class UnsupportedMediaTypeError(NejatError):
    code = "unsupported_media_type"
    title = _("This type of body is not read here")
    explanation = _("Send the body as “application/json”.")


class UnsupportedFileError(NejatError):
    code = "unsupported_file"
    title = _("Files of this type are not taken")
    explanation = _(
        "Pictures are taken as JPEG, PNG, WebP, GIF or AVIF, documents as PDF, recordings as MP3, M4A, Ogg, FLAC or "
        "WAV, films as MP4. What counts is what is in the file, not its name."
    )


class InvalidFileError(InvalidError):
    code = "invalid_file"
    title = _("The file is no good")
    explanation = _("The file is of a type that is taken, but it cannot be used. “errors” says why.")


class TooManyAttemptsError(NejatError):
    code = "too_many_attempts"
    title = _("Too many attempts")
    explanation = _("Wait for as long as the “Retry-After” header says, then try again.")


class UnavailableError(NejatError):
    code = "unavailable"
    title = _("Not available at the moment")
    explanation = _("The database cannot be reached. Try again shortly.")


class InternalError(NejatError):
    code = "internal_error"
    title = _("Something went wrong on our side")
    explanation = _("The fault has been logged under the request id given here.")

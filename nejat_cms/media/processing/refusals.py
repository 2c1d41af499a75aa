"""Why a file is refused, in words for whoever sent it."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from nejat_cms.errors import InvalidFileError, NejatError, Problem, UnavailableError, UnsupportedFileError

PLACE = "/file"
PROBLEMS: Mapping[str, Problem] = {
    problem.code: problem
    for problem in (
        Problem("broken_file", _("The file is damaged or incomplete, or it is not what it begins like."), PLACE),
        Problem("encrypted_file", _("The document opens with a password alone."), PLACE),
        Problem("too_costly", _("Reading the file takes more memory or time than one may take."), PLACE),
        Problem(
            "too_many_pixels",
            _("A picture may have 100 million pixels and 20,000 a side, a moving one 300 frames, counted together."),
            PLACE,
        ),
    )
}


def refusal(code: str) -> NejatError:
    """The error for what the child says."""
    if code == "unsupported":
        return UnsupportedFileError()
    if code == "no_space":
        return UnavailableError(_("There is no space left to work on the file. Try again later."))
    return InvalidFileError(PROBLEMS[code])


def busy() -> NejatError:
    """The error for whoever has waited too long."""
    return UnavailableError(_("Many files are being worked on at the moment. Try again shortly."))

"""Settings: one frozen value, read once from the environment, every problem reported at once.

Each field is one setting. Its metadata holds the help line that `nejat doctor`
and `docs/operations.md` show; the environment name is `NEJAT_` and the field's
name in capitals. Nothing else in the package reads `os.environ`.
"""

import contextlib
import difflib
import os
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PREFIX = "NEJAT_"
KEPT_ADDRESS = "base_url"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*/?")


class SettingsError(Exception):
    """The environment does not describe a house that can run; `problems` says why, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _text(value: str) -> str:
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _choice(*names: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return parse


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("must be at least 32 characters; leave it unset to have one made and kept in the data dir")
    return value


def _header(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+: *[!-~][ -~]*", value):
        raise ValueError("must be a name and a value, like `Authorization: Bearer …`")
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must be an absolute http or https address without query or fragment")
    return value.rstrip("/")


def _smtp(value: str) -> str:
    """The address of a mail server. A password never travels unencrypted, but on this very machine."""
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    _ = parts.port  # raises ValueError where it is no number
    options = parse_qsl(parts.query, keep_blank_values=True)
    if options not in ([], [("starttls", "required")], [("starttls", "never")]) or (options and parts.scheme != "smtp"):
        raise ValueError("may say starttls=required or starttls=never, after smtp:// alone")
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.username and options == [("starttls", "never")] and not here:
        raise ValueError("a password would travel unencrypted: leave out starttls=never")
    return value


def _mailbox(value: str) -> str:
    from nejat_cms.language.addresses import mail_route  # noqa: PLC0415 - loads ICU, for which no help text waits

    found = getaddresses([value])
    address = found[0][1] if len(found) == 1 else ""
    try:
        name, _ = mail_route(address)
    except ValueError:
        name = ""
    if not re.fullmatch(r"[!#-'*+/-9=?A-Z^-~.-]+", name) or not value.isprintable():
        raise ValueError("must be an address, or a name and an address: Newsroom <news@example.org>")
    return value


def _database(value: str) -> str:
    """SQLAlchemy's spelling of the address, with the driver this package ships."""
    scheme, separator, rest = value.partition("://")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg") and separator:
        _ = urlsplit(f"postgresql://{rest}").port  # raises ValueError where the port is no number
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        return value
    raise ValueError("must begin with postgresql:// or be sqlite:///path")


def _store(value: str) -> str:
    """The address of a folder or a bucket. Nothing secret is ever part of it."""
    parts = urlsplit(value)
    if parts.scheme == "file" and not (parts.netloc or parts.query or parts.fragment) and parts.path.strip("/"):
        return value
    if parts.scheme != "s3" or not BUCKET.fullmatch(parts.netloc + parts.path) or parts.fragment:
        raise ValueError("must be file:///path or s3://bucket/prefix")
    said = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(said)
    if len(said) != len(options) or not options.keys() <= {"endpoint", "region", "allow_http"}:
        raise ValueError("may say endpoint, region and allow_http, each once")
    if not re.fullmatch(r"[a-z0-9-]+", options.get("region", "none")) or options.get("allow_http", "true") != "true":
        raise ValueError("region must be a name like eu-central-1, and allow_http true or not there")
    if _web_address(options.get("endpoint", "https://any")).startswith("http:") and "allow_http" not in options:
        raise ValueError("endpoint is without TLS: say allow_http=true where that is meant")
    return value


def _setting(parse: Callable[[str], Any], meaning: str, **default: Any) -> Any:
    return field(metadata={"parse": parse, "help": meaning}, **default)


@dataclass(frozen=True)
class Settings:
    """Everything an operator can say; immutable once made."""

    data_dir: Path = _setting(Path, "Folder for the embedded database and the secret key.", default=Path("var"))
    database_url: str = _setting(
        _database,
        "Where content lives: postgresql://… or sqlite:///path. Default: SQLite in the data dir.",
        default="",
    )
    database_read_url: str = _setting(
        _database, "A read replica that answers public reads. Default: the database itself.", default=""
    )
    storage_url: str = _setting(
        _store,
        "Where files are kept: file:///path or s3://bucket/prefix. Default: the folder media in the data dir.",
        default="",
    )
    secret_key: str = _setting(
        _secret, "Signs cursors and keys digests. Default: made once and kept in the data dir.", default="", repr=False
    )
    base_url: str = _setting(
        _web_address,
        "This API's own public address. Default: where the server of this data dir listens, or did last.",
        default="",
    )
    trusted_proxies: int = _setting(_whole(0, 10), "How many proxies in front append to X-Forwarded-For.", default=0)
    cache_mb: int = _setting(
        _whole(0, 65_536), "Megabytes of public answers that each web worker keeps in memory. 0: none.", default=64
    )
    upload_mb: int = _setting(
        _whole(1, 100_000), "Megabytes that a file of the media library may have at most.", default=200
    )
    allow_svg: str = _setting(
        _choice("no", "yes"), "yes: SVG is taken into the media library, cleaned of all that acts.", default="no"
    )
    purge_url: str = _setting(
        _web_address, "Where a shared cache is told (POST) which tags to drop. Default: none is told.", default=""
    )
    purge_header: str = _setting(
        _header, "A header, like `Fastly-Key: …`, by which that cache knows who tells it.", default="", repr=False
    )
    smtp_url: str = _setting(
        _smtp,
        "The server that takes mail: smtp://user:password@host:port or smtps://…. Default: no mail is sent.",
        default="",
        repr=False,
    )
    mail_from: str = _setting(
        _mailbox, "Whom mail comes from: Newsroom <news@example.org>. Said together with NEJAT_SMTP_URL.", default=""
    )
    newsroom_url: str = _setting(
        _web_address, "Where the newsroom's own site is, to which mail leads. Default: NEJAT_BASE_URL.", default=""
    )
    log_format: str = _setting(
        _choice("auto", "json", "text"), "json, text, or auto: text on a terminal, else json.", default="auto"
    )
    log_level: str = _setting(
        _choice("debug", "info", "warning", "error"),
        "The least severe log line that is written.",
        default="info",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> "Settings":
        """Read the settings of this process; an empty variable counts as unset.

        `overrides` are values a command was given; they win over the environment.

        Raises: SettingsError, naming every unknown, malformed or unusable setting.
        """
        environ = os.environ if environ is None else environ
        known = {PREFIX + item.name.upper(): item for item in fields(cls)}
        problems = [
            f"{name}: no such setting{_nearest(name, known)}"
            for name in sorted(environ)
            if name.startswith(PREFIX) and name not in known
        ]
        values: dict[str, Any] = {}
        for name, item in known.items():
            if not environ.get(name):
                continue
            try:
                values[item.name] = item.metadata["parse"](environ[name])
            except ValueError as problem:
                problems.append(f"{name}: {problem}")
        if bool(environ.get(f"{PREFIX}SMTP_URL")) != bool(environ.get(f"{PREFIX}MAIL_FROM")):
            problems.append(f"{PREFIX}SMTP_URL: mail needs this and {PREFIX}MAIL_FROM, or neither")
        if problems:
            raise SettingsError(problems)
        return cls(**{**values, **overrides}).completed()

    def completed(self) -> "Settings":
        """The same settings with what depends on the data dir filled in: database address and secret key."""
        data_dir = self.data_dir.resolve()
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            secret_key = self.secret_key or _kept_secret(data_dir / "secret_key")
            database_url = self.database_url or f"sqlite:///{_private_file(data_dir / 'nejat.sqlite3')}"
        except OSError as problem:
            raise SettingsError([f"{PREFIX}DATA_DIR: {data_dir} cannot be used: {problem.strerror}"]) from problem
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return Settings(
            **values
            | {
                "data_dir": data_dir,
                "database_url": database_url,
                "storage_url": self.storage_url or (data_dir / "media").as_uri(),
                "secret_key": secret_key,
                "base_url": self.base_url or _kept_address(data_dir) or "http://127.0.0.1:8000",
            }
        )

    def listening_at(self, address: str) -> "Settings":
        """The same settings for a server at this address, which is its public one unless another was set.

        It is kept in the data dir for the commands that run beside the server.
        """
        if f"{PREFIX}BASE_URL" in self.said():
            return self
        draft = self.data_dir / f"{KEPT_ADDRESS}.{secrets.token_hex(8)}"
        draft.write_text(address)
        draft.replace(self.data_dir / KEPT_ADDRESS)
        return replace(self, base_url=address)

    @property
    def superseded(self) -> bool:
        """Whether a server was started after this process and listens elsewhere: addresses are its to write now."""
        return f"{PREFIX}BASE_URL" not in self.said() and _kept_address(self.data_dir) not in (None, self.base_url)

    @staticmethod
    def said() -> frozenset[str]:
        """The environment names that this process was given a value for."""
        return frozenset(name for name, value in os.environ.items() if name.startswith(PREFIX) and value)

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """The environment names of what must not be shown."""
        return frozenset(PREFIX + item.name.upper() for item in fields(cls) if not item.repr)

    @classmethod
    def described(cls) -> list[tuple[str, str, str]]:
        """Every setting as (environment name, default, help), in order."""
        return [
            (
                PREFIX + item.name.upper(),
                "" if item.default is MISSING else str(item.default),
                str(item.metadata["help"]),
            )
            for item in fields(cls)
        ]


def _nearest(name: str, known: Collection[str]) -> str:
    """What was probably meant, or else everything there is."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; is {near[0]} meant?" if near else f"; there are {', '.join(known)}"


def _private_file(path: Path) -> Path:
    """The path of a database file that nobody else on the machine may read; an empty one is made if there is none."""
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path


def _kept_address(data_dir: Path) -> str | None:
    path = data_dir / KEPT_ADDRESS
    return path.read_text() if path.exists() else None


def _kept_secret(path: Path) -> str:
    """The data dir's own secret: made by whichever process comes first, then the same for all.

    It is written whole under a name of its own and linked into place, so that
    nobody ever reads half a key and the first of two writers wins.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()

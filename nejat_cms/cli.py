# ruff: noqa: PLC0415  each command imports what it needs, so that `nejat --help` answers at once
"""The `nejat` command. Heavy imports wait until a command needs them."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from nejat_cms.settings import PREFIX, Settings, SettingsError

if TYPE_CHECKING:
    from nejat_cms.permissions import Grant

DEMO_ADMIN = "admin@nejat.example"
RUN_TOKEN = "make run"  # noqa: S105  a name, not a secret


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nejat-cms")
def cli() -> None:
    """Nejat CMS: one newsroom, several linked language editions, read as JSON."""


def main() -> None:
    """Run the command; what the user can mend is told in one line, without a traceback."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    except Exception as error:
        words = _plain_words(error)
        if words is None:
            raise
        click.echo(words, err=True)
        sys.exit(1)


def _plain_words(error: Exception) -> str | None:
    """What to tell the user of an error that she can do something about; None for a fault of ours."""
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    from nejat_cms.db import is_outage
    from nejat_cms.errors import InvalidError, NejatError
    from nejat_cms.processes import PortInUseError

    if isinstance(error, InvalidError):
        return "; ".join(str(problem.detail) for problem in error.problems)
    if isinstance(error, NejatError):
        return str(error.detail)
    if isinstance(error, PortInUseError | OSError | CommandError):
        return str(error)
    if is_outage(error) or isinstance(error, DBAPIError):
        return f"the database cannot be reached or used: {str(error).splitlines()[0]}"
    return None


@contextmanager
def _house(*, schema_needed: bool = True) -> Iterator[Any]:
    """An application context over the configured house."""
    from nejat_cms import create_app

    settings = Settings.from_env()
    if schema_needed:
        _require_present_schema(settings)
    app = create_app(settings)
    with app.test_request_context():
        yield app


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# Schema ---------------------------------------------------------------------------------------


@cli.group("db")
def database() -> None:
    """The database's schema."""


@database.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema forward to REVISION (default: the newest)."""
    from nejat_cms import migrate

    migrate.upgrade(Settings.from_env().database_url, revision)


@database.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to REVISION; `base` removes everything."""
    from nejat_cms import migrate

    migrate.downgrade(Settings.from_env().database_url, revision)


@database.command(hidden=True)
def check() -> None:
    """Whether the schema is the one that this version needs."""
    _require_present_schema(Settings.from_env())


# Content --------------------------------------------------------------------------------------


@cli.command()
def demo() -> None:
    """Fill an empty house with four editions of an invented town's paper."""
    with _house():
        from nejat_cms.transfer.actions import house_is_empty

        if not house_is_empty():
            raise click.ClickException("there are editions already; the demo goes into an empty house")
        click.echo(f"{_load_demo()} works in four editions")


def _load_demo() -> int:
    from nejat_cms.transfer.actions import load_demo

    with _progress("Loading the demo") as progress:
        return load_demo(progress)


@cli.command()
def rebuild() -> None:
    """Make every public table anew from what is published; readers go on reading."""
    with _house():
        from nejat_cms.delivery.actions.editions import rebuild as rebuild_documents

        with _progress("Rebuilding") as progress:
            click.echo(f"{rebuild_documents(progress)} articles")


@cli.command()
def adopt() -> None:
    """Mark the store of files as this house's: what this database does not know is removed from it."""
    with _house():
        from nejat_cms.media.actions.owning import adopt_store
        from nejat_cms.storage import storage

        adopt_store()
        click.echo(f"{storage()} is this house's")


# People ---------------------------------------------------------------------------------------


LOCALES = ("en", "ar", "fa", "sq")


@cli.group()
def user() -> None:
    """The people who work here."""


def _grant(text: str) -> "Grant":
    from nejat_cms.accounts.rules import read_grant
    from nejat_cms.language.tags import UnknownLocaleError
    from nejat_cms.permissions import Role

    name, _, locale = text.partition(":")
    try:
        return read_grant(text)
    except UnknownLocaleError as error:
        raise click.BadParameter(f"“{locale}” is no language tag", param_hint="--role") from error
    except ValueError as error:
        raise click.BadParameter(f"“{name}” is none of {', '.join(Role)}", param_hint="--role") from error


@user.command("create")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, metavar="ROLE[:LOCALE]", help="May be repeated.")
@click.option("--name", default=None, help="Default: the part of the address before the @.")
@click.option(
    "--locale", default="en", show_default=True, type=click.Choice(LOCALES), help="In which she is written to."
)
@click.option("--token", "with_token", is_flag=True, help="Print an API token with all her rights, good for 90 days.")
def create_user(email: str, roles: tuple[str, ...], name: str | None, locale: str, with_token: bool) -> None:
    """Let somebody work here. `nejat user password` gives her a password."""
    grants = [_grant(role) for role in roles]
    with _house():
        from nejat_cms.accounts import actions
        from nejat_cms.permissions import SYSTEM

        shown = name or email.partition("@")[0]
        made = actions.create_user(SYSTEM, email=email, name=shown, locale=locale, grants=grants)
        if with_token:
            token, _ = actions.replace_token(SYSTEM, made.id, "nejat user create", lifetime=timedelta(days=90))
            click.echo(f"{made.email} may work here now; token: {token}")
        else:
            click.echo(f"{made.email} may work here now; give her a password: nejat user password {made.email}")


@user.command("password")
@click.argument("email")
def set_password(email: str) -> None:
    """Set a password, asked for on a terminal or read from standard input."""
    if sys.stdin.isatty():
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    with _house():
        from nejat_cms.accounts import actions, queries
        from nejat_cms.db import end_reading
        from nejat_cms.permissions import SYSTEM

        found = queries.find_user(email)
        end_reading()
        if found is None:
            raise click.ClickException(f"nobody here has the address {email}")
        actions.set_password(SYSTEM, found.id, password)
        click.echo("the password is set; she is signed out everywhere")


@user.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """Print a link with which a user who has no password chooses one; where there is no mail to send it."""
    with _house():
        from nejat_cms.accounts import actions, queries
        from nejat_cms.permissions import SYSTEM

        found = queries.find_user(email)
        if found is None:
            raise click.ClickException(f"nobody here has the address {email}")
        click.echo(actions.make_invitation(SYSTEM, found.id))


# Serving --------------------------------------------------------------------------------------

ADDRESS = (
    click.option("--host", default="127.0.0.1", show_default=True),
    click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535)),
)


def _addressed(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(ADDRESS):
        command = option(command)
    return command


def _settings_for(host: str, port: int) -> Settings:
    """The settings of a server: unless told otherwise, its public address is where it listens."""
    from nejat_cms import processes

    processes.refuse_used_port(host, port)
    shown = f"[{host}]" if ":" in host else host
    return Settings.from_env().listening_at(f"http://{shown}:{port}")


@cli.command()
@_addressed
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--no-worker", is_flag=True, help="Leave scheduled and background work to `nejat worker` elsewhere.")
def serve(host: str, port: int, workers: int, no_worker: bool) -> None:
    """Answer requests, and do the background work."""
    from nejat_cms import processes

    settings = _settings_for(host, port)
    _apart("db", "check")

    def ready() -> None:
        click.echo(f"serving on {host}, port {port}; Ctrl-C stops it", err=True)

    sys.exit(processes.serve(settings, host=host, port=port, workers=workers, with_worker=not no_worker, ready=ready))


def _apart(*words: str) -> str:
    """Run another command of `nejat` to its end, and answer what it printed.

    What it imports a supervisor would keep in memory for as long as it runs.
    """
    done = subprocess.run(  # noqa: S603  our own interpreter and our own words
        [sys.executable, "-m", "nejat_cms", *words], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.strip()


def _require_present_schema(settings: Settings) -> None:
    from nejat_cms import migrate

    current, newest = migrate.standing(settings.database_url)
    if current != newest:
        raise click.ClickException(f"the database is at revision {current}, not {newest}: run `nejat db upgrade`")


@cli.command()
@click.option("--retry-parked", is_flag=True, help="First give tasks that failed ten times another ten tries.")
def worker(retry_parked: bool) -> None:
    """Do scheduled and background work until stopped."""
    with _house() as app:
        from nejat_cms.events import unpark

        if retry_parked:
            click.echo(f"{unpark()} tasks will be tried again")
    from nejat_cms.worker import work

    work(app)


@cli.command()
@_addressed
def run(host: str, port: int) -> None:
    """Everything for a first look: schema, demo if the house is empty, a token, and the server."""
    from nejat_cms import processes

    settings = _settings_for(host, port)
    greet = partial(_greet, settings.base_url, host, port, _apart("prepare"))
    sys.exit(processes.serve(settings, host=host, port=port, ready=greet))


@cli.command(hidden=True)
def prepare() -> None:
    """Make everything ready that `nejat run` serves, and print a token."""
    from nejat_cms import create_app, migrate

    settings = Settings.from_env()
    migrate.upgrade(settings.database_url)
    with create_app(settings).test_request_context():
        from nejat_cms.transfer.actions import house_is_empty

        if house_is_empty():
            click.echo("loading the demo …", err=True)
            _load_demo()
        click.echo(_run_token())


def _run_token() -> str:
    """The first look's own administrator and token, replaced each time, good for a week."""
    from nejat_cms.accounts import actions, queries
    from nejat_cms.db import end_reading
    from nejat_cms.permissions import SYSTEM, Grant, Role

    admin = queries.find_user(DEMO_ADMIN)
    end_reading()
    if admin is None:
        admin = actions.create_user(SYSTEM, email=DEMO_ADMIN, name="Admin", grants=[Grant(Role.ADMIN)])
    token, _ = actions.replace_token(SYSTEM, admin.id, RUN_TOKEN, lifetime=timedelta(days=7))
    return token


def _greet(base_url: str, host: str, port: int, token: str) -> None:
    click.echo(
        f"""
Nejat CMS is running on {host}, port {port}. Stop it with Ctrl-C.

  editions   {base_url}/v1/editions
  articles   {base_url}/v1/fa/articles
  reference  {base_url}/docs

  admin token, good for 7 days (Authorization: Bearer …):
  {token}
"""
    )


# Looking after it -----------------------------------------------------------------------------


@cli.command()
def doctor() -> None:
    """Say what is wrong with settings, database, storage, migrations and catalogs, and what to do."""
    settings = Settings.from_env()
    click.echo("settings")
    for name, default, meaning in Settings.described():
        value = getattr(settings, name.removeprefix(PREFIX).lower())
        shown = "(kept secret)" if value and name in Settings.secrets() else re.sub(r"//[^/@]*@", "//…@", str(value))
        origin = "set" if name in Settings.said() else "default" if default or not value else "worked out"
        shown = shown or "nothing"
        click.echo(f"  {name} = {shown} ({origin}) – {meaning}")
    with _house(schema_needed=False):
        from nejat_cms.health import examine

        findings = examine(asking_others=True)
    for finding in findings:
        click.echo(f"{'ok   ' if finding.fine else 'WRONG'} {finding.name}: {finding.words}")
    if not all(finding.fine for finding in findings):
        sys.exit(1)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    with _house(schema_needed=False) as app:
        import orjson

        from nejat_cms.http.openapi import document

        click.echo(orjson.dumps(document(app), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())

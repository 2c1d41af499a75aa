"""The `nejat` command: what an operator types, what she is told, and with which exit status."""

import io
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from nejat_cms import cli
from nejat_cms.accounts.models import Token
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.models import Document
from nejat_cms.migrate import SCRIPTS
from nejat_cms.settings import Settings
from tests.factories import database_digest, headers, said
from tests.invariants import broken_invariants
from tests.newsroom import desk_for, open_house
from tests.servers import (
    Client,
    alive,
    environment,
    eventually,
    free_port,
    house_over,
    nejat,
    serving,
    settings_in,
    shell,
)

PASSWORD = "correct horse battery staple"


@dataclass
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, over SQLite in a folder of the test's own."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)

    def serves(*_: object, **__: object) -> None:
        raise AssertionError("it began to serve")

    monkeypatch.setattr("nejat_cms.processes._Supervisor.run", serves)
    monkeypatch.setattr("nejat_cms.worker.work", serves)

    def run(*words: str, typed: str = "") -> Outcome:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["nejat", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        said = capfd.readouterr()
        return Outcome(status, said.out, said.err)

    return run


@pytest.fixture
def house_made_by(run: Run, tmp_path: Path) -> Iterator[Flask]:
    assert run("db", "upgrade").status == 0
    with house_over(tmp_path) as app:
        yield app


def one_line(outcome: Outcome, *words: str, status: int = 1) -> None:
    """It failed as an operator can bear it: one line on stderr, nothing on stdout, no traceback."""
    assert outcome.status == status, outcome
    assert outcome.out == ""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    for word in words:
        assert word in lines[0]


# The words themselves -------------------------------------------------------------------------


def test_help_needs_nothing_heavy() -> None:
    code = """
import sys
from nejat_cms.cli import main
sys.argv = ["nejat", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
heavy = {"sqlalchemy", "icu", "flask", "flask_babel", "alembic", "granian", "marshmallow", "psycopg", "rich", "nh3"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("db", "demo", "serve", "worker", "user", "rebuild", "adopt", "doctor"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE)


def test_the_installed_command_is_the_same() -> None:
    command = Path(sys.executable).with_name("nejat")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("unheard-of",),
        ("serve", "--port", "http"),
        ("serve", "--port", "0"),
        ("serve", "--workers", "0"),
        ("user", "create"),
        ("user", "create", "a@example.org"),
        ("user", "create", "a@example.org", "--role", "king"),
        ("user", "create", "a@example.org", "--role", "admin", "--locale", "de"),
        ("user", "create", "a@example.org", "--role", "editor:klingon-language"),
        ("db", "downgrade"),
        ("demo", "--more"),
    ],
)
def test_wrong_words_are_told_with_status_2(run: Run, words: tuple[str, ...]) -> None:
    outcome = run(*words)
    assert outcome.status == 2, outcome
    assert outcome.out == ""
    assert "Error" in outcome.err
    assert "Traceback" not in outcome.err


def test_every_wrong_setting_is_told_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEJAT_DATABASE_URL", "mysql://somewhere")
    monkeypatch.setenv("NEJAT_SECRET_KEY", "short")
    monkeypatch.setenv("NEJAT_BASE_URI", "https://example.org")
    outcome = run("db", "upgrade")
    assert outcome.status == 1
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == [
        "NEJAT_BASE_URI",
        "NEJAT_DATABASE_URL",
        "NEJAT_SECRET_KEY",
    ]


# Without a schema, without a database ---------------------------------------------------------


EVERYTHING = [
    ("demo",),
    ("rebuild",),
    ("adopt",),
    ("user", "create", "a@example.org", "--role", "admin"),
    ("user", "password", "a@example.org"),
    ("user", "invite", "a@example.org"),
    ("serve",),
    ("worker",),
]


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_before_the_first_upgrade_one_is_told_to_do_it(run: Run, words: tuple[str, ...]) -> None:
    one_line(run(*words, typed=PASSWORD), "nejat db upgrade")


@pytest.mark.parametrize("words", EVERYTHING[:3], ids=" ".join)
def test_so_it_is_on_postgresql(
    run: Run, monkeypatch: pytest.MonkeyPatch, postgres_url: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NEJAT_DATABASE_URL", postgres_url.replace("/postgres?", "/template1?"))
    one_line(run(*words), "nejat db upgrade")


@pytest.mark.parametrize("words", [*EVERYTHING, ("db", "upgrade"), ("db", "downgrade", "base"), ("run",)], ids=" ".join)
def test_a_database_that_cannot_be_reached_is_told_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NEJAT_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    more = ("--port", str(free_port())) if words == ("run",) else ()
    one_line(run(*words, *more, typed=PASSWORD), "database")


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEJAT_DATA_DIR", str(tmp_path / "file" / "house"))
    one_line(run("db", "upgrade"), "NEJAT_DATA_DIR")


# The schema -----------------------------------------------------------------------------------


def test_up_and_down(run: Run, tmp_path: Path) -> None:
    assert run("db", "upgrade") == Outcome(0, "", "")
    assert run("db", "upgrade") == Outcome(0, "", "")
    assert run("db", "downgrade", "base") == Outcome(0, "", "")
    one_line(run("demo"), "nejat db upgrade")


def test_an_unknown_revision_is_told_in_one_line(run: Run) -> None:
    one_line(run("db", "upgrade", "9999"), "9999")
    assert run("db", "upgrade").status == 0
    one_line(run("db", "downgrade", "9999"), "9999")


# People ---------------------------------------------------------------------------------------


def test_a_token_is_the_last_word(run: Run, house_made_by: Flask) -> None:
    outcome = run("user", "create", "ed@example.org", "--role", "editor:FA", "--role", "translator:sq", "--token")
    assert outcome.status == 0
    assert outcome.err == ""
    me = house_made_by.test_client().get("/v1/auth/me", headers=headers(outcome.out.split()[-1]))
    assert me.status_code == 200
    grants = [(grant["role"], grant["locale"]) for grant in said(me)["data"]["grants"]]
    assert sorted(grants) == [("editor", "fa"), ("translator", "sq")]


def test_somebody_who_is_there_already_is_told_in_one_line(run: Run, house_made_by: Flask) -> None:
    assert run("user", "create", "ed@example.org", "--role", "admin").status == 0
    one_line(run("user", "create", "Ed@Example.org", "--role", "admin"))
    one_line(run("user", "create", "no address", "--role", "admin"))


def test_a_password_comes_from_standard_input(run: Run, house_made_by: Flask) -> None:
    run("user", "create", "ed@example.org", "--role", "admin")
    outcome = run("user", "password", "ed@example.org", typed=f"{PASSWORD}\r\nanother line\n")
    assert outcome.status == 0
    assert PASSWORD not in outcome.out + outcome.err
    client = house_made_by.test_client()
    login = client.post("/v1/auth/login", json={"email": "ed@example.org", "password": PASSWORD})
    assert login.status_code == 200
    assert run("user", "password", "ed@example.org", typed="another quite good one\n").status == 0
    token = said(login)["data"]["token"]
    assert client.get("/v1/auth/me", headers=headers(token)).status_code == 401
    with house_made_by.app_context():
        assert db.session.scalar(select(func.count()).select_from(Token).where(Token.kind == "session")) == 0
        end_reading()


def test_the_operator_prints_an_invitation(run: Run, house_made_by: Flask) -> None:
    run("user", "create", "ed@example.org", "--role", "admin", "--locale", "fa")
    former, outcome = run("user", "invite", "ed@example.org"), run("user", "invite", "Ed@Example.org")
    assert (outcome.status, outcome.err) == (0, "")
    client = house_made_by.test_client()
    tokens = [each.out.strip().rpartition("/invitation#")[2] for each in (former, outcome)]
    sent = [client.post("/v1/auth/invitation", json={"token": token, "password": PASSWORD}) for token in tokens]
    assert [answer.status_code for answer in sent] == [422, 204]
    login = client.post("/v1/auth/login", json={"email": "ed@example.org", "password": PASSWORD})
    me = client.get("/v1/auth/me", headers=headers(said(login)["data"]["token"]))
    assert said(me)["data"]["locale"] == "fa"
    one_line(run("user", "invite", "ed@example.org"))
    one_line(run("user", "invite", "nobody@example.org"), "nobody@example.org")


def test_a_bad_password_or_an_unknown_person_is_told_in_one_line(run: Run, house_made_by: Flask) -> None:
    run("user", "create", "ed@example.org", "--role", "admin")
    one_line(run("user", "password", "ed@example.org", typed="short\n"))
    one_line(run("user", "password", "ed@example.org", typed=""))
    one_line(run("user", "password", "nobody@example.org", typed=PASSWORD), "nobody@example.org")


# Content --------------------------------------------------------------------------------------


def test_the_demo_goes_into_an_empty_house_only(run: Run, house_made_by: Flask) -> None:
    open_house(house_made_by, "en")
    one_line(run("demo"), "empty")


def test_rebuild_makes_the_public_tables_anew(run: Run, house_made_by: Flask, tmp_path: Path) -> None:
    open_house(house_made_by)
    desk = desk_for(house_made_by)
    for number in range(3):
        desk.publish(desk.translate(desk.published("en", f"Title {number}", tags=["one"]), "fa"))
    client = house_made_by.test_client()
    paths = ("/v1/fa/articles", "/v1/en/articles/title-0?body=html", "/v1/en/tags", "/v1/fa/archive")
    before = [client.get(path).get_data() for path in paths]
    with house_made_by.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE documents SET summary = X'7B', body_html = X'', house_mark = 'x'")
            connection.exec_driver_sql("UPDATE month_counts SET n = 99")
            connection.exec_driver_sql("UPDATE term_pages SET count = 99, uses = 7")
            connection.exec_driver_sql("DELETE FROM documents WHERE locale = 'fa'")
        assert db.session.scalar(select(func.count()).select_from(Document)) == 3
        end_reading()
    outcome = run("rebuild")
    assert (outcome.status, outcome.out, outcome.err) == (0, "3 articles\n", "")
    assert [client.get(path).get_data() for path in paths] == before
    assert broken_invariants(settings_in(tmp_path).database_url) == []


def test_a_store_is_adopted(run: Run, house_made_by: Flask, tmp_path: Path) -> None:
    mark = tmp_path / "media" / "house"
    mark.write_text("another")
    assert "WRONG library" in run("doctor").out
    outcome = run("adopt")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{tmp_path / 'media'} is this house's\n", "")
    assert len(mark.read_text()) == 32
    assert "ok    library" in run("doctor").out


# The doctor -----------------------------------------------------------------------------------


def test_the_doctor_finds_a_healthy_house_well(run: Run, house_made_by: Flask) -> None:
    outcome = run("doctor")
    assert "WRONG" not in outcome.out.replace("WRONG catalogs", "")
    for name, _, meaning in Settings.described():
        assert name in outcome.out
        assert meaning in outcome.out
    for name in ("database", "migrations", "storage", "catalogs", "outbox"):
        assert re.search(rf"^(ok   |WRONG) {name}: ", outcome.out, re.MULTILINE)


def test_the_doctor_keeps_secrets(run: Run, house_made_by: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEJAT_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("NEJAT_SMTP_URL", f"smtp://me:opensesame@127.0.0.1:{free_port()}")
    monkeypatch.setenv("NEJAT_MAIL_FROM", "Newsroom <news@example.org>")
    monkeypatch.setenv("NEJAT_PURGE_HEADER", "X-Purge-Key: opensesame")
    monkeypatch.setenv("NEJAT_DATABASE_READ_URL", f"postgresql://me:opensesame@127.0.0.1:{free_port()}/x")
    outcome = run("doctor")
    assert outcome.status == 1
    assert "opensesame" not in outcome.out + outcome.err
    assert "s" * 40 not in outcome.out + outcome.err
    assert "WRONG database" in outcome.out
    assert "WRONG mail server" in outcome.out


def test_the_doctor_says_what_to_do(run: Run) -> None:
    outcome = run("doctor")
    assert outcome.status == 1
    assert "WRONG migrations" in outcome.out
    assert "nejat db upgrade" in outcome.out
    assert "Error" not in outcome.out


# Serving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "run"])
def test_a_port_in_use_is_told_in_one_line(run: Run, house_made_by: Flask, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        one_line(run(command, "--port", port), port, "in use")


def test_the_whole_thing_in_one_command(tmp_path: Path) -> None:
    """What `make run` runs: schema, demo, token, server; a second start finds its house and makes a new token."""
    tokens = []
    for _ in range(2):
        with serving(tmp_path, words=("run",)) as server:
            shown = re.search(r"^  (nejat_\S+)$", server.output().rpartition("Nejat CMS is running")[2], re.MULTILINE)
            assert shown, server.output()
            tokens.append(shown[1])
            client = Client(server.port, shown[1])
            assert client.ask("GET", "/v1/auth/me").status == 200
            assert client.ask("GET", "/v1/fa/articles?total=true").json["meta"]["total"] >= 20
            eventually(_addresses_follow(client))
            children = server.children().values()
            server.process.terminate()
            assert server.process.wait(40) == 0
            assert not any(alive(child) for child in children)
    assert len(set(tokens)) == 2
    assert "Traceback" not in server.output()
    assert broken_invariants(settings_in(tmp_path).database_url) == []


def _addresses_follow(client: Client) -> Callable[[], bool]:
    """Whether documents name the port that the server has now."""
    here = f"http://127.0.0.1:{client.port}/fa/"
    return lambda: client.ask("GET", "/v1/fa/articles?limit=1").data[0]["url"].startswith(here)


@pytest.mark.slow
def test_the_demo_by_itself(tmp_path: Path) -> None:
    assert nejat(tmp_path, "db", "upgrade").returncode == 0
    done = nejat(tmp_path, "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+ works in four editions\n", done.stdout)


@pytest.mark.parametrize("role", ["editor:", "editor:xx-nowhere", "chief", ":fa", ""])
def test_a_role_that_is_none_gives_nobody_anything(run: Run, house_made_by: Flask, role: str) -> None:
    before = database_digest(house_made_by)
    outcome = run("user", "create", "a@example.org", "--role", role, "--token")
    assert outcome.status == 2
    assert database_digest(house_made_by) == before


# Installed ------------------------------------------------------------------------------------


def test_a_wheel_carries_migrations_and_catalogs(tmp_path: Path) -> None:
    """Out of the repository, with nothing of it in reach, it migrates and speaks four languages."""
    source = tmp_path / "source"
    for name in ("nejat_cms", "migrations", "translations"):
        shutil.copytree(SCRIPTS.parent / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in ("pyproject.toml", "README.md", ".gitignore", "hatch_build.py"):
        shutil.copy(SCRIPTS.parent / name, source / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    assert {path.name for path in installed.iterdir() if "dist-info" not in path.name} == {"nejat_cms"}
    code = """
import nejat_cms
from nejat_cms import create_app, migrate
from nejat_cms.settings import Settings
settings = Settings.from_env()
migrate.upgrade(settings.database_url)
client = create_app(settings).test_client()
print(nejat_cms.__file__)
for locale in ("en", "ar", "fa", "sq"):
    answer = client.get("/v1/nowhere/at/all", headers={"Accept-Language": locale})
    assert answer.status_code == 404
    print(answer.json["title"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=shell(tmp_path / "var", more={"PYTHONPATH": str(installed)}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    place, *titles = done.stdout.splitlines()
    assert place.startswith(str(installed))
    assert titles[0] == "Not found"
    assert len(set(titles)) == 4

"""The house's own rules, read from its source: what a reviewer would otherwise have to remember.

No database and no request: syntax trees, imports and the route table.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from nejat_cms import create_app
from nejat_cms.errors import NejatError
from nejat_cms.http.codes import FIELD_CODES, error_codes
from nejat_cms.http.problems import STATUS
from nejat_cms.http.routing import Endpoint
from nejat_cms.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, TESTS = ROOT / "nejat_cms", ROOT / "tests"
FEATURES = ("accounts", "editions", "media", "content", "delivery", "community", "transfer")
FILES = {"rules", "models", "queries", "actions", "schemas", "routes"}
LINES = 450


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def sources(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in it, by what is called as it is written: `db.session.add`, `eval`."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            yield ast.unparse(one.func), one


def imports(path: Path) -> set[str]:
    """The modules a file imports, as they are written."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def functions(path: Path) -> list[ast.FunctionDef]:
    """A module's own functions."""
    return [node for node in tree(path).body if isinstance(node, ast.FunctionDef)]


def part(feature: str, kind: str) -> list[Path]:
    """`actions.py` of a feature, or the modules of the package of that name."""
    one = PACKAGE / feature / f"{kind}.py"
    return [one] if one.exists() else sources(PACKAGE / feature / kind)


# Who does what, and nobody else ---------------------------------------------------------------


def test_the_environment_is_read_in_one_place() -> None:
    """`processes` hands it on to the children it starts, and looks at nothing in it."""
    reading = {name(path) for path in sources() for node in ast.walk(tree(path)) if _is_environment(node)}
    assert reading == {"settings.py", "processes.py"}
    handed_on = [ast.unparse(node) for node in ast.walk(tree(PACKAGE / "processes.py")) if isinstance(node, ast.BinOp)]
    uses = [node for node in ast.walk(tree(PACKAGE / "processes.py")) if _is_environment(node)]
    assert len(uses) == 1
    assert "os.environ | _as_environment(settings)" in handed_on


def _is_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv", "os.environb")


def test_only_the_database_module_commits() -> None:
    committing = {name(path) for path in sources() for called, _ in calls(tree(path)) if called.endswith(".commit")}
    assert committing == {"db.py"}


def test_only_migrations_make_tables() -> None:
    for path in [*sources(), *sources(TESTS)]:
        assert not [called for called, _ in calls(tree(path)) if called.endswith((".create_all", ".drop_all"))], path


def test_only_language_speaks_icu() -> None:
    speaking = {
        path.parent.name for path in sources() if "icu" in {module.partition(".")[0] for module in imports(path)}
    }
    assert speaking == {"language"}


DANGEROUS_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "imp", "pty", "telnetlib"}
DANGEROUS_CALLS = {"eval", "exec", "__import__", "os.system", "os.popen", "tempfile.mktemp", "Markup.format"}


def test_nothing_runs_or_revives_what_it_was_given() -> None:
    for path in sources():
        assert not {module.partition(".")[0] for module in imports(path)} & DANGEROUS_MODULES, path
        for called, call in calls(tree(path)):
            assert called not in DANGEROUS_CALLS, (path, called)
            assert not [word for word in call.keywords if word.arg == "shell"], (path, called)


def test_messages_are_whole_sentences_in_the_source() -> None:
    """A message put together at run time has no translation, and may be made of what a client sent."""
    for path in sources():
        for called, call in calls(tree(path)):
            if called in ("_", "lazy_gettext", "gettext", "ngettext", "lazy_ngettext"):
                first = call.args[0]
                assert isinstance(first, ast.Constant), (path, ast.unparse(call))
                assert isinstance(first.value, str), (path, ast.unparse(call))


def test_no_sql_is_made_from_what_a_client_says() -> None:
    """SQL is written in `db` and in delivery's queries; there every brace is a name of the module or of a helper."""
    writing = {name(path) for path in sources() for called, _ in calls(tree(path)) if called in ("fetch", "db.fetch")}
    assert {path.rpartition("/")[0] for path in writing} == {"delivery/queries", "community/queries", "media"}
    running = {
        name(path)
        for path in sources()
        for called, _ in calls(tree(path))
        if called.endswith((".exec_driver_sql", "cursor.execute"))
    }
    assert running <= {"db.py", "migrate.py"}


# The shape of a feature -----------------------------------------------------------------------

OTHER_FILES = {
    "delivery/cache.py": "the response cache: it stands in front of all of Flask, so it is no route",
    "delivery/params.py": "the parameters of public reads, which queries and OpenAPI are made from",
    "delivery/previews.py": "the one public door behind which authoring tables lie; the import contracts need it apart",
    "media/processing": "the process that reads what strangers send; no transaction and no request is near it",
}
"""Files of a feature that have another name than the six, and why."""


def test_features_consist_of_the_six_files() -> None:
    other = set()
    for feature in FEATURES:
        for path in (PACKAGE / feature).iterdir():
            is_module = path.suffix == ".py" or (path / "__init__.py").exists()
            if is_module and path.stem not in FILES | {"__init__"}:
                other.add(name(path))
    assert other == set(OTHER_FILES)
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert packages == {*FEATURES, "language", "http"}, "a new feature is named here and in the import contracts"


def test_no_module_outgrows_its_reader() -> None:
    assert [name(path) for path in sources() if _lines(path) > LINES] == []


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_every_module_begins_by_saying_what_it_is() -> None:
    assert [name(path) for path in sources() if not ast.get_docstring(tree(path))] == []


NOT_ATOMIC = {
    "create_user": "a password is hashed before its transaction begins",
    "change_password": "likewise",
    "set_password": "likewise",
    "take_on": "likewise",
    "send_comment": "a form is looked at before anybody waits for a lock",
    "send_message": "likewise",
    "record": "joins the transaction of what it writes down, and raises outside one",
    "may_change": "asks what would be refused, and changes nothing",
    "load_demo": "many works, each in a transaction of its own, as a newsroom would make them",
}
"""Actions that are not one transaction, and why."""
OPENS_A_TRANSACTION = ("atomic", "on", "later", "every", "check")


def actions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for feature in FEATURES:
        for path in part(feature, "actions"):
            for function in functions(path):
                if not function.name.startswith("_"):
                    yield path, function


def _decorators(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list}


def test_an_action_is_one_transaction_and_says_who_acts() -> None:
    """Whoever names an actor is `@atomic`; whatever is `@atomic` and has no actor is the program's own and not
    to be reached from a route."""
    for path, function in actions():
        arguments = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        decorators = _decorators(function)
        if "actor" in arguments:
            assert arguments[0] == "actor", (path, function.name)
            assert "atomic" in decorators or function.name in NOT_ATOMIC, (path, function.name)
    listed = {function.name for _, function in actions()}
    assert set(NOT_ATOMIC) <= listed, "the list names what there is"


def test_what_decides_on_a_right_is_decided_inside_the_transaction() -> None:
    for path, function in actions():
        asks = {"require", "may"} & {called for called, _ in calls(function)}
        if asks and function.name not in NOT_ATOMIC:
            assert _decorators(function) & set(OPENS_A_TRANSACTION), (path, function.name)


STRANGERS_MAY = {"log_in", "ask_reset", "reset_password", "accept_invitation"}
"""What is done without being signed in: the ways in."""
ACTION_MODULES = {
    *("actions", "saving", "stages", "trash", "linking", "previews", "terms"),
    *("sending", "moderating", "messages", "words", "personal"),
}


def test_routes_hand_the_caller_to_every_action() -> None:
    """The first argument of an action that a route calls is who asks; the ways in are how one becomes somebody."""
    names = {function.name for _, function in actions()}
    seen = set()
    for feature in FEATURES:
        for path in part(feature, "routes"):
            for called, call in calls(tree(path)):
                module, _, action = called.rpartition(".")
                if module in ACTION_MODULES and action in names:
                    seen.add(action)
                    if action not in STRANGERS_MAY:
                        assert ast.unparse(call.args[0]) == "call.actor", (path, ast.unparse(call))
    assert len(seen) > 25


def test_routes_and_schemas_leave_the_database_alone() -> None:
    for feature in FEATURES:
        for path in [*part(feature, "routes"), *part(feature, "schemas"), *part(feature, "rules")]:
            assert "db.session" not in path.read_text(encoding="utf-8"), path
            assert not {module for module in imports(path) if module.startswith("sqlalchemy")}, path


CHANGING = {"insert", "update", "delete", "add", "add_all", "merge", "flush"}


def test_queries_change_nothing() -> None:
    for feature in FEATURES:
        for path in part(feature, "queries"):
            for called, _ in calls(tree(path)):
                owner, _, verb = called.rpartition(".")
                assert not (owner in ("", "db.session", "session", "sa") and verb in CHANGING), (path, called)
            text = path.read_text(encoding="utf-8").upper()
            assert not [word for word in ("INSERT INTO", "DELETE FROM", "UPDATE ") if f'"{word}' in text], path


# Words ----------------------------------------------------------------------------------------


def below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The house put together, with no request and no table touched."""
    return create_app(Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path_factory.mktemp("wired"))}))


def test_every_error_has_a_status_and_a_page(wired: Flask) -> None:
    ours = {error for error in below(NejatError) if error.__module__.startswith("nejat_cms")}
    assert ours == set(STATUS)
    assert {error.code for error in ours} == set(error_codes())
    assert len({error.code for error in ours}) == len(ours)
    client = wired.test_client()
    for code in {*error_codes(), *FIELD_CODES}:
        assert client.get(f"/problems/{code}").status_code == 200, code
    for error in ours:
        assert error.__name__.endswith("Error")
        assert {"code", "title", "explanation"} <= vars(error).keys()


def test_every_code_of_a_field_is_explained() -> None:
    """`Problem("…")` and `fail("…")` with a literal code: the page of that code says what it means."""
    used = {
        call.args[0].value: name(path)
        for path in sources()
        for called, call in calls(tree(path))
        if called.rpartition(".")[2] in ("Problem", "fail", "BadValueError", "_bad")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(used) > 20
    assert {code: path for code, path in used.items() if code not in FIELD_CODES} == {}


def test_every_event_says_what_happened() -> None:
    events = [
        (path, node)
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and "Event" in {ast.unparse(base) for base in node.bases}
    ]
    assert len(events) >= 8
    for path, node in events:
        assert ast.get_docstring(node), (path, node.name)
        assert [ast.unparse(one) for one in node.decorator_list] == ["dataclass(frozen=True)"], (path, node.name)
        assert not node.name.endswith("Event"), (path, node.name)


def test_every_route_says_what_it_does(wired: Flask) -> None:
    table: Mapping[str, Endpoint] = wired.extensions["nejat.endpoints"]
    for endpoint in table.values():
        assert endpoint.summary.endswith((".", "?")), endpoint.name
        assert len(endpoint.summary) < 160, endpoint.name
    rules = {(endpoint.method, endpoint.rule) for endpoint in table.values()}
    assert len(rules) == len(table)
    assert not [rule for _, rule in rules if rule.removeprefix("/").endswith("/") or rule != rule.lower()]


def test_every_changing_route_of_the_newsroom_needs_a_version_or_makes_something_new(wired: Flask) -> None:
    """PUT, PATCH and DELETE name the version they saw; a token is deleted by its owner alone."""
    table: Mapping[str, Endpoint] = wired.extensions["nejat.endpoints"]
    free = {
        endpoint.name
        for endpoint in table.values()
        if endpoint.method in ("PUT", "PATCH", "DELETE") and endpoint.match == "none"
    }
    assert free == {"delete_token", "add_part"}
    assert [one.name for one in table.values() if one.match != "none" and one.reader is None] == []
    assert {one.reader for one in table.values() if one.reader} <= set(table)
    open_writes = {one.name for one in table.values() if one.method != "GET" and not one.signed_in}
    assert open_writes == STRANGERS_MAY | {"send_comment", "send_message"}


# Imports --------------------------------------------------------------------------------------


def contracts() -> dict[str, dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in settings["tool"]["importlinter"]["contracts"]}


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.cli import lint_imports

    monkeypatch.setattr("importlinter.cli._configure_logging", lambda verbose: None)  # it would silence every logger
    monkeypatch.chdir(ROOT)
    broken = lint_imports(no_cache=True, no_logo=True)
    assert broken == 0, capsys.readouterr().out


def test_the_import_contracts_forget_no_module() -> None:
    """A module that is in no contract could import whatever it likes."""
    held = contracts()
    modules = {f"nejat_cms.{path.stem}" for path in PACKAGE.iterdir() if path.suffix == ".py" or path.name == "http"}
    wiring = {"nejat_cms.__init__", "nejat_cms.__main__", "nejat_cms.cli"}
    plumbing = held["Plumbing imports no feature but language, which is pure"]
    assert set(plumbing["source_modules"]) == modules - wiring
    assert set(plumbing["forbidden_modules"]) == {f"nejat_cms.{feature}" for feature in FEATURES}
    layers = held["Features import one way"]["layers"]
    assert set(layers) == {f"nejat_cms.{feature}" for feature in (*FEATURES, "language")}
    rules = {f"nejat_cms.{feature}.rules" for feature in FEATURES if part(feature, "rules")}
    assert set(held["Rules know neither Flask nor SQLAlchemy"]["source_modules"]) == rules | {"nejat_cms.language"}
    inside = {container for one in held.values() for container in one.get("containers", ())}
    assert inside == {f"nejat_cms.{feature}" for feature in FEATURES if part(feature, "routes")}


# Tests ----------------------------------------------------------------------------------------


def test_tests_are_functions() -> None:
    for path in sources(TESTS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                assert not node.name.startswith("Test"), (path, node.name)
                methods = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
                assert not [method for method in methods if method.startswith("test_")], (path, node.name)


CHECKS = {"pytest.raises", "pytest.fail", "pytest.warns", "validate", "contextlib.suppress"}
"""What asserts without the word: a validator raises, and `suppress` says that nothing else may be raised."""


def test_every_test_asserts_something() -> None:
    """Itself, or through a helper of the tests that does; helpers are known by their name alone."""
    helpers: dict[str, list[ast.AST]] = {}
    for path in sources(TESTS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                helpers.setdefault(node.name, []).append(node)
    asserting = {one for one, nodes in helpers.items() if any(_asserts(node, set()) for node in nodes)}
    while True:
        more = {one for one, nodes in helpers.items() if any(_asserts(node, asserting) for node in nodes)}
        if more == asserting:
            break
        asserting = more
    silent = [
        f"{name(path)}: {function.name}"
        for path in sources(TESTS)
        for function in functions(path)
        if function.name.startswith("test_") and not _asserts(function, asserting)
    ]
    assert silent == []


def _asserts(node: ast.AST, helpers: set[str]) -> bool:
    if any(isinstance(one, ast.Assert) for one in ast.walk(node)):
        return True
    return any(called in CHECKS or called.rpartition(".")[2] in helpers for called, _ in calls(node))


def test_no_test_has_the_name_of_another() -> None:
    """The second of two with one name would be the only one that runs."""
    for path in sources(TESTS):
        names = [function.name for function in functions(path)]
        assert len(set(names)) == len(names), path

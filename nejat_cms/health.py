"""Whether the house can serve: checks that features register, shown by `/readyz`, `/metrics` and `nejat doctor`."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import orjson
from flask import Flask, Response, current_app, request
from flask.globals import app_ctx, request_ctx
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest
from sqlalchemy import text

from nejat_cms import mail as post
from nejat_cms import migrate
from nejat_cms import storage as files
from nejat_cms.db import db, end_reading
from nejat_cms.errors import ForbiddenError, UnauthorizedError, UnavailableError
from nejat_cms.events import backlog
from nejat_cms.http import CATALOGS
from nejat_cms.http.application import AnyResponse
from nejat_cms.http.problems import INTERFACE_LOCALES
from nejat_cms.http.routing import Call, Routes, current_actor
from nejat_cms.permissions import Permission, require


@dataclass(frozen=True)
class Finding:
    """What a check found. One that is not `fine` says what to do; `vital`: without it nothing can be served."""

    name: str
    fine: bool
    words: str
    vital: bool = True


Check = Callable[[], Finding]
_checks: list[Check] = []
_questions: list[Check] = []


def check(function: Check) -> Check:
    """Register a check; it runs inside an application context."""
    _checks.append(function)
    return function


def question(function: Check) -> Check:
    """Register a check that asks somebody outside and waits for the answer: for `nejat doctor`, not for strangers."""
    _questions.append(function)
    return function


def examine(*, asking_others: bool = False) -> list[Finding]:
    """Run every check; one that fails to run is a finding too."""
    findings = []
    for run in [*_checks, *(_questions if asking_others else ())]:
        try:
            findings.append(run())
        except Exception as error:
            findings.append(Finding(run.__name__, False, f"cannot be checked: {str(error).partition(chr(10))[0]}"))
        finally:
            end_reading()
    return findings


@check
def database() -> Finding:
    for engine in db.engines.values():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    return Finding("database", True, f"answers ({db.engine.name})")


@check
def migrations() -> Finding:
    current, newest = migrate.standing(current_app.config["SETTINGS"].database_url)
    if current == newest:
        return Finding("migrations", True, f"at revision {current}")
    return Finding("migrations", False, f"at revision {current}, newest is {newest}: run `nejat db upgrade`")


@check
def outbox() -> Finding:
    waiting = backlog()
    if waiting["parked"]:
        words = f"{waiting['parked']} tasks failed ten times: see the log, then run `nejat worker --retry-parked`"
        return Finding("outbox", False, words, vital=False)
    return Finding("outbox", True, f"{waiting['waiting']} tasks waiting", vital=False)


@check
def storage() -> Finding:
    """The data dir is vital; without the store of files, texts can still be read, and must go on being served."""
    folder = current_app.config["SETTINGS"].data_dir
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding("storage", False, f"{folder} cannot be written: give this user the right to")
    try:
        files.storage().check()
    except UnavailableError:
        words = "files can neither be kept nor read, texts can: the log says why; see NEJAT_STORAGE_URL"
        return Finding("storage", False, words, vital=False)
    return Finding("storage", True, f"{folder} can be written, files are kept in {files.storage()}")


@check
def mail() -> Finding:
    if not post.is_on():
        return Finding("mail", True, "none is sent: NEJAT_SMTP_URL is not set", vital=False)
    return Finding("mail", True, "is sent by the job worker", vital=False)


@question
def mail_server() -> Finding:
    wrong = post.try_server() if post.is_on() else ""
    if wrong:
        return Finding("mail server", False, f"takes no mail ({wrong}): see NEJAT_SMTP_URL", vital=False)
    return Finding("mail server", True, "takes mail" if post.is_on() else "none", vital=False)


@check
def catalogs() -> Finding:
    missing = [locale for locale in INTERFACE_LOCALES[1:] if not gettext_catalog(locale).exists()]
    if missing:
        words = f"not compiled: {', '.join(missing)}; errors are told in English: run `pybabel compile -d translations`"
        return Finding("catalogs", False, words, vital=False)
    return Finding("catalogs", True, ", ".join(INTERFACE_LOCALES))


def gettext_catalog(locale: str) -> Path:
    return CATALOGS / locale / "LC_MESSAGES" / "messages.mo"


# What machines ask -----------------------------------------------------------------------------

routes = Routes("Health", signed_in=False, prefix="")
REQUESTS = Histogram(
    "nejat_request_seconds",
    "Time to answer, by route, method and status, in this process.",
    ["route", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods with figures of their own: whoever invents others must not fill the memory."""
WAITING = Gauge("nejat_outbox_waiting", "Background tasks that wait.")
PARKED = Gauge("nejat_outbox_parked", "Background tasks that failed ten times.")


@routes.get("/healthz")
def get_health(call: Call) -> Response:
    """Whether the process is alive; asks nobody else."""
    return _plain({"status": "alive"}, 200)


@routes.get("/readyz", errors=[UnavailableError])
def get_readiness(call: Call) -> Response:
    """Whether it can serve: database, migrations, storage; and what is still being rolled out."""
    findings = examine()
    ready = all(finding.fine for finding in findings if finding.vital)
    shown = {finding.name: {"fine": finding.fine, "words": public_words(finding)} for finding in findings}
    return _plain({"status": "ready" if ready else "not ready", "checks": shown}, 200 if ready else 503)


def public_words(finding: Finding) -> str:
    """What a stranger may hear: no path, no address."""
    return "fine" if finding.fine and finding.vital else finding.words if not finding.vital else "not fine"


@routes.get("/metrics", media_types=("text/plain",), errors=[UnauthorizedError, ForbiddenError])
def get_metrics(call: Call) -> Response:
    """Figures for Prometheus, to a client on this very machine or an administrator's token."""
    if not _is_local():
        require(current_actor(required=True), Permission.READ_AUDIT)
    waiting = backlog()
    end_reading()
    WAITING.set(waiting["waiting"])
    PARKED.set(waiting["parked"])
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _is_local() -> bool:
    """A client on this machine that came through no proxy; a proxy's own clients may be anywhere."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"))
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _plain(body: dict[str, object], status: int) -> Response:
    response = Response(orjson.dumps(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


@lru_cache(maxsize=10_000)
def _histogram(route: str, method: str, status: int) -> Histogram:
    return REQUESTS.labels(route, method, status)


def init_app(app: Flask) -> None:
    """Measure every request."""

    @app.after_request
    def observe(response: AnyResponse) -> AnyResponse:
        asked, now = request_ctx.request, time.perf_counter()
        route = asked.url_rule.rule if asked.url_rule else "none"
        method = asked.method if asked.method in METHODS else "other"
        _histogram(route, method, response.status_code).observe(now - app_ctx.g.get("began", now))
        return response

"""What ours is measured beside, on the same server, with answers that were made before.

    python -m bench.baselines PORT APPLICATION      web worker of `nejat serve`, without its job worker

Answers come from a file: for each address its status, its headers, its body. The server is ours for all of them,
with its threads and its settings, so that the callable behind it is all that differs.
"""

import base64
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANSWERS = "BENCH_ANSWERS"
"""Names the file in the environment."""


class Answer(NamedTuple):
    """What goes out for an address."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def write_answers(path: Path, answers: Mapping[str, Answer]) -> None:
    path.write_text(
        json.dumps(
            {
                address: [answer.status, answer.headers, base64.b64encode(answer.body).decode()]
                for address, answer in answers.items()
            }
        )
    )


def read_answers(path: Path) -> dict[str, Answer]:
    return {
        address: Answer(status, [(name, value) for name, value in headers], base64.b64decode(body))
        for address, (status, headers, body) in json.loads(path.read_text()).items()
    }


def bare() -> "WSGIApplication":
    """The least that a WSGI server can be given: it has the answer to every path, headers and all."""
    answers = read_answers(Path(os.environ[ANSWERS]))

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        status, headers, body = answers[environ["PATH_INFO"]]
        start_response(status, headers)
        return [body]

    return application


def flask_routes() -> Flask:
    """Plain Flask: routes like ours, and the bytes of that address."""
    answers = {address: answer.body for address, answer in read_answers(Path(os.environ[ANSWERS])).items()}
    app = Flask(__name__, static_folder=None)

    @app.get("/v1/<locale>/articles")
    def listed(locale: str) -> Response:
        query = request.query_string.decode()
        return Response(
            answers[f"/v1/{locale}/articles?{query}" if query else f"/v1/{locale}/articles"],
            content_type="application/json",
        )

    @app.get("/v1/<locale>/articles/<slug>")
    def alone(locale: str, slug: str) -> Response:
        return Response(answers[f"/v1/{locale}/articles/{slug}"], content_type="application/json")

    return app


def main(port: str, application: str) -> int:
    """Serve until told to stop."""
    from nejat_cms.processes import serve  # noqa: PLC0415
    from nejat_cms.settings import Settings  # noqa: PLC0415

    settings = Settings.from_env()
    return serve(settings, host="127.0.0.1", port=int(port), with_worker=False, _application=application)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

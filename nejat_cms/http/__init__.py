"""The edge: what every request and every answer has in common.

routing      Routes, Call, Answer: one declaration a route; actor, version, idempotency, ETag
parsing      bodies and query parameters, read strictly
schemas      the marshmallow base, problems instead of sentences
problems     the one table from error class to status; application/problem+json
cursors      signed positions in a list
idempotency  answers kept for a repeated POST
codes        what the codes of single fields and parameters mean
orthography  what a check of a text found, in the reader's words
openapi      the route table as OpenAPI 3.1
shapes       marshmallow schemas as its components
pages        /docs and /problems/<code> for people
"""

from pathlib import Path

MAX_BODY = 4 * 1024 * 1024
_PACKAGE = Path(__file__).resolve().parent.parent
CATALOGS = next(path for path in (_PACKAGE / "translations", _PACKAGE.parent / "translations") if path.is_dir())

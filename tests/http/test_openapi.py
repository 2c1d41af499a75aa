"""The OpenAPI document says what there is, and real answers are what it says."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.http.openapi import document, openapi_path
from tests.http.conformance import check_response
from tests.newsroom import data, desk_for, open_house

SNAPSHOT = Path(__file__).parent.parent.parent / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")


def operations(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document(app)["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values())) if node else own
    return set().union(*map(references, node)) if isinstance(node, list) and node else set()


def test_document_is_valid_openapi(app: Flask) -> None:
    validate(document(app))


def test_snapshot_is_the_present_document(app: Flask) -> None:
    written = orjson.dumps(document(app), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
    fresh = SNAPSHOT.read_text(encoding="utf-8") == written
    assert fresh, "the contract changed; if it was meant to: python -m nejat_cms openapi > docs/openapi.json"


def test_every_route_is_described_and_nothing_else(app: Flask) -> None:
    routes = {
        (method.lower(), openapi_path(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in operations(app)} == routes


def test_no_two_operations_share_an_id(app: Flask) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in operations(app))
    assert [name for name, count in ids.items() if count > 1] == []


def test_every_operation_says_in_a_sentence_what_it_does(app: Flask) -> None:
    silent = [path for _, path, operation in operations(app) if not re.search(r"[.?]$", operation.get("summary", ""))]
    assert silent == []


def test_every_query_parameter_and_every_schema_is_explained(app: Flask) -> None:
    silent = [
        (path, parameter["name"])
        for _, path, operation in operations(app)
        for parameter in operation.get("parameters", [])
        if parameter.get("in") == "query" and not parameter["description"]
    ]
    assert silent == []
    schemas = document(app)["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_every_component_is_used(app: Flask) -> None:
    api = document(app)
    kinds = ("schemas", "responses", "parameters", "headers")
    there = {f"#/components/{kind}/{name}" for kind in kinds for name in api["components"][kind]}
    assert there - references(api) == set()


def test_path_parameters_are_those_of_the_path(app: Flask) -> None:
    for _, path, operation in operations(app):
        named = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


def test_bodies_take_no_unknown_field(app: Flask) -> None:
    schemas = document(app)["components"]["schemas"]
    for _, path, operation in operations(app):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = content["schema"]
            schema = schemas[schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
            assert schema.get("format") == "binary" or schema["additionalProperties"] is False, path


def objects(node: Any) -> list[dict[str, Any]]:
    """Every schema in a document that has properties of its own."""
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    own = [node] if isinstance(node, dict) and isinstance(node.get("properties"), dict) else []
    return own + [found for part in inner for found in objects(part)]


def test_generated_types_keep_the_fields_of_every_body(app: Flask) -> None:
    """Generators read alternatives beside properties as alternatives to them."""
    assert [shape for shape in objects(document(app)) if "anyOf" in shape] == []


def test_what_each_kind_shows_readers_is_typed(app: Flask) -> None:
    schemas = document(app)["components"]["schemas"]
    declared = {name for kind in KINDS.values() for name in kind.fields}
    assert declared - set(schemas["PublicFields"]["properties"]) == set()
    assert schemas["SummaryBody"]["properties"]["fields"] == {"$ref": "#/components/schemas/PublicFields"}


def test_pictures_and_files_are_typed_wherever_they_are_shown(app: Flask) -> None:
    schemas = document(app)["components"]["schemas"]
    blocks = {form["title"]: form["properties"] for form in schemas["Block"]["oneOf"]}
    picture, file = ({"$ref": f"#/components/schemas/{name}"} for name in ("PublicImage", "PublicFile"))
    gallery = blocks["gallery"]["items"]["items"]["properties"]
    assert [gallery["image"], blocks["image"]["image"], blocks["video"]["image"]] == [picture] * 3
    assert [blocks["file"]["file"], blocks["video"]["file"]] == [file] * 2
    assert schemas["Meta"]["properties"]["assets"]["additionalProperties"] == {"anyOf": [picture, file]}


def test_a_patch_requires_no_field_and_takes_a_merge_patch(app: Flask) -> None:
    schemas = document(app)["components"]["schemas"]
    patches = [
        operation for method, path, operation in operations(app) if method == "patch" and "/uploads/" not in path
    ]
    assert patches
    for operation in patches:
        content = operation["requestBody"]["content"]
        assert set(content) == {"application/json", "application/merge-patch+json"}
        assert "required" not in schemas[content["application/json"]["schema"]["$ref"].split("/")[-1]]


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("get_article", "200 301 304 400 404 406 410 422 503"),
        ("log_in", "200 204 400 401 406 413 415 422 429 503"),
        ("put_variant", "200 201 204 400 401 403 404 406 409 412 413 415 422 428 503"),
        ("delete_edition", "204 400 401 403 404 406 409 412 422 428 503"),
        ("get_docs", "200 304 400 422 503"),
    ],
)
def test_statuses_follow_from_what_a_route_declares(app: Flask, operation: str, statuses: str) -> None:
    found = next(op for _, _, op in operations(app) if op["operationId"] == operation)
    assert " ".join(found["responses"]) == statuses


def test_writes_that_need_a_version_say_so(app: Flask) -> None:
    for method, path, operation in operations(app):
        names = {p["$ref"].split("/")[-1] for p in operation.get("parameters", []) if "$ref" in p}
        assert ("428" in operation["responses"]) == bool(names & {"IfMatch", "IfMatchOrCreate"}), (method, path)


def test_document_is_served_and_can_be_kept(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.json == document(app)
    assert answer.headers["Cache-Control"].startswith("public")
    again = client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_document_is_in_english_whoever_reads_it_first(app: Flask) -> None:
    app.extensions.pop("nejat.openapi")
    with app.test_request_context(headers={"Accept-Language": "fa"}):
        assert document(app)["components"]["responses"]["NotFound"]["description"].startswith("Not found.")


# What is really answered ----------------------------------------------------------------------

BODY = {
    "blocks": [
        {"type": "heading", "level": 2, "html": "Morning"},
        {"type": "paragraph", "html": "The <em>market</em> opens.", "lang": "fa"},
        {"type": "list", "items": ["one", {"html": "two", "items": ["three"], "ordered": True}]},
        {"type": "quote", "html": "Bread first.", "cite": "A baker"},
        {"type": "table", "header": True, "rows": [["a", "b"], ["1", ""]]},
        {"type": "code", "language": "python", "text": "print()"},
        {"type": "contents", "items": [{"label": "Preface", "page": "xii"}, {"label": "One", "page": 3}]},
        {"type": "video", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "caption": "A walk"},
        {"type": "divider"},
    ]
}


def test_answers_of_a_whole_story_are_what_the_document_says(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)

    def ask(method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = desk.call(method, path, body, **more)
        check_response(app, method, f"/v1/manage{path}", answer)
        return answer

    def read(path: str, **more: str) -> Any:
        answer = app.test_client().get(path, headers={name.title(): value for name, value in more.items()})
        check_response(app, "GET", path, answer)
        return answer

    section = data(ask("POST", "/sections", {"names": {"en": {"name": "City"}, "fa": {"name": "شهر"}}}))
    first = ask(
        "POST",
        "/articles",
        {
            "kind": "article",
            "locale": "en",
            "title": "Morning market",
            "lead": "Early.",
            "body": BODY,
            "sections": [section["id"]],
            "tags": ["bread"],
            "authors": ["A. Baker"],
            "source": {"name": "The Gazette", "url": "https://example.org/a"},
        },
    )
    assert first.status_code == 201
    article = data(first)["article"]
    variant = f"/articles/{article}/variants/en"
    ask("POST", f"{variant}/publish", {}, if_match=first.headers["ETag"])
    farsi = ask(
        "PUT",
        f"/articles/{article}/variants/fa",
        {
            "title": "بازار صبح",
            "body": {"html": "<p>باز<script>x</script></p>"},
            "based_on": {"locale": "en", "revision": 1},
        },
        if_none_match="*",
    )
    assert data(farsi)["body"]["blocks"]
    ask("POST", f"/articles/{article}/variants/fa/publish", {}, if_match=farsi.headers["ETag"])
    etag = ask("GET", variant).headers["ETag"]
    etag = ask("PATCH", variant, {"title": "Evening market", "slug": "evening"}, if_match=etag).headers["ETag"]
    stale = ask("PATCH", variant, {"title": "x"}, if_match='"1-00"')
    assert (stale.status_code, bool(stale.json["etag"])) == (412, True)
    planned = {"unpublish_at": {"local": "2031-03-30T01:30"}}
    skipped = ask("POST", f"{variant}/schedule", planned, if_match=etag)
    assert skipped.json["meta"]["warnings"]
    ask("POST", f"{variant}/publish", {}, if_match=skipped.headers["ETag"])
    link = data(ask("POST", f"{variant}/preview", {}))["url"]
    read(link[link.index("/v1/") :])
    ask("PATCH", variant, {"titel": "x", "tags": None}, if_match='"1-00"')
    ask("GET", variant, prefer="return=minimal")
    lists = ("articles", "trash", "sections", "tags", "people", "kinds", "users", "tokens", "audit", "editions")
    for path in (*(f"/{name}" for name in lists), f"/articles/{article}", "/editions/fa", f"/sections/{section['id']}"):
        assert ask("GET", path).status_code == 200, path
    for end in ("", "/1", "/1...2"):
        assert ask("GET", f"{variant}/revisions{end}").status_code == 200, end

    for path in ("", "?body=html,blocks,text"):
        assert read(f"/v1/en/articles/evening{path}").status_code == 200
    assert read("/v1/en/articles/morning-market").status_code == 301
    assert read("/v1/en/articles/never").status_code == 404
    for path in (
        "/v1/editions",
        "/v1/editions/fa",
        "/v1/fa/articles",
        "/v1/fa/articles?total=true&limit=1&fallback=en",
        "/v1/fa/articles?fields=title,body",
        f"/v1/articles/{article}",
        "/v1/fa/sections",
        "/v1/en/sections/city",
        "/v1/en/tags",
        "/v1/en/tags/bread",
        "/v1/en/people",
        "/v1/fa/archive",
        "/v1/en/changes",
        "/v1/en/changes?limit=1",
        "/openapi.json",
        "/docs",
        "/problems",
        "/problems/gone",
        "/healthz",
        "/readyz",
        "/metrics",
    ):
        assert read(path).status_code == 200, path
    assert read("/v1/fa/articles?limt=3").status_code == 422
    assert read("/v1/xx/articles", accept="text/html").status_code in (404, 406)
    kept = read("/v1/editions").headers["ETag"]
    assert read("/v1/editions", **{"if-none-match": kept}).status_code == 304


def test_an_undeclared_field_or_status_is_found_out(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/v1/editions")
    answer.set_data(orjson.dumps({"data": [], "surprise": 1}))
    with pytest.raises(AssertionError, match="surprise"):
        check_response(app, "GET", "/v1/editions", answer)
    answer.status_code = 418
    with pytest.raises(AssertionError, match="not one of the declared"):
        check_response(app, "GET", "/v1/editions", answer)

"""The benchmarks run through, on next to nothing: what they measure is for `make bench` to say."""

from pathlib import Path

import pytest

from bench import footprint, growth, report, search, writers
from bench.queries import COMMON, RARE
from bench.running import DATABASES
from nejat_cms.db import db
from tests.invariants import broken_invariants
from tests.newsroom import quick_client, read


@pytest.mark.slow
def test_search_is_measured_over_rows_that_publishing_would_have_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, _ = search.run(tmp_path, documents=200, share=5, rounds=1)
    assert wrong == []
    said = capsys.readouterr().out
    for database in (search.SQLITE, search.POSTGRESQL):
        assert f"{database}: 20 published documents equal the rows that are loaded" in said
        for query in (*RARE, *COMMON):
            assert f"| {database.ljust(10)} | {query} " in said


@pytest.mark.slow
def test_a_house_grows_by_rows_that_agree_with_each_other(tmp_path: Path, database_url: str) -> None:
    with growth.house_of(tmp_path / "grown", database_url, 1000) as app:
        with app.app_context():
            url = db.engine.url.render_as_string(hide_password=False)
        client = quick_client(app)
        newest = read(client, "/en/articles")[0]
        assert read(client, f"/en/articles/{newest['slug']}")["id"] == newest["id"]
        assert read(client, f"/articles/{newest['id']}?locale=en")["slug"] == newest["slug"]
        assert sum(year["count"] for year in read(client, "/en/archive")["years"]) == 1000
        assert len(read(client, "/en/changes?since=0&limit=100")) == 100
        assert len(read(client, f"/en/articles?tag={growth.RARE_TAG.lower()}")) == growth.RARE
    problems = broken_invariants(url)
    assert not [problem for problem in problems if problem.startswith(("month count", "page of")) or "filed" in problem]


@pytest.mark.slow
def test_growth_is_measured_for_every_request_on_both_databases() -> None:
    found = growth.growths([500, 1000], tuple(DATABASES), 1, lambda _: None)
    assert len(found) == 2 * len({each.name for each in found})
    assert {each.database for each in found} == set(DATABASES.values())
    assert all(len(each.p50) == 2 for each in found)


@pytest.mark.slow
def test_writing_is_measured_and_nobody_is_refused() -> None:
    found = list(writers.rows(documents=40, publishes=2, writes=6))
    assert {row[1] for row in found} == set(DATABASES.values())
    assert len(found) == len(set(found)) == 11
    for name, _, target, reached, _ in found:
        if "none refused" in target:
            assert "refused: none" in reached, name
        if name.startswith("publish"):
            assert "fsync" in reached or "synchronous=FULL" in reached


@pytest.mark.slow
def test_memory_and_starting_are_measured() -> None:
    found = list(footprint.rows(requests=50, idle=0.1))
    assert len(found) == 8
    assert {row[1] for row in found} == set(DATABASES.values())
    assert all(reached.startswith(("PSS ", "+", "-")) for name, _, _, reached, _ in found if "memory" in name)


def test_a_report_says_what_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    fine = ("this", "SQLite", "< 2", "1", report.verdict(True))
    beside = ("that", "SQLite", "", "7", report.NO_TARGET)
    missed = ("more", "SQLite", "< 2", "3", report.verdict(False))
    assert report.report([fine, beside]) == 0
    assert report.report([fine, missed]) == 1
    said = capsys.readouterr()
    assert "| more     | SQLite   | < 2    | 3       | MISSED  |" in said.out
    assert "more | SQLite | < 2 | 3 | MISSED" in said.err


def test_a_percentile_is_a_time_that_was_measured() -> None:
    times = [each / 1000 for each in range(1, 201)]
    assert (report.percentile(times, 0.5), report.percentile(times, 0.99)) == (101, 199)
    assert report.percentile([0.25], 0.99) == 250

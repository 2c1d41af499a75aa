"""The benchmarks run through, on next to nothing: what they measure is for `make bench` to say."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import footprint, growth, house, oracles, readers, report, search, threads, writers
from bench.baselines import Answer
from bench.corpus import LOCALES, Everywhere
from bench.fleet import Case, built, fill, launched
from bench.load import LoadError, load, processor_seconds
from bench.peer import making
from bench.peer.rows import peer_articles, term_names
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
def test_menus_and_front_pages_are_measured_and_take_no_more_statements_as_they_grow() -> None:
    found = list(house.rows(rounds=1))
    assert [(row[0], row[1]) for row in found] == [
        (f"house: {name}", database) for database in DATABASES.values() for name in ("menu", "home")
    ]
    assert {row[-1] for row in found} == {report.OK}


def test_a_long_thread_is_measured_beside_a_short_one() -> None:
    found = list(threads.rows(rounds=2, sizes=(3, 40)))
    assert [row[1] for row in found] == [name for name in DATABASES.values() for _ in range(2)]
    assert [row[-1] for row in found] == [report.OK, report.NO_TARGET] * 2


@pytest.mark.drills
def test_reading_is_measured_beside_everybody_on_both_databases() -> None:
    found = list(readers.measure(rounds=1, articles=10))
    assert [each.database for each in found] == list(readers.DATABASES.values())
    named = {name for goal in readers.GOALS for name in (goal.case, goal.beside)}
    for measured in found:
        assert named - measured.loads.keys() == {"wagtail detail", "wagtail list"}
        loads = [each for rounds in measured.loads.values() for each in rounds.values()]
        assert all(each.rate > 0 and each.p99 >= each.p50 > 0 and each.cpu_us > 0 for each in loads)
        rows = list(readers.rows_of(measured))
        assert len(rows) == len(measured.goals) + len(measured.payloads)
        assert {row[-1] for row in rows} <= {"ok", "MISSED", ""}
        missed = {goal.case for goal in measured.goals if measured.verdict(goal) == "MISSED"}
        assert measured.profiles.keys() == missed
        said = "\n".join(readers.explanation(measured))
        assert all(f"{name} on {measured.database}, a target missed" in said for name in missed)


@pytest.mark.drills
def test_a_load_with_a_request_that_fails_is_no_figure(tmp_path: Path) -> None:
    with built(tmp_path / "house") as house, launched(house, fill([house], 10)) as fleet:
        kept = {case.name: case for case in fleet.cases}["cached list"]
        before = processor_seconds(kept.server.pid)
        assert load(kept.target, 1).cpu_us > 0
        assert processor_seconds(kept.server.pid) > before
        lost = Case("lost", kept.server, ["/v1/fa/articles", "/v1/fa/nowhere"])
        with pytest.raises(LoadError, match="'status'"):
            load(lost.target, 1)
        other = Case("other", kept.server, lost.paths, {}, Answer("200 OK", [], b"other"))
        with pytest.raises(LoadError, match="other: /v1/fa/articles answers 200"):
            other.check()
        assert any("ResponseCache.__call__" in line for line in fleet.profile(kept))


def test_a_machine_without_wrk_is_told_how_to_get_it() -> None:
    words = [sys.executable, "-m", "bench.load", "http://127.0.0.1:9/"]
    ended = subprocess.run(words, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("wrk is missing: `apt-get install wrk`")
    assert ended.stderr.count("\n") == 1


def test_the_peer_has_every_article_in_every_edition_with_the_texts_of_ours() -> None:
    corpus = Everywhere(20)
    articles = list(peer_articles(corpus))
    assert len({(each.locale, each.page["slug"]) for each in articles}) == len(articles) == 20 * len(LOCALES)
    counterparts: dict[object, set[str]] = {}
    for each in articles:
        counterparts.setdefault(each.page["translation_key"], set()).add(each.locale)
    assert all(locales == set(LOCALES) for locales in counterparts.values())
    work = next(work for work in corpus.article(7) if work.locale == "fa")
    made = next(each for each in articles if (each.locale, each.page["slug"]) == ("fa", work.slug))
    assert (made.page["title"], made.article["lead"]) == (work.title, work.lead)
    assert all(f">{text}</p>" in made.article["body"] for text in work.body)
    assert made.article["date"] == made.page["first_published_at"] == work.published_at
    for kind, places in (("section", [work.section]), ("tag", work.tags)):
        assert {("fa", place) for place in places} <= {(locale, place) for locale, place, _ in term_names(kind)}
    assert (made.section, list(made.tags)) == (work.section, list(work.tags))


def test_the_peer_is_made_again_when_what_it_is_made_from_changes(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("one")
    first = making.digest([tmp_path / "lock"], "2000")
    assert making.digest([tmp_path / "lock"], "2000") == first
    assert making.digest([tmp_path / "lock"], "4000") != first
    (tmp_path / "lock").write_text("two")
    assert making.digest([tmp_path / "lock"], "2000") != first


@pytest.mark.slow
def test_writing_is_measured_and_nobody_is_refused() -> None:
    found = list(writers.rows(documents=40, publishes=2, writes=6))
    assert {row[1] for row in found} == set(DATABASES.values())
    assert len(found) == len(set(found)) == 10
    for name, _, target, reached, _ in found:
        if "none refused" in target:
            assert "refused: none" in reached, name
        if name.startswith("publish"):
            assert "fsync" in reached or "synchronous=FULL" in reached


@pytest.mark.slow
def test_what_time_might_tell_is_measured() -> None:
    found = list(oracles.rows(asks=5))
    assert {row[1] for row in found} == set(DATABASES.values())
    assert len(found) == len(set(found)) == 4


@pytest.mark.slow
def test_memory_and_starting_are_measured() -> None:
    found = list(footprint.rows(requests=50, idle=0.1))
    assert len(found) == 10
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

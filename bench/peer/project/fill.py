"""Fill an empty database, and print the pages' ids by edition: `python -m bench.peer.project.fill 2000`."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer.project.settings")
django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils.text import slugify  # noqa: E402
from taggit.models import Tag  # noqa: E402
from wagtail.models import Locale, Page, Site  # noqa: E402

from bench.corpus import LOCALES, Everywhere  # noqa: E402
from bench.peer.project.models import ArticlePage, ArticleTag, Section  # noqa: E402
from bench.peer.rows import PeerArticle, peer_articles, term_names  # noqa: E402


def main(articles: int) -> None:
    """Migrate, and write everything in one transaction."""
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        ids = fill(list(peer_articles(Everywhere(articles))))
    connection.cursor().execute("ANALYZE")
    json.dump(ids, sys.stdout)


def fill(articles: Sequence[PeerArticle]) -> dict[str, list[int]]:
    """Write the articles below their editions' homes; their ids by edition, in the order they came in."""
    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code in LOCALES}
    homes = homes_of(locales)
    sections = {
        (code, place): Section.objects.create(name=name, slug=slugify(name, allow_unicode=True), locale=locales[code])
        for code, place, name in term_names("section")
    }
    tags = {
        (code, place): Tag.objects.get_or_create(name=name, defaults={"slug": f"{code}-{place}"})[0]
        for code, place, name in term_names("tag")
    }
    kind = ContentType.objects.get_for_model(ArticlePage)
    pages, written = [], defaultdict(int)
    for each in articles:
        home = homes[each.locale]
        written[each.locale] += 1
        path = Page._get_path(home.path, home.depth + 1, written[each.locale])
        address = f"{home.url_path}{each.page['slug']}/"
        place = {"path": path, "depth": home.depth + 1, "url_path": address, "content_type": kind}
        pages.append(Page(**each.page, **place, locale=locales[each.locale]))
    Page.objects.bulk_create(pages, batch_size=500)
    for page, each in zip(pages, articles, strict=True):
        section = sections[each.locale, each.section]
        article = ArticlePage(page_ptr_id=page.pk, section=section, **each.article)
        article.save_base(raw=True, force_insert=True)  # its own table's row alone; its page is there
    ArticleTag.objects.bulk_create(
        ArticleTag(content_object_id=page.pk, tag=tags[each.locale, tag])
        for page, each in zip(pages, articles, strict=True)
        for tag in each.tags
    )
    for code, home in homes.items():
        Page.objects.filter(pk=home.pk).update(numchild=written[code])
    ids = defaultdict(list)
    for page, each in zip(pages, articles, strict=True):
        ids[each.locale].append(page.pk)
    return ids


def homes_of(locales: dict[str, Locale]) -> dict[str, Page]:
    """A home for every edition, in place of the page that Wagtail greets with; the first is the site's."""
    Site.objects.all().delete()
    Page.objects.filter(depth=2).delete()
    root, key = Page.objects.get(depth=1), uuid4()
    homes = {
        code: root.add_child(instance=Page(title=f"Home {code}", slug=code, locale=locale, translation_key=key))
        for code, locale in locales.items()
    }
    Site.objects.create(hostname="news.example", root_page=homes[LOCALES[0]], is_default_site=True)
    return homes


if __name__ == "__main__":
    main(int(sys.argv[1]))

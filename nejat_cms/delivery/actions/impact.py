"""What a step would change for readers, for whoever asks before it is taken."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from nejat_cms.content.models import Menu, Redirect
from nejat_cms.content.queries.impact import ImpactAsked
from nejat_cms.content.rules.impact import Finding, Step
from nejat_cms.content.rules.menus import address_of, targets_of
from nejat_cms.db import db
from nejat_cms.delivery.queries import impact
from nejat_cms.delivery.queries.editions import EditionRow, enabled_editions
from nejat_cms.delivery.rules.links import Target, page_at
from nejat_cms.events import on


@on(ImpactAsked)
def find_public_impact(event: ImpactAsked) -> None:
    """Addresses, counterparts, links, contents and pages of terms that depend on it."""
    editions, subject = enabled_editions(), event.subject
    renamed = event.step is Step.RENAME
    if renamed and not impact.is_another_slug(subject):
        return
    addresses = impact.addresses_of(subject, editions)
    event.findings.extend(impact.told(addresses, "address_moves" if renamed else "address_gone", subject, editions))
    event.findings.extend(impact.linking_to(subject, "link_redirected" if renamed else "link_broken"))
    if renamed:
        event.findings.extend(impact.former_holders(subject, editions))
        return
    event.findings.extend(_led_by_address({*addresses}, editions))
    if subject.type == impact.ARTICLE:
        for find in (impact.counterparts_of, impact.contents_with, impact.related_to, impact.comments_under):
            event.findings.extend(find(subject))
        event.findings.extend(impact.emptied_pages(subject, editions))
    elif not any(each.code == "named_by_texts" for each in event.findings):
        event.findings.extend(impact.named_by(subject))


def _led_by_address(addresses: Collection[Target], editions: Mapping[str, EditionRow]) -> list[Finding]:
    """The redirects and the items of menus that lead to it by one of its addresses, not by its id."""
    sites = {locale: edition.facts["url"] for locale, edition in editions.items()}
    leading = select(Redirect).where(Redirect.url.is_not(None)).order_by(Redirect.locale, Redirect.path)
    found = [
        Finding("redirect_broken", row.locale, "redirect", row.id, url=row.path)
        for row in db.session.scalars(leading)
        if page_at(row.url or "", row.locale, sites) in addresses
    ]
    for menu in db.session.scalars(select(Menu).where(Menu.locale.in_(editions)).order_by(Menu.locale, Menu.name)):
        urls = [address_of(each, sites[menu.locale]) for each in targets_of(menu.items) if each["type"] == "url"]
        found += [
            Finding("menu_item_hidden", menu.locale, "menu", title=menu.name)
            for url in urls
            if url and page_at(url, menu.locale, sites) in addresses
        ]
    return found

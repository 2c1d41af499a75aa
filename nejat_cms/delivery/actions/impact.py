"""What a step would change for readers, for whoever asks before it is taken."""

from nejat_cms.content.queries.impact import ImpactAsked
from nejat_cms.content.rules.impact import Step
from nejat_cms.delivery.queries import impact
from nejat_cms.delivery.queries.editions import enabled_editions
from nejat_cms.events import on


@on(ImpactAsked)
def find_public_impact(event: ImpactAsked) -> None:
    """Addresses, counterparts, links, contents and pages of terms that depend on it."""
    editions, subject = enabled_editions(), event.subject
    if event.step is Step.RENAME:
        if impact.is_another_slug(subject):
            event.findings.extend(impact.addresses_of(subject, "address_moves", editions))
            event.findings.extend(impact.linking_to(subject, "link_redirected"))
            event.findings.extend(impact.former_holders(subject, editions))
        return
    event.findings.extend(impact.addresses_of(subject, "address_gone", editions))
    event.findings.extend(impact.linking_to(subject, "link_broken"))
    if subject.type == impact.ARTICLE:
        for find in (impact.counterparts_of, impact.contents_with, impact.related_to, impact.comments_under):
            event.findings.extend(find(subject))
        event.findings.extend(impact.emptied_pages(subject, editions))

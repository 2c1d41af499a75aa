"""An article with what ours has: title and slug are the page's own, as are edition and address."""

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from rest_framework.fields import Field
from taggit.models import TaggedItemBase
from wagtail.api import APIField
from wagtail.fields import RichTextField
from wagtail.models import Page, TranslatableMixin


class Section(TranslatableMixin):
    """A section in one edition."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(allow_unicode=True)

    class Meta(TranslatableMixin.Meta):
        pass


class SectionField(Field):
    """Its name and slug, as ours are shown, without a request for each."""

    def to_representation(self, section: Section) -> dict[str, str]:
        return {"slug": section.slug, "name": section.name}


class TagsField(Field):
    """Their names, of those that were fetched for the whole list at once."""

    def to_representation(self, tags: ClusterTaggableManager) -> list[str]:
        return [tag.name for tag in tags.all()]


class ArticleTag(TaggedItemBase):
    """A tag on an article."""

    content_object = ParentalKey("newsroom.ArticlePage", on_delete=models.CASCADE, related_name="tagged_items")


class ArticlePage(Page):
    """An article in one edition."""

    kind = models.CharField(max_length=20)
    lead = models.TextField(blank=True)
    body = RichTextField(blank=True)
    date = models.DateTimeField(db_index=True)
    featured = models.BooleanField(default=False)
    section = models.ForeignKey(Section, null=True, on_delete=models.PROTECT, related_name="+")
    authors = models.JSONField(default=list)
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)

    api_fields = (
        APIField("kind"),
        APIField("lead"),
        APIField("body"),
        APIField("date"),
        APIField("featured"),
        APIField("section", serializer=SectionField()),
        APIField("authors"),
        APIField("tags", serializer=TagsField()),
    )

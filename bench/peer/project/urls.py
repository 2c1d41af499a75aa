"""The API, with the queries of a list brought together as its operators are advised to."""

from django.db.models import QuerySet
from django.urls import include, path
from wagtail import urls as pages
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet

from bench.peer.project.models import ArticlePage


class Pages(PagesAPIViewSet):
    """Articles of a list come with their sections, editions and tags."""

    def get_queryset(self) -> QuerySet:
        pages = super().get_queryset()
        if pages.model is not ArticlePage:
            return pages
        return pages.select_related("section", "locale").prefetch_related("tags")


api = WagtailAPIRouter("api")
api.register_endpoint("pages", Pages)
urlpatterns = [path("api/v2/", api.urls), path("", include(pages))]

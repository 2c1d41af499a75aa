"""The site's one application."""

from django.apps import AppConfig


class Newsroom(AppConfig):
    name = "bench.peer.project"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

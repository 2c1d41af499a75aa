# ruff: noqa: PLC0415  the features are imported when the house is built, so that the command line starts without them
"""Nejat CMS: one newsroom, several linked language editions, read as JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from nejat_cms.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """The whole house, wired together; no table is touched before the first request."""
    from flask_babel import Babel

    from nejat_cms import db, health, http, log, storage
    from nejat_cms.accounts.queries import find_actor
    from nejat_cms.accounts.routes import routes as account_routes
    from nejat_cms.community.actions import expiring as _expiring  # noqa: F401  its handler is the worker's
    from nejat_cms.community.actions import words as _blocked  # noqa: F401  its handler begins the list of an edition
    from nejat_cms.community.routes import moderation
    from nejat_cms.community.routes import public as readers
    from nejat_cms.content.actions import pictures as _approved  # noqa: F401  its handler keeps what was approved
    from nejat_cms.content.routes import articles, impact, language, menus, redirects, releases, steps, terms, uses
    from nejat_cms.delivery import cache, previews
    from nejat_cms.delivery.actions import assets as _showing  # noqa: F401  its handlers follow the newsroom
    from nejat_cms.delivery.actions import editions as _following  # noqa: F401
    from nejat_cms.delivery.actions import impact as _asked  # noqa: F401
    from nejat_cms.delivery.actions import redirects as _leading  # noqa: F401
    from nejat_cms.delivery.routes import archive as public_archive
    from nejat_cms.delivery.routes import articles as public_articles
    from nejat_cms.delivery.routes import editions as public_editions
    from nejat_cms.delivery.routes import feeds as public_feeds
    from nejat_cms.delivery.routes import menus as public_menus
    from nejat_cms.delivery.routes import places
    from nejat_cms.delivery.routes import search as public_search
    from nejat_cms.delivery.routes import sitemaps as public_sitemaps
    from nejat_cms.delivery.routes import terms as public_terms
    from nejat_cms.editions.routes import routes as edition_routes
    from nejat_cms.http import edge, pages, problems, routing, turns
    from nejat_cms.http.application import Application
    from nejat_cms.media.actions import collecting as _collecting  # noqa: F401  its handler is the worker's
    from nejat_cms.media.actions import editions as _naming  # noqa: F401
    from nejat_cms.media.routes import assets, files, uploads

    log.configure(settings)
    app = Application(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=http.MAX_BODY,
        BABEL_TRANSLATION_DIRECTORIES=str(http.CATALOGS),
        SETTINGS=settings,
    )
    db.init_app(app, settings)
    storage.init_app(app, settings)
    Babel(app, locale_selector=problems.interface_locale)
    health.init_app(app)
    edge.init_app(app, settings)
    problems.init_app(app)
    groups = [
        public_editions.routes,
        public_articles.routes,
        public_search.routes,
        places.routes,
        public_terms.routes,
        public_menus.routes,
        public_archive.routes,
        public_feeds.routes,
        public_sitemaps.routes,
        previews.routes,
        readers.routes,
        account_routes,
        edition_routes,
        articles.routes,
        steps.routes,
        impact.routes,
        terms.routes,
        menus.routes,
        redirects.routes,
        moderation.routes,
        releases.routes,
        language.routes,
        assets.routes,
        uses.routes,
        uploads.routes,
        files.routes,
        pages.routes,
        health.routes,
    ]
    routing.register(app, groups, find_actor)
    turns.init_app(app)
    cache.init_app(app, settings)
    return app

"""Web addresses that may be stored and shown."""

from nejat_cms.content.rules.urls import http_url, safe_url

__all__ = ["http_url", "safe_url"]

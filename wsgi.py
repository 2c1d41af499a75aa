"""The WSGI entry point for any server: `wsgi:app`."""

from nejat_cms import create_app
from nejat_cms.settings import Settings

app = create_app(Settings.from_env())

"""`python -m nejat_cms` is `nejat`."""

from nejat_cms.cli import main

main()

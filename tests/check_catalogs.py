"""Whether every message of the API is told in all its languages: complete, present, with the same placeholders."""

import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "messages.pot"
FORMS = {"ar": 6, "fa": 2, "sq": 2}
"""The languages beside English, and how many plural forms each has (CLDR 48)."""
EXTRACT = ("--no-location", "--sort-output", "--omit-header", "-F", "pyproject.toml")
"""The same as `make catalogs` says."""
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?([a-zA-Z%])")


def problems() -> list[str]:
    """What is wrong, one line each."""
    if not TEMPLATE.exists():
        return ["translations/messages.pot is missing: run `make catalogs`"]
    extracted = extract()
    found = []
    if extracted != TEMPLATE.read_text("utf-8"):
        found.append("translations/messages.pot is not what the source says: run `make catalogs`")
    template = read_po(io.StringIO(extracted))
    for locale, forms in FORMS.items():
        path = FOLDER / locale / "LC_MESSAGES" / "messages.po"
        if path.exists():
            found += [f"{locale}: {line}" for line in _catalog_problems(path, locale, forms, template)]
        else:
            found.append(f"{locale}: there is no catalog")
    return found


def extract() -> str:
    """The template as `make catalogs` would write it now."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(ROOT), contextlib.redirect_stderr(io.StringIO()):
        target = Path(name) / "messages.pot"
        command: Any = CommandLineInterface()
        command.run(["pybabel", "-q", "extract", *EXTRACT, "-o", str(target), "nejat_cms"])
        return target.read_text("utf-8")


def _catalog_problems(path: Path, locale: str, forms: int, template: Catalog) -> Iterator[str]:
    with path.open("rb") as file:
        catalog = read_po(file, locale=locale)
    if catalog.num_plurals != forms:
        yield f"{catalog.num_plurals} plural forms, not {forms}"
    for message in template:
        if message.id:
            translated = catalog.get(message.id[0] if message.pluralizable else message.id)
            yield from (f"{line}: {message.id!r}" for line in _message_problems(message, translated, forms))
    wanted = {_key(message) for message in template}
    yield from (f"no longer in the source: {message.id!r}" for message in catalog if _key(message) not in wanted)
    yield from (f"obsolete: {key!r}" for key in catalog.obsolete)


def _key(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def _message_problems(message: Message, translated: Message | None, forms: int) -> Iterator[str]:
    if translated is None or translated.pluralizable != message.pluralizable:
        yield "not there"
        return
    if translated.fuzzy:
        yield "fuzzy"
    originals, texts = _forms(message.id), _forms(translated.string)
    if message.pluralizable and len(texts) != forms:
        yield f"{len(texts)} plural forms, not {forms}"
    meant = placeholders(originals[-1])
    for number, text in enumerate(texts):
        if not text or not text.strip():
            yield f"not translated (form {number})" if message.pluralizable else "not translated"
            continue
        named = placeholders(text)
        # A form for one number alone may spell it out; the last form stands for all the others.
        spelled_out = message.pluralizable and number < len(texts) - 1 and meant - named <= {"(num)s"}
        if named != meant and not (spelled_out and named <= meant):
            yield f"placeholders {sorted(named)}, not {sorted(meant)}"
        if text[0].isspace() or text[-1].isspace():
            yield "begins or ends with a space"


def _forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    """The placeholders of a message as `(name)type`; a nameless one, or a stray %, is among them and fits nothing."""
    return {f"({name}){kind}" if name else f"%{kind}" for name, kind in PLACEHOLDER.findall(text) if kind != "%"}


def main() -> int:
    found = problems()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

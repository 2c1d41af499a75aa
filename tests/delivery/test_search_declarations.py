"""The declaration of human rights in four languages, published as it stands, traps included, and looked for."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.language.folding import fold
from tests.delivery.search_corpus import body_of
from tests.delivery.test_search import search
from tests.newsroom import open_house
from tests.press import press

UDHR = Path(__file__).resolve().parents[3] / "shared" / "data" / "udhr.json"

SEARCHES = {
    "fa": [
        ["تأمین", "تا\u0654مین", "تامین", "تأمين"],
        ["آزادی", "ازادي"],
        ["می‌تواند", "می تواند", "ميتواند"],
        ["کلیهٔ", "كليه"],
    ],
    "sq": [["drejtat"], ["te drejtat", "Të drejtat", "TE DREJTAT"], ["drejtë"], ["lirinë"], ["çdo njeri", "Cdo njeri"]],
    "ar": [["حقوق الانسان", "حقوق الإنسان", "حُقوق الإنسان"], ["حق", "الحق"], ["الحرية", "حريه"], ["تمييز"]],
    "en": [["human rights", "HUMAN RIGHTS", "rights, human"], ["freedom"], ["everyone’s"]],
}
"""What is looked for in each edition, in every spelling that must find the same."""


@pytest.mark.skipif(not UDHR.exists(), reason="the shared texts are not beside this checkout")
def test_the_declarations_are_found_however_they_are_spelled(app: Flask, client: FlaskClient) -> None:
    """Every text that has the folded words is found; in Albanian, which has no stems, no other one is."""
    open_house(app)
    declarations: list[dict[str, Any]] = json.loads(UDHR.read_text("utf-8"))
    for declaration in declarations:
        locale, articles = declaration["lang"], declaration["articles"]
        pages = ["\n".join(declaration["preamble"])]
        pages += ["\n".join("\n".join(one["paras"]) for one in articles[at : at + 5]) for at in range(0, 30, 5)]
        ids = press(app, locale, *({"title": declaration["title"], "body": body_of(page)} for page in pages))
        words = {
            str(id_): set(re.findall(r"\w+", fold(f"{declaration['title']}\n{page}".replace("\u200c", " "))))
            for id_, page in zip(ids, pages, strict=True)
        }
        for spellings in SEARCHES[locale]:
            found = [{item["id"] for item in search(client, locale, query)} for query in spellings]
            assert found[0], spellings
            assert all(hits == found[0] for hits in found), spellings
            wanted = set(fold(spellings[0].replace("’s", "").replace("\u200c", " ")).split())
            having = {id_ for id_, present in words.items() if wanted <= present}
            assert having <= found[0], spellings
            assert having == found[0] or locale != "sq", spellings

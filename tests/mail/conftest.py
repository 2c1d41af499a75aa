"""Letters whose words are told when they are promised."""

import pytest

from nejat_cms import mail
from nejat_cms.mail import Mail


@pytest.fixture(autouse=True)
def open_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mail._writers, "tests.open", lambda _name, content: Mail(**content))

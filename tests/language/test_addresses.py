import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.addresses import mail_route
from nejat_cms.language.errors import InvalidAddressError


@pytest.mark.parametrize(
    ("domain", "route"),
    [
        ("Example.ORG", "example.org"),
        ("localhost", "localhost"),
        ("straße.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "strasse.example"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("مثال.ایران", "xn--mgbh0fb.xn--mgba3a4f16a"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("ab--cd.example", "ab--cd.example"),
    ],
)
def test_mail_goes_where_the_domain_name_system_says(domain: str, route: str) -> None:
    assert mail_route(f"mina@{domain}") == ("mina", route)


@pytest.mark.parametrize(
    "domain",
    [
        *("example..org", ".", "example.org.", "-b.c", "b-.c", "ex_am.org", "[127.0.0.1]", "xn--a.org", "a\u200bb.org"),
        *("x" * 64, ".".join(["x" * 60] * 5), "\u0301a.org", "اa.org"),
    ],
)
def test_a_domain_that_nobody_could_look_up_is_refused(domain: str) -> None:
    with pytest.raises(InvalidAddressError):
        mail_route(f"mina@{domain}")


@given(st.text())
def test_a_route_leads_to_itself(text: str) -> None:
    try:
        name, route = mail_route(f"mina@{text}")
    except InvalidAddressError:
        return
    assert route.isascii()
    assert mail_route(f"{name}@{route}") == (name, route)

"""Rules of accounts, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.accounts import rules
from nejat_cms.language.tags import UnknownLocaleError
from nejat_cms.permissions import Grant, Role

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
grants = st.builds(Grant, st.sampled_from(Role), st.sampled_from([None, "en", "ar", "fa", "sq"]))


@pytest.mark.parametrize(
    "spelling",
    ["mina@example.org", "MINA@Example.ORG", "  mina@example.org ", "ｍｉｎａ@example.org", "mina@example.org\u3000"],
)
def test_spellings_of_one_address_have_one_key(spelling: str) -> None:
    assert rules.email_key(spelling) == "mina@example.org"


@pytest.mark.parametrize(
    ("one", "other"), [("mina@straße.example", "mina@strasse.example"), ("a@βόλος.gr", "a@βόλοσ.gr")]
)
def test_domains_of_two_owners_have_two_keys(one: str, other: str) -> None:
    assert rules.email_key(one) != rules.email_key(other)


@given(st.text())
def test_making_a_key_of_a_key_changes_nothing(text: str) -> None:
    assert rules.email_key(rules.email_key(text)) == rules.email_key(text)


@pytest.mark.parametrize("email", ["mina@example.org", "مینا@مثال.ایران", "o'neil+x@a.b", "ë@x.al"])
def test_addresses_of_every_script_are_addresses(email: str) -> None:
    assert rules.is_email(email)


@pytest.mark.parametrize(
    "email",
    [
        *("", "@", "a@", "@b", "ab", "a@b@c", "a b@c.d", "a@c.d\nBcc: x@y.z", "a\u202e@b.c", "a\u200b@b.c", "<a@b.c>"),
        *("a" * 65 + "@b.c", "a@" + "b" * 260),
    ],
)
def test_what_deceives_or_breaks_mail_is_no_address(email: str) -> None:
    assert not rules.is_email(email)


@given(st.text())
def test_normalising_a_password_twice_changes_nothing(text: str) -> None:
    assert rules.normal_password(rules.normal_password(text)) == rules.normal_password(text)


def test_one_password_typed_on_two_systems_is_one_password() -> None:
    stored = rules.hash_password("fjalëkalim i gjatë")
    assert rules.verify_password(stored, "fjale\u0308kalim\u00a0i gjate\u0308")
    assert not rules.verify_password(stored, "fjalekalim i gjate")


def test_letters_that_look_alike_are_different_passwords() -> None:
    stored = rules.hash_password("گذرواژه‌ی طولانی")
    assert not rules.verify_password(stored, "گذرواژه‌ي طولاني")
    assert not rules.verify_password(stored, "گذرواژهی طولانی")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x" * 11, "too_short"),
        ("x" * 12, None),
        ("x" * 256, None),
        ("x" * 257, "too_long"),
        ("e\u0308" * 11, "too_short"),
        ("x" * 12 + "\0", "characters"),
        ("x" * 12 + "\ud83d", "characters"),
    ],
)
def test_length_alone_makes_a_password(password: str, code: str | None) -> None:
    problem = rules.password_problem(password, "/new")
    assert (problem and problem.code) == code


def test_long_passwords_differ_to_their_last_character() -> None:
    stored = rules.hash_password("x" * 255 + "a")
    assert not rules.verify_password(stored, "x" * 255 + "b")


def test_the_dummy_costs_what_a_real_hash_costs() -> None:
    assert not rules._hasher.check_needs_rehash(rules.DUMMY_HASH)
    assert not rules.verify_password(None, "")


def test_tokens_are_recognisable_and_never_alike() -> None:
    tokens = {rules.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("nejat_") and len(token) == len("nejat_") + 43 for token in tokens)


@pytest.mark.parametrize(
    ("held", "narrowed", "effective"),
    [
        (["admin"], None, ["admin"]),
        (["admin"], ["editor:fa", "admin:ar"], ["editor:fa", "admin:ar"]),
        (["admin:fa"], ["admin"], []),
        (["editor:fa"], ["editor:ar", "editor:fa", "moderator:fa"], ["editor:fa", "moderator:fa"]),
        (["translator:fa"], ["editor:fa"], []),
        (["author:fa"], ["translator:fa"], []),
        ([], ["admin"], []),
        (["editor"], [], []),
    ],
)
def test_a_token_may_what_it_names_and_its_user_still_may(
    held: list[str], narrowed: list[str] | None, effective: list[str]
) -> None:
    own = None if narrowed is None else [rules.read_grant(text) for text in narrowed]
    result = rules.effective_grants([rules.read_grant(text) for text in held], own)
    assert result == frozenset(rules.read_grant(text) for text in effective)


@given(st.lists(grants), st.lists(grants))
def test_narrowing_never_gives_more(held: list[Grant], narrowed: list[Grant]) -> None:
    result = rules.effective_grants(held, narrowed)
    assert result <= set(narrowed)
    assert all(any(one.covers(grant) for one in held) for grant in result)


@given(st.lists(grants))
def test_grants_survive_being_stored(some: list[Grant]) -> None:
    assert rules.grants_from_json(rules.grants_as_json(some)) == sorted(set(some), key=str)


def test_a_role_from_a_later_version_grants_nothing() -> None:
    assert rules.grants_from_json([{"role": "wizard", "locale": None}]) == []


def test_each_right_that_cannot_be_passed_on_is_named() -> None:
    wanted = [Grant(Role.EDITOR, "fa"), Grant(Role.EDITOR, "ar"), Grant(Role.ADMIN)]
    problems = rules.uncovered_grants([Grant(Role.EDITOR, "fa")], wanted)
    assert [problem.pointer for problem in problems] == ["/grants/1", "/grants/2"]


def test_grants_are_read_as_they_are_typed() -> None:
    assert rules.read_grant("admin") == Grant(Role.ADMIN)
    assert rules.read_grant("editor:FA-ir") == Grant(Role.EDITOR, "fa-IR")
    with pytest.raises(ValueError, match="wizard"):
        rules.read_grant("wizard")
    with pytest.raises(UnknownLocaleError):
        rules.read_grant("editor:")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_attempts_are_counted_for_a_host_or_a_customer(address: str | None, network: str) -> None:
    assert rules.network_of(address) == network


def test_marks_tell_apart_secrets_purposes_and_values() -> None:
    marks = {
        rules.mark(*parts)
        for parts in [("s", "account", "a"), ("t", "account", "a"), ("s", "address", "a"), ("s", "account", "b")]
    }
    assert len(marks) == 4


@pytest.mark.parametrize(
    ("failures", "age", "wait"),
    [(9, 0, 0), (10, 0, 900), (10, 899.5, 1), (10, 900, 0), (11, 300, 600)],
)
def test_waiting_ends_fifteen_minutes_after_the_first_attempt(failures: int, age: float, wait: int) -> None:
    assert rules.seconds_to_wait(failures, NOON - timedelta(seconds=age), 10, NOON) == wait

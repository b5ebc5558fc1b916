"""Passwords."""

import time

import pytest

from metricbox.errors import ValidationError
from metricbox.web.passwords import Passwords, check_password_rules, hash_password, verify_password


def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first.startswith("$argon2id$")
    assert first != second
    assert verify_password("correct horse", first)
    assert not verify_password("Correct horse", first)
    assert verify_password("pässwörd \ud800", hash_password("pässwörd \ud800"))


def test_an_unknown_account_costs_as_much_as_a_wrong_password() -> None:
    known = hash_password("correct horse")
    assert not verify_password("wrong", None)

    def cost_s(password_hash: str | None) -> float:
        started_s = time.process_time()
        verify_password("wrong", password_hash)
        return time.process_time() - started_s

    ratio = min(cost_s(None) for _ in range(5)) / min(cost_s(known) for _ in range(5))
    assert 0.5 < ratio < 2


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_rules_do_not_repeat_the_password(password: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check_password_rules(password)
    assert caught.value.details[0].field == "password"
    assert not password or password not in str(caught.value)


async def test_the_gate_is_asked_when_the_turn_has_come() -> None:
    passwords = Passwords()

    def refuse() -> None:
        raise ValidationError("not now")

    with pytest.raises(ValidationError):
        await passwords.verify("x", None, gate=refuse)
    assert not await passwords.verify("x", None)

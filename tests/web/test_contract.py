"""Declarations beside the handlers: they change nothing about a handler, and who is allowed follows the roles."""

import pytest

from metricbox.web.contract import (
    ALLOWED,
    OPEN,
    CallerKind,
    ListMeta,
    Who,
    contract,
    find_contract,
    list_of,
    sort_of,
)
from metricbox.web.schemas import User


def test_a_declared_handler_is_the_handler_itself() -> None:
    def handler() -> int:
        return 7

    declared = contract("Seven.", Who.ANYONE, answer=int)(handler)
    assert declared is handler
    found = find_contract(handler)
    assert found is not None
    assert (found.summary, found.who, found.status) == ("Seven.", Who.ANYONE, 200)


def test_what_answers_nothing_answers_204() -> None:
    found = find_contract(contract("Gone.", Who.ADMIN)(lambda: None))
    assert found is not None
    assert found.status == 204


def test_what_is_not_declared_is_no_route_of_the_api() -> None:
    assert find_contract(lambda: None) is None


def test_a_mistyped_declaration_is_refused_at_import() -> None:
    with pytest.raises(TypeError):
        contract("Seven.", Who.ANYONE, anwser=int)


def test_a_list_takes_pages_and_search_and_its_own_sorting() -> None:
    details = list_of(User, sort=("email",))
    assert details["answer"] == list[User]
    assert details["meta"] is ListMeta
    assert [each.name for each in details["query"]] == ["page", "pageSize", "search", "sort"]
    assert [each.name for each in list_of(User)["query"]] == ["page", "pageSize", "search"]
    assert sort_of("email").schema["enum"] == ["email", "-email"]


def test_who_has_more_rights_is_never_refused_what_less_allow() -> None:
    ladder = [CallerKind.VIEWER, CallerKind.EDITOR, CallerKind.ADMIN]
    for who in Who:
        allowed = [kind in ALLOWED[who] for kind in ladder]
        assert allowed == sorted(allowed), who
        # An admin's token of scope admin acts as the admin.
        assert (CallerKind.ADMIN_TOKEN in ALLOWED[who]) == (CallerKind.ADMIN in ALLOWED[who])


def test_nobody_in_particular_gets_what_is_open_only() -> None:
    assert {who for who in Who if CallerKind.ANONYMOUS in ALLOWED[who]} <= OPEN

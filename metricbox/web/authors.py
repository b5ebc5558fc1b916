"""Who changes something by a request, for history and audit trail. Pure."""

from sanic import Request

from metricbox.store.appdb.audit import Author, Via
from metricbox.web.callers import find_caller
from metricbox.web.peer import peer_of


def author_of(request: Request) -> Author:
    """The caller as an author, with the address that the request came from."""
    caller, source = find_caller(request), peer_of(request).address
    if caller is None:
        return Author(None, "", Via.NOBODY, source)
    via = Via.SESSION if caller.scope is None else Via.TOKEN
    return Author(caller.user_id, caller.email, via, source, caller.token_id)

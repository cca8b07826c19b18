"""What every request goes through, whatever it asks for: who is it, is it well formed, what may they see, which page.

The order is GitLab's: lib/api/helpers.rb, lib/api/api_guard.rb and lib/gitlab/auth/auth_finders.rb of gitlabhq.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from tests.world.forges.fake_gitlab import ci, gates, merge_requests, people, talk
from tests.world.forges.fake_gitlab.routes import Call, Refusal, Route, missing, route_of, unauthorized
from tests.world.forges.fake_gitlab.state import State
from tests.world.forges.fake_gitlab.taken import Unfit, read
from tests.world.forges.fake_gitlab.things import GUEST, JOB, READ_API, Project, Token
from tests.world.forges.http_fake.answers import Answer, page_of
from tests.world.forges.http_fake.asked import Request

ROOMS = (ci, gates, merge_requests, people, talk)  # loaded, they serve
_PAGE, _LONGEST_PAGE = 20, 100
_SECRETS = frozenset({"private_token", "access_token", "job_token", "token"})
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_BAD_BEARER = {
    "error": "invalid_token",
    "error_description": "Token was revoked. You have to re-authorize from the user.",
}
_TOO_LITTLE = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher privileges than provided by the access token.",
    "scope": "api",
}


def answer(state: State, request: Request, complain: Callable[[str], None]) -> Answer:
    """What GitLab answers. `complain` hears of what no client should ever have sent."""

    def tell(fault: str) -> None:
        complain(f"{request.method} {request.path}: {fault}")

    try:
        found = route_of(request.method, request.path)
        if found is None:
            tell("the fake serves no such operation")
            raise Refusal(404, {"error": "404 Not Found"})
        route, path = found
        token = _token(state, request, route)
        given = read(route.taken, _given(request, route, tell))
        for name in ("page", "per_page"):
            if given.get(name, 1) < 1:
                raise Unfit(f"{name} does not have a valid value")
        parts = {name: unquote(part) for name, part in path.items()}
        _check_numbers(parts)
        project = _project(state, token, parts.get("id"))
        if project is not state.project and len(parts) > 1:
            raise missing()  # what there is lies in the project itself
        served = route.serve(Call(state, token, project, parts, given, tell))
        return _paged(state, request, served, given) if route.is_list else served
    except Unfit as unfit:
        tell(str(unfit))
        return Answer(400, {"error": str(unfit)})
    except Refusal as refusal:
        if refusal.is_fault:
            tell(json.dumps(refusal.answer.body))
        return refusal.answer


def _token(state: State, request: Request, route: Route) -> Token | None:
    """Whose request it is. Where GitLab takes no token of a job, it does not look at one: who brings it is nobody."""
    headers = request.headers
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    token = None
    if "private-token" in headers or bearer:
        token = state.tokens.get(headers.get("private-token", bearer))
        if token is None or token.scope == JOB:
            raise unauthorized() if "private-token" in headers else Refusal(401, _BAD_BEARER)
    elif "job-token" in headers and route.takes_job_tokens:
        token = state.tokens.get(headers["job-token"])
        if token is None or token.scope != JOB:
            raise unauthorized()
    elif kind:
        raise unauthorized()
    if token is None and not route.is_open:
        raise unauthorized()
    if token is not None:
        request.login = token.user.username
        if token.scope == READ_API and request.method != "GET":
            raise Refusal(403, _TOO_LITTLE)
    return token


def _given(request: Request, route: Route, tell: Callable[[str], None]) -> Mapping[str, Any]:
    """The parameters, wherever they stand. GitLab passes over what it does not know, without a word."""
    if not request.headers.get("user-agent"):
        tell("it has no User-Agent header")
    if len({"private-token", "job-token", "authorization"} & set(request.headers)) > 1:
        tell("it carries two tokens")
    given: dict[str, Any] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        if name.endswith("[]"):
            given.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            given[name] = value
    given |= _body(request)
    if any("\0" in str(value) for value in given.values()):
        tell("a null character")
        raise Refusal(400, b"Bad Request")
    for name in given:
        if name in _SECRETS:
            tell("a token in the address, where every log shows it" if name in request.query else "a token in the body")
        elif name not in route.taken:
            tell(f"unknown parameter {name}, which GitLab passes over")
    if not str(given.get("per_page", 1)).isdecimal() or int(given.get("per_page", 1)) > _LONGEST_PAGE:
        tell(f"a page has at most {_LONGEST_PAGE} rows")
    return given


def _body(request: Request) -> Mapping[str, Any]:
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == _FORM:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if kind != _JSON:
        raise Refusal(415, {"error": f"The provided content-type '{kind}' is not supported."}, is_fault=True)
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, {"error": "message body does not match declared format"}, is_fault=True)
    return body


def _check_numbers(parts: Mapping[str, str]) -> None:
    for name, part in parts.items():
        if name.endswith(("_iid", "_id")) and name != "discussion_id" and not part.isdecimal():
            raise Unfit(f"{name} is invalid")


def _project(state: State, token: Token | None, name: str | None) -> Project:
    """The project that the path names. A private one is shown to its members only; a fork of it has none that we know.

    The token of a job of another project is nobody's here.
    """
    if name is None:
        return state.project
    found = state.find_project(name)
    if found is None:
        raise missing("Project")
    if found.visibility == "public":
        return found
    is_home = found is state.project
    is_ours = token is not None and token.project in ("", found.path)
    if not is_home or token is None or not is_ours or token.user.level < GUEST:
        raise missing("Project")
    return found


def _paged(state: State, request: Request, whole: Answer, given: Mapping[str, Any]) -> Answer:
    """The page that was asked for, and where its neighbours are (doc/api/rest/_index.md, offset-based pagination)."""
    page = page_of(whole.body, given, _PAGE, _LONGEST_PAGE)
    before = page.number - 1 if page.number > 1 else None
    after = page.number + 1 if page.number < page.last else None
    query = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] not in ("page", "per_page")]
    wanted = {"prev": before, "next": after, "first": 1, "last": page.last}
    links = [
        f'<{state.server_url}/api/v4{request.path}?{urlencode([*query, *_place(number, page.size)])}>; rel="{name}"'
        for name, number in wanted.items()
        if number is not None
    ]
    headers = {
        "Link": ", ".join(links),
        "X-Next-Page": str(after or ""),
        "X-Page": str(page.number),
        "X-Per-Page": str(page.size),
        "X-Prev-Page": str(before or ""),
        "X-Total": str(len(whole.body)),
        "X-Total-Pages": str(page.last),
    }
    return replace(whole, body=page.rows, headers={**whole.headers, **headers})


def _place(number: int, size: int) -> list[tuple[str, str]]:
    return [("page", str(number)), ("per_page", str(size))]

"""What every request goes through, whatever it asks for: who is it, is it well formed, may they, and which page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.world.forges.fake_github import gates, pulls, runs, talk
from tests.world.forges.fake_github.description import github
from tests.world.forges.fake_github.routes import Call, Refusal, Route, missing, route_of
from tests.world.forges.fake_github.state import State
from tests.world.forges.fake_github.things import Token
from tests.world.forges.http_fake.answers import Answer, page_of
from tests.world.forges.http_fake.asked import Request

ROOMS = (gates, pulls, runs, talk)  # loaded, they serve
_PAGE, _LONGEST_PAGE = 30, 100


def answer(state: State, request: Request, complain: Callable[[str], None]) -> Answer:
    """What GitHub answers. `complain` hears of what no client should ever have sent."""
    try:
        token = _token(state, request)
        route, path = _route(state, request, complain)
        served = route.serve(_call(state, request, token, (route, path)))
        paged = _paged(state, request, served)
        completed = github().completed(route.method, route.path, paged.status, paged.body)
        return replace(paged, body=completed)
    except Refusal as refusal:
        if refusal.is_fault:
            complain(f"{request.method} {request.path}: {json.dumps(refusal.answer.body)}")
        return refusal.answer


def answer_about_viewer(state: State, request: Request) -> Answer:
    """What GitHub's other API answers to the one question that it serves here: whose token is this?"""
    try:
        login = _token(state, request).user.login
    except Refusal as refusal:
        return refusal.answer
    asked = json.loads(request.body)["query"].split()
    if asked != ["query", "{", "viewer", "{", "login", "}", "}"]:
        return Answer(200, {"errors": [{"message": "the fake knows only the viewer's login"}]})
    return Answer(200, {"data": {"viewer": {"login": login}}})


def _token(state: State, request: Request) -> Token:
    if not request.headers.get("user-agent"):
        raise Refusal(403, "Request forbidden by administrative rules: it has no User-Agent header.", is_fault=True)
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if not value:
        raise Refusal(401, "Requires authentication")
    if kind.lower() not in ("bearer", "token") or value not in state.tokens:
        raise Refusal(401, "Bad credentials")
    request.login = state.tokens[value].user.login
    return state.tokens[value]


def _route(state: State, request: Request, complain: Callable[[str], None]) -> tuple[Route, dict[str, str]]:
    home = f"/repositories/{state.number}/"
    if request.path.startswith(home):  # what the addresses of further pages look like
        request.path = f"/repos/{state.repository}/{request.path.removeprefix(home)}"
    found = route_of(request.method, request.path)
    if found is None:
        complain(f"{request.method} {request.path}: the fake serves no such operation")
        raise missing()
    if "owner" in found[1] and not state.is_here(found[1]["owner"], found[1]["repo"]):
        raise missing()
    return found


def _call(state: State, request: Request, token: Token, found: tuple[Route, dict[str, str]]) -> Call:
    route, path = found
    if not token.may(route.scopes, route.level):
        kind = "integration" if token.is_installation else "personal access token"
        needed = "; ".join(f"{scope.replace('-', '_')}={route.level}" for scope in route.scopes)
        refusal = Refusal(403, f"Resource not accessible by {kind}")
        raise refusal.with_header("X-Accepted-GitHub-Permissions", needed)
    body: Any = {}
    if request.body:
        try:
            body = json.loads(request.body)
        except ValueError:
            raise Refusal(400, "Problems parsing JSON", is_fault=True) from None
    faults = github().request_faults(request.method, request.path, request.query, request.body or None)
    if faults:
        raise Refusal(422, f"Invalid request.\n\n{'; '.join(faults)}", is_fault=True)
    return Call(state, token, path, dict(parse_qsl(request.query)), body if isinstance(body, dict) else {})


def _paged(state: State, request: Request, whole: Answer) -> Answer:
    """The page that was asked for, with the addresses of its neighbours; only lists have pages."""
    rows = whole.body[whole.inside] if whole.inside else whole.body
    if not isinstance(rows, list):
        return whole
    query = dict(parse_qsl(request.query))
    page = page_of(rows, query, _PAGE, _LONGEST_PAGE)
    body = {**whole.body, whole.inside: page.rows} if whole.inside else page.rows
    rest = request.path.removeprefix("/repos/").split("/", 2)[2]
    wanted = {"prev": page.number - 1, "next": page.number + 1, "last": page.last, "first": 1}
    shown = ("next", "last") if page.number == 1 else ("prev", "first") if page.number >= page.last else tuple(wanted)
    home = f"{state.api_url}/repositories/{state.number}/{rest}"
    links = [f'<{home}?{urlencode(query | {"page": wanted[name]})}>; rel="{name}"' for name in shown]
    return replace(whole, body=body, headers={**whole.headers, **({"Link": ", ".join(links)} if page.last > 1 else {})})

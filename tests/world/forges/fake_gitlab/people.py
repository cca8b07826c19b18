"""Who there is, and what they may do: lib/api/users.rb and members.rb of gitlabhq."""

from __future__ import annotations

from tests.world.forges.fake_gitlab import shapes
from tests.world.forges.fake_gitlab.routes import Call, Refusal, missing, serves
from tests.world.forges.fake_gitlab.taken import Taken
from tests.world.forges.http_fake.answers import Answer


@serves("GET /user")
def show_user(call: Call) -> Answer:
    """Whose token this is. Tokens of projects have users of their own."""
    user = call.user
    return Answer(200, shapes.user(call.state, user) | {"bot": user.is_bot, "bio": "", "email": ""})


@serves("GET /users", {"username": Taken(), "search": Taken(), "active": Taken(bool)}, is_open=True, is_list=True)
def list_users(call: Call) -> Answer:
    """The user of a name, whose case does not matter. Who is unknown may ask only so."""
    wanted = call.given.get("username")
    if not wanted and call.token is None:
        raise Refusal(403, {"message": "403 Forbidden - Not authorized to access /api/v4/users"})
    if not wanted:
        call.complain("all users of the forge are asked for")
    found = [user for name, user in call.state.users.items() if not wanted or name == wanted.lower()]
    return Answer(200, [shapes.user(call.state, user) for user in found])


@serves("GET /projects/{id}/members/all/{user_id}")
def show_member(call: Call) -> Answer:
    """What somebody may do in the project, by its own or by one of the groups above."""
    number = call.number("user_id")
    user = next((one for one in call.state.users.values() if one.number == number and one.level), None)
    if user is None or call.project is not call.state.project:
        raise missing()
    about = {"access_level": user.level, "expires_at": None, "membership_state": "active"}
    return Answer(200, shapes.user(call.state, user) | about)

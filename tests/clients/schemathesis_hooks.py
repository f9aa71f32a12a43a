"""Who asks, when schemathesis asks: an administrator, with a new token once the old one is used up; about people who
exist, at least in half of the cases."""

import os
import uuid

import httpx
import schemathesis

# An operation after which a token is good for nothing has a session of its own.
ENDS_THE_SESSION = {("DELETE", "/api/v1/sessions/current")}

client = httpx.Client(timeout=30)
# The administrator that tests/run has made for this run, as NAME:PASSWORD. What is asked may give them another name.
name, _, password = os.environ["XTREM_TEST_ADMINISTRATOR"].partition(":")
administrator = {"login": name, "password": password}
session: dict[str, str] = {}


def log_in(base: str) -> str:
    answer = client.post(f"{base}/api/v1/sessions", json=administrator)
    return answer.raise_for_status().json()["access_token"]


def bearing(known: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {known}"}


def token(base: str) -> str:
    """One that works now: keys may have been revoked, or the session ended, by what was asked before."""
    if base in session:
        me = client.get(f"{base}/api/v1/me", headers=bearing(session[base]))
        if me.is_success:
            administrator["login"] = me.json()["username"]
            return session[base]
    session[base] = log_in(base)
    return session[base]


def somebody(base: str) -> str:
    """The id of somebody new."""
    name = f"fuzzed-{uuid.uuid4().hex[:8]}"
    form = {"username": name, "email": f"{name}@clients.example"}
    answer = client.post(f"{base}/api/v1/users", json=form, headers=bearing(token(base)))
    return answer.raise_for_status().json()["id"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts an existing person in the place of every other one that was made up, where one would have done."""
    path = case.path_parameters or {}
    if "/users/{id}" not in case.operation.path or len(path.get("id", "")) != 36:
        return
    try:
        made_up = uuid.UUID(path["id"])
    except ValueError:
        return
    if made_up.int % 2 == 0:
        case.path_parameters["id"] = somebody(case.operation.base_url.rstrip("/"))


@schemathesis.auth(refresh_interval=None)
class Bearer:
    """A token of the same session for every request, save for those that end the session."""

    def get(self, case, context):
        operation = case.operation
        if not operation.definition.raw.get("security"):
            return None
        base = operation.base_url.rstrip("/")
        known = token(base)
        ends = (operation.method.upper(), operation.path) in ENDS_THE_SESSION
        return log_in(base) if ends else known

    def set(self, case, data, context):
        if data is not None:
            case.headers = case.headers or {}
            case.headers.update(bearing(data))

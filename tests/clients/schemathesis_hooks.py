"""Who asks, when schemathesis asks: somebody with a token, and with a new one once the old one is used up."""

import functools
import uuid

import httpx
import schemathesis

# Operations after which a token is good for nothing.
ENDS_THE_SESSION = {("DELETE", "/api/v1/sessions/current")}


@functools.cache
def account(base: str) -> tuple[str, str]:
    """One account for the whole run."""
    name = f"fuzzer-{uuid.uuid4().hex[:8]}"
    password = f"lantern-{uuid.uuid4()}"
    form = {"username": name, "email": f"{name}@clients.example", "password": password}
    httpx.post(f"{base}/api/v1/users", json=form).raise_for_status()
    return name, password


def log_in(base: str) -> str:
    login, password = account(base)
    answer = httpx.post(f"{base}/api/v1/sessions", json={"login": login, "password": password})
    return answer.raise_for_status().json()["access_token"]


@functools.cache
def lasting_token(base: str) -> str:
    return log_in(base)


@schemathesis.auth(refresh_interval=None)
class Bearer:
    """A token of the same session for every request, save for those that end the session."""

    def get(self, case, context):
        operation = case.operation
        if not operation.definition.raw.get("security"):
            return None
        base = operation.base_url.rstrip("/")
        if (operation.method.upper(), operation.path) in ENDS_THE_SESSION:
            return log_in(base)
        return lasting_token(base)

    def set(self, case, data, context):
        if data is not None:
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"

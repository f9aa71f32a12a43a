"""A person who verifies what Xtrem has signed and handed out to them by themselves: with PyJWT, the published key of the
running service, and nothing else.

    verify_document.py URL
"""

import base64
import json
import sys
import uuid

import httpx
import jwt

ALGORITHMS = ["EdDSA"]


def canonical(data: object) -> bytes:
    """RFC 8785. Documents have whole numbers and names in ASCII only, for which this is all there is to do."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.encode()


def verify(document: dict, key: jwt.PyJWK, kind: str) -> dict:
    """A detached JWS (RFC 7515, appendix F): what it signs stands beside it."""
    header, nothing, signature = document["signature"].split(".")
    if nothing:
        raise jwt.InvalidTokenError("the signature is not detached")
    payload = base64.urlsafe_b64encode(canonical(document["data"])).rstrip(b"=").decode()
    token = f"{header}.{payload}.{signature}"
    told = jwt.api_jws.PyJWS().decode_complete(token, key.key, algorithms=ALGORITHMS)
    if told["header"]["typ"] != kind or told["header"]["kid"] != key.key_id:
        raise jwt.InvalidTokenError(f"not a document of the kind {kind}: {told['header']}")
    return document["data"]


def refused(document: dict, key: jwt.PyJWK, kind: str) -> bool:
    try:
        verify(document, key, kind)
    except jwt.InvalidTokenError:
        return True
    return False


def somebody(client: httpx.Client) -> tuple[str, str, dict]:
    """Signs somebody up who says more than a signature should mind; answers with their id, password and headers."""
    name, password = f"verifier-{uuid.uuid4().hex[:8]}", f"lantern-{uuid.uuid4()}"
    form = {"username": name, "email": f"{name}@clients.example", "password": password}
    profile = client.post("/api/v1/users", json=form).raise_for_status().json()
    tokens = client.post("/api/v1/sessions", json={"login": name, "password": password}).raise_for_status().json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    patch = {"bio": 'Keeps \U0001f41d & "bees"\n</é\u2028>', "location": "Lyon/\\ \u00e9"}
    client.patch("/api/v1/me", json=patch, headers=bearer).raise_for_status()
    return profile["id"], password, bearer


def main(service: str) -> None:
    with httpx.Client(base_url=service) as client:
        [published] = client.get("/.well-known/document-keys.json").raise_for_status().json()["keys"]
        key = jwt.PyJWK(published)
        user, password, bearer = somebody(client)
        ticket = client.post("/api/v1/me/export", json={"password": password}, headers=bearer).raise_for_status()
        export = client.get(ticket.json()["url"], headers=bearer).raise_for_status().json()
        gone = client.post("/api/v1/me/deletion", json={"password": password}, headers=bearer).raise_for_status()
        receipt = json.loads(gone.headers["Erasure-Receipt"])
    assert verify(export, key, "xtrem-personal-data-export")["profile"]["id"] == user, export
    assert verify(receipt, key, "xtrem-erasure-receipt")["subject"] == user, receipt
    assert refused(export, key, "xtrem-erasure-receipt"), "an export passed for a receipt"
    assert refused(receipt | {"signature": export["signature"]}, key, "xtrem-personal-data-export"), "a signature moved"
    changed = export | {"data": export["data"] | {"exported_at": "2001-01-01T00:00:00Z"}}
    assert refused(changed, key, "xtrem-personal-data-export"), "a changed export was accepted"
    print(f"PyJWT {jwt.__version__} verified an export and a receipt of {service}")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))

"""An application that verifies Xtrem's access tokens by itself, as any application would: with PyJWT, the metadata and
the public keys of the running service, and nothing else.

    verify_access_token.py ALGORITHM URL
"""

import sys
import uuid

import httpx
import jwt


def access_token(client: httpx.Client) -> tuple[str, str]:
    """Signs somebody up and logs them in; answers with their id and their token."""
    name = f"verifier-{uuid.uuid4().hex[:8]}"
    password = f"lantern-{uuid.uuid4()}"
    form = {"username": name, "email": f"{name}@clients.example", "password": password}
    profile = client.post("/api/v1/users", json=form).raise_for_status().json()
    grant = {"grant_type": "password", "username": name, "password": password}
    tokens = client.post("/oauth2/token", data=grant).raise_for_status().json()
    return profile["id"], tokens["access_token"]


def verify(token: str, metadata: dict, algorithm: str, **changed: str) -> dict:
    """RFC 9068, section 4."""
    keys = jwt.PyJWKClient(metadata["jwks_uri"])
    expected = {"issuer": metadata["issuer"], "audience": metadata["issuer"]} | changed
    required = ["iss", "aud", "sub", "exp", "iat", "jti", "client_id"]
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=[algorithm],
        options={"require": required},
        **expected,
    )
    if jwt.get_unverified_header(token)["typ"] != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return claims


def refused(token: str, metadata: dict, algorithm: str, **changed: str) -> bool:
    try:
        verify(token, metadata, algorithm, **changed)
    except jwt.InvalidTokenError:
        return True
    return False


def main(algorithm: str, service: str) -> None:
    with httpx.Client(base_url=service) as client:
        found = client.get("/.well-known/oauth-authorization-server").raise_for_status()
        metadata = found.json()
        user, token = access_token(client)
    assert metadata["issuer"] == service, metadata
    claims = verify(token, metadata, algorithm)
    assert claims["sub"] == user, claims
    assert claims["scope"].split() == ["profile:read", "profile:write"], claims
    assert claims["role"] == "user", claims
    uuid.UUID(claims["sid"])
    head, body, signature = token.split(".")
    flipped = signature[:-4] + ("A" if signature[-4] != "A" else "B") + signature[-3:]
    assert refused(f"{head}.{body}.{flipped}", metadata, algorithm), "a changed signature was accepted"
    others = {"EdDSA", "ES256", "RS256"} - {algorithm}
    assert all(refused(token, metadata, other) for other in others), "it was signed otherwise"
    assert refused(token, metadata, algorithm, issuer="https://elsewhere.example"), "another issuer was accepted"
    assert refused(token, metadata, algorithm, audience="someone-else"), "another audience was accepted"
    print(f"PyJWT {jwt.__version__} verified an access token of {service}, signed with {algorithm}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].rstrip("/"))

"""Looks through everything that a run of the tests has logged for what no log may hold.

    scan_logs.py FOLDER

Everything below FOLDER is read. A line for each rule is planted there first: a rule that does not find its own is broken, and
so is a run that left no line of a service.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

# IPv4, and IPv6 in full or with a gap; a time of day is neither.
GROUPS = r"[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*"
ADDRESS = re.compile(
    rf"\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b|(?<![\w:])(?:(?:[0-9a-f]{{1,4}}:){{7}}[0-9a-f]{{1,4}}|(?:{GROUPS})?::(?:{GROUPS})?)(?![\w:])",
    re.IGNORECASE,
)


class Rule(NamedTuple):
    """What may stand nowhere: a line has one of `hints` (in small letters, which is quick to see), then the pattern decides."""

    hints: tuple[str, ...]
    pattern: str
    control: str


RULES = {
    "an e-mail address": Rule(("@",), r"[\w.+-]@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", "for wren.1.2@journeys.example"),
    "the name of a test person": Rule(("wren marlowe",), r"Wren Marlowe", "hello, Wren Marlowe 1-2"),
    "a marker of personal data": Rule(("qzmarker",), r"qzmarker", "qzmarker street 5"),
    "the password of a test person": Rule(
        ("corsair", "lantern-"),
        r"umbrella-(?:\d+-)?corsair|corsair-lantern-plinth|umbrella corsair|lantern-[a-z0-9-]{24}",
        "umbrella-812-corsair-7-plinth",
    ),
    # The signature of a head has the same beginning, and nothing in the middle.
    "an access token": Rule(("eyj",), r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0x.c2ln"),
    # In small letters, unlike what may stand in the middle of an id that was drawn; and the id of a key may begin with anything.
    "a token that means nothing": Rule(
        ("xrt_", "xsc_", "xdm_", "xpl_", "xex_", "xsl_"),
        r"(?<!kid=)(?-i:\bx(?:rt|sc|dm|pl|ex|sl)_)[\w-]{20,}",
        "xrt_0123456789abcdefghijklmnopqrstuv",
    ),
    "an Authorization header": Rule(
        ("bearer ", "basic ", "authorization"),
        r"\b(?:bearer|basic) [\w.+/=-]{8,}|(?<![\w-])authorization\W{0,2}[:=]\W{0,3}\w",
        "Authorization: Digest 0123456789",
    ),
    "a cookie": Rule(
        ("cookie", "__host-"), r"\b(?:set-)?cookie\b\W{1,4}\w+=|__Host-\w+=", "set-cookie: __Host-session=1"
    ),
    "a hash of a password": Rule(("$argon2",), r"\$argon2", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"),
    "a private key": Rule(
        ("private key", "age-secret"), r"-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-1", "-----BEGIN PRIVATE KEY-----"
    ),
}
PATTERNS = {kind: re.compile(rule.pattern, re.IGNORECASE) for kind, rule in RULES.items()}
# What is looked for in lines of certain kinds only, by their members.
QUERY = '{"message":"answered","route":"/api/v1/users?cursor=1"}'
ORIGIN = '{"target":"xtrem::security","message":"recorded","detail":"address=192.0.2.1"}'
MEMBERS = {"a query string": QUERY, "an IP address beside a person": ORIGIN}
CONTROLS = [rule.control for rule in RULES.values()] + list(MEMBERS.values())


def fields(line):
    """The members of a line of a service, wherever the format puts them."""
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return {**said, **said.get("fields", {})} if "target" in said or "message" in said else None


def findings(line):
    """The rules that the line breaks."""
    said = fields(line)
    if said is not None and said.get("message") == "ready":
        # The link for the first administrator is told to whoever reads the log, as long as there is none.
        line = line.replace(str(said.get("setup_link")), "")
    small = line.lower()
    for kind, rule in RULES.items():
        if any(hint in small for hint in rule.hints) and PATTERNS[kind].search(line):
            yield kind
    if said is None:
        return
    answered = said.get("message") == "answered"
    if answered and any("?" in str(said.get(name, "")) for name in ("route", "path", "url", "uri")):
        yield "a query string"
    if answered or str(said.get("target", "")).startswith("xtrem::security"):
        texts = (value for name, value in said.items() if name != "timestamp" and isinstance(value, str))
        if any(ADDRESS.search(text) for text in texts):
            yield "an IP address beside a person"


def scan(folder):
    """What was found, by rule: in which files, how often, and what the first line was; and how many lines services left."""
    found, services, lines = {}, 0, 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        with path.open(errors="replace") as text:
            for number, line in enumerate(text, 1):
                lines += 1
                services += line.startswith('{"timestamp"')
                for kind in findings(line):
                    found.setdefault(kind, []).append((path.relative_to(folder), number, line.strip()[:300]))
    return found, services, lines


def main():
    folder = Path(sys.argv[1])
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="planted-", suffix=".log") as planted:
        planted.write("\n".join(CONTROLS) + "\n")
        planted.flush()
        found, services, lines = scan(folder)
        mine = Path(planted.name).name
    silent = [kind for kind in [*RULES, *MEMBERS] if not any(path.name == mine for path, _, _ in found.get(kind, []))]
    if silent or not services:
        sys.exit(f"rules that find nothing where there is something: {silent}; lines of services: {services}")
    dirty = 0
    for kind, places in found.items():
        places = [place for place in places if place[0].name != mine]
        dirty += len(places)
        for path, number, line in places[:5]:
            print(f"{kind}: {path}:{number}: {line}")
        if len(places) > 5:
            print(f"{kind}: and {len(places) - 5} more")
    if dirty:
        sys.exit(f"{dirty} lines hold what no log may hold")
    print(f"{lines} lines, {services} of them of services: none of {len(RULES) + len(MEMBERS)} things was found")


if __name__ == "__main__":
    main()

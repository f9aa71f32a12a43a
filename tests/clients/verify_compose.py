"""Holds Compose files against the Compose specification, and against what we promise of them.

    verify_compose.py FILE...

The reader of `compose-spec` takes no member that the specification does not know. What no schema sees is looked at here: that
whatever is named exists, that images carry versions, that every service is contained, and that measurements stay inside.
"""

import json
import re
import sys
from pathlib import Path

import yaml
from compose_spec import PyCompose

# With a number in its tag, so that today's image is tomorrow's.
FIXED = re.compile(r"^[a-z0-9./-]+:[\w.-]*\d[\w.-]*$")
INSIDE = "9464"


def read(path):
    """One file with all that it includes, as the specification has it."""
    # Merged keys are resolved when JSON is made of it.
    told = yaml.safe_load(path.read_text())
    PyCompose.from_json(json.dumps(told)).to_spec()
    whole = {part: dict(told.get(part, {})) for part in ("services", "networks", "volumes", "secrets")}
    for included in told.get("include", []):
        for part, named in read(path.parent / included).items():
            assert not named.keys() & whole[part].keys(), f"{included}: says again what {path.name} says in {part}"
            whole[part] |= named
    return whole


def references(folder, service, whole):
    """What the service names and nobody has."""
    networks = service.get("networks", [])
    yield from (f"network {name}" for name in networks if name not in whole["networks"])
    yield from (f"secret {name}" for name in service.get("secrets", []) if name not in whole["secrets"])
    for mount in service.get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("."):
            if not (folder / source).exists():
                yield f"file {source}"
        elif source not in whole["volumes"]:
            yield f"volume {source}"
    for name, how in service.get("depends_on", {}).items():
        other = whole["services"].get(name)
        if other is None:
            yield f"service {name}"
        # Ours brings its health check along in the image.
        elif how["condition"] == "service_healthy" and "healthcheck" not in other and "build" not in other:
            yield f"health of {name}"


def looseness(service, whole):
    """Where the service is not contained."""
    if not FIXED.match(service["image"]):
        yield f"image {service['image']} has no fixed version"
    if service.get("read_only") is not True:
        yield "its root file system can be written"
    if service.get("cap_drop") != ["ALL"]:
        yield "it keeps capabilities"
    if service.get("security_opt") != ["no-new-privileges:true"]:
        yield "it may gain privileges"
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    yield from (f"it has no limit of {what}" for what in ("cpus", "memory", "pids") if what not in limits)
    yield from (f"port {port} is published" for port in service.get("ports", []) if str(port).endswith(INSIDE))
    # Docker can't put any other kind of secret into a container that is read-only.
    for name in service.get("secrets", []):
        if "file" not in whole["secrets"].get(name, {}):
            yield f"secret {name} is no file"


def verify(path):
    whole = read(path)
    services = whole["services"]
    assert services, f"{path}: no services"
    for name, service in services.items():
        found = [f"{missing} does not exist" for missing in references(path.parent, service, whole)]
        found += looseness(service, whole)
        assert not found, f"{path}: {name}: " + "; ".join(found)
    print(f"{path}: {len(services)} services: {', '.join(services)}")


def main():
    for path in map(Path, sys.argv[1:]):
        verify(path)


if __name__ == "__main__":
    main()

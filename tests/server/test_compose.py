"""compose.yaml against the Compose specification, the names of Neo4j's image, and the settings that a real server knows.

No container engine is needed, and none was: that Docker starts it was not tried. Sources: Compose specification, "Services
top-level element"; Neo4j Operations Manual, "Docker-specific configuration settings".
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase
from ruamel.yaml import YAML

from tracer import server
from tracer.graph.neo4j_door import address

FILE = Path(__file__).resolve().parents[2] / "compose.yaml"
#: The attributes of the specification that the file uses, by element, with the type each must have.
TOP = {"name": str, "services": dict, "secrets": dict, "volumes": dict}
SERVICE = {
    "image": str,
    "ports": list,
    "environment": dict,
    "secrets": list,
    "volumes": list,
    "healthcheck": dict,
    "restart": str,
}
HEALTHCHECK = {"test": list, "interval": str, "timeout": str, "retries": int}


@pytest.fixture(scope="module")
def stated() -> dict[str, Any]:
    made: dict[str, Any] = YAML(typ="safe").load(FILE.read_text("utf-8"))
    return made


@pytest.fixture(scope="module")
def service(stated: dict[str, Any]) -> dict[str, Any]:
    (made,) = stated["services"].values()
    return dict(made)


def setting(name: str) -> str:
    """Return the setting that the image makes of a name of its environment: an underscore is a dot, two are one underscore."""
    return name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_")


def test_every_attribute_is_one_of_the_specification(stated: dict[str, Any], service: dict[str, Any]) -> None:
    for found, allowed in ((stated, TOP), (service, SERVICE), (service["healthcheck"], HEALTHCHECK)):
        assert {name: type(value) for name, value in found.items()} == {name: allowed[name] for name in found}
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", stated["name"])
    assert service["restart"] == "no", "unquoted it is a boolean, which the specification does not take"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert all(type(value) is str for value in service["environment"].values()), "a boolean must be quoted"
    assert not [text for text in FILE.read_text("utf-8").splitlines() if "$" in text.partition("#")[0]], "interpolated"


def test_what_it_names_it_declares(stated: dict[str, Any], service: dict[str, Any]) -> None:
    assert set(service["secrets"]) == set(stated["secrets"])
    (secret,) = service["secrets"]
    assert service["environment"]["NEO4J_AUTH_FILE"] == f"/run/secrets/{secret}"
    assert [volume.partition(":") for volume in service["volumes"]] == [(*stated["volumes"], ":", "/data")]
    assert Path(stated["secrets"][secret]["file"]).name in (FILE.parent / ".gitignore").read_text("utf-8")


def test_only_this_machine_reaches_it(service: dict[str, Any]) -> None:
    assert {port.rpartition(":")[0].rpartition(":")[0] for port in service["ports"]} == {"127.0.0.1"}
    assert "NEO4J_AUTH" not in service["environment"], "a password in the environment can be read by others"


def test_it_is_the_release_that_tracer_starts(service: dict[str, Any]) -> None:
    assert service["image"] in {f"neo4j:{version}-community" for version in server.RELEASES}


def test_every_setting_is_one_that_the_server_knows_and_says_what_ours_says(
    service: dict[str, Any], neo4j: Any
) -> None:
    wanted = {setting(n): value for n, value in service["environment"].items() if n != "NEO4J_AUTH_FILE"}
    with GraphDatabase.driver(neo4j.uri, auth=(neo4j.user, neo4j.password)) as driver:
        asked = driver.execute_query("SHOW SETTINGS YIELD name, value RETURN name, value").records
    known = {row["name"]: row["value"] for row in asked}
    assert set(wanted) <= set(known)
    home = address(neo4j.uri)
    for name in () if "TRACER_NEO4J_URI" in os.environ else wanted:  # a server of somebody else has settings of its own
        if not name.startswith(("server.memory.", "server.bolt.adv", "server.http.adv")):
            ours = known[name].replace(f":{home.port}", ":7687")
            assert wanted[name].lower() == ours.lower(), name

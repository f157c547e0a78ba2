"""Planners for platforms: the service with the ready configurations in config/platforms/."""
import json
import os

from harness import Service

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../config/platforms")


def planner_of(name, addresses=None, more=None):
    """A service with the platform's configuration file. `addresses`: texts in the file and their replacements. `more`:
    further keys of the section `planner`."""
    with open(os.path.join(FOLDER, f"{name}.yaml"), encoding="utf-8") as file:
        planner = file.read().split("\nplanner:\n", 1)[1]
    for written, real in (addresses or {}).items():
        assert written in planner, f"{written} is not in {name}.yaml"
        planner = planner.replace(written, real)
    service = Service({"engines": [], "images": {"allow": []}})
    with open(service.config_file, "w", encoding="utf-8") as file:
        for key, value in service.config.items():
            file.write(f"{key}: {json.dumps(value)}\n")
        file.write("planner:\n" + planner)
        for key, value in (more or {}).items():
            file.write(f"  {key}: {json.dumps(value)}\n")
    return service

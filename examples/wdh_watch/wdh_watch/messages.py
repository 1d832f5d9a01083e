"""A message to a service of the house at the end of each run, be it good or bad: JSON, by HTTP."""

import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

from wdh import hooks

SECONDS = 5


@hooks.provide_settings
def provide_settings(domain):
    if domain is not None:
        return None
    return {
        "url": {"description": "The service that is told.", "type": "string", "pattern": "^http://127\\.0\\.0\\.1:"}
    }


@hooks.run_finished
def run_finished(domain, report, settings):
    if report["unchanged_since"] is not None:
        ended = "unchanged"
    elif not report["executed"]:
        ended = "planned"
    else:
        ended = "loaded" if report["facts"]["loaded"] else "not loaded"
    send(settings, {"domain": domain, "ended": ended, "run": report["run_id"], "vetoes": report["vetoes"]})


@hooks.run_failed
def run_failed(domain, error, exit_code, settings):
    send(settings, {"domain": domain, "ended": "failed", "exit_code": exit_code, "message": error["message"]})


def send(settings, message):
    """Send a message; a service that is not there raises, and wdh tells the operator."""
    if settings is None or "url" not in settings:
        return
    service = urlsplit(settings["url"])
    with closing(HTTPConnection(service.netloc, timeout=SECONDS)) as connection:
        connection.request("POST", service.path, json.dumps(message), {"Content-Type": "application/json"})
        connection.getresponse()

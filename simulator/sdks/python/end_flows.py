"""Ends flows that Smartcar's Python SDK starts, at the simulator.

The SDK reads the origin of Connect from SMARTCAR_CONNECT_ORIGIN.
"""

import os
from urllib.parse import parse_qs, urlsplit

import requests
import smartcar

APPLICATION_ID = os.environ["APPLICATION_ID"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
STATE = "the app’s state"


def start(redirect_uri: str | None) -> str:
    client = smartcar.AuthClient(
        client_id=APPLICATION_ID,
        client_secret="not-used",
        redirect_uri=redirect_uri,
        mode="simulated",
    )
    options = {
        "state": STATE,
        "force_prompt": True,
        "make_bypass": "TESLA",
        "single_select": {"enabled": True, "vin": "5YJSA1E14FF101307"},
        "flags": {"country": "DE"},
        "user": "user 7",
    }
    address = client.get_auth_url(["required:read_vehicle_info", "read_odometer"], options)
    assert address.startswith(os.environ["SMARTCAR_CONNECT_ORIGIN"] + "/"), address
    return address


def end(address: str, outcome: str) -> dict[str, list[str]]:
    page = requests.get(address, allow_redirects=False)
    assert page.status_code == 200, page.text
    response = requests.get(f"{address}&simulated_outcome={outcome}", allow_redirects=False)
    assert response.status_code == 302, response.text
    callback = urlsplit(response.headers["location"])
    assert f"{callback.scheme}://{callback.netloc}{callback.path}" == REDIRECT_URI
    return parse_qs(callback.query)


def connections(user_id: str) -> list[dict]:
    """Asks the API behind Connect, as an app does that exchanges no code."""
    origin = os.environ["SMARTCAR_CONNECT_ORIGIN"]
    credentials = {
        "grant_type": "client_credentials",
        "client_id": "client_01SIMULATOR",
        "client_secret": "simulated-secret",
    }
    token = requests.post(f"{origin}/oauth2/token", data=credentials).json()
    headers = {
        "Authorization": f"{token['token_type']} {token['access_token']}",
        "sc-user-id": user_id,
    }
    return requests.get(f"{origin}/v3/connections", headers=headers).json()["data"]


OUTCOMES = {
    "authorization_code": "code",
    "authorization_code.with_virtual_key": "virtual_key_url",
    "access_denied": "error",
    "oem_cancelled_login": "error",
    "vehicle_incompatible.with_vin_and_make": "vin",
}

for redirect_uri in (REDIRECT_URI, None):
    for outcome, expected in OUTCOMES.items():
        parameters = end(start(redirect_uri), outcome)
        assert parameters["state"] == [STATE], parameters
        assert expected in parameters, parameters
        print(f"Python, redirect_uri={redirect_uri}, {outcome}: {parameters[expected][0]}")

user_id = end(start(REDIRECT_URI), "authorization_code")["user_id"][0]
for connection in connections(user_id):
    vehicle = connection["attributes"]["vehicle"]
    print(f"Python, connection of {user_id}: {vehicle['make']} {vehicle['model']}")

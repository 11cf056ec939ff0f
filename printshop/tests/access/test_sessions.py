"""A person's session: not to be read by scripts, not sent by other sites, not chosen by anybody else."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from printshop.tests.desk import make_boss

LOGIN = {"username": "berta", "password": "a", "next": "/admin/"}


@pytest.mark.django_db(databases="__all__")
def test_its_cookie_is_for_this_site_alone_and_for_no_script() -> None:
    make_boss()
    client = Client()
    assert client.post("/admin/login/", LOGIN).status_code == 302
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


@pytest.mark.django_db(databases="__all__")
def test_signing_in_begins_a_new_one() -> None:
    make_boss()
    client = Client()
    session = client.session
    session["chosen"] = "by somebody else"
    session.save()
    chosen = str(session.session_key)
    client.cookies[settings.SESSION_COOKIE_NAME] = chosen
    client.post("/admin/login/", LOGIN)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != chosen
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = chosen
    assert stolen.get("/admin/").status_code == 302


@pytest.mark.parametrize("https", ["on", "off"])
def test_cookies_travel_by_tls_alone_where_there_is_tls(https: str) -> None:
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]
    program = f"from printshop import settings as s; import json; print(json.dumps([getattr(s, n) for n in {names}]))"
    told = subprocess.run([sys.executable, "-c", program], env=os.environ | {"HTTPS": https}, cwd=settings.BASE_DIR,
                          capture_output=True, check=True)  # fmt: skip
    assert json.loads(told.stdout) == [https == "on"] * 3

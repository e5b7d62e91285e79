"""``action=login``, ``clientlogin``, ``logout`` and the tokens they need."""

from __future__ import annotations

from typing import Any

from ..answers import ApiError, missing_param
from ..call import Call

BOT_COOKIE = "sandbox_BPsession"


def login(call: Call) -> dict[str, Any]:
    """Sign in with a bot password, ``Name@app``."""
    call.private = True
    name, password = call.text("lgname"), call.text("lgpassword")
    token = call.text("lgtoken")
    if not token:
        return {"login": {"result": "NeedToken", "token": _login_token(call)}}
    if not call.session.accepts("login", token):
        return {"login": {"result": "WrongToken"}}
    found = call.wiki.accounts.sign_in(name, password)
    if not found:
        reason = "There is no such user name with this password."
        return {"login": {"result": "Failed", "reason": reason}}
    user = call.wiki.accounts.user(*found)
    assert user
    if found[1]:
        call.cookies[BOT_COOKIE] = call.wiki.sessions.new(*found).id
    else:
        call.session.name, call.session.app = found
    return {"login": {"result": "Success", "lguserid": user.id, "lgusername": user.name}}


def clientlogin(call: Call) -> dict[str, Any]:
    """Sign in with the main password of an account."""
    call.private = True
    if not (call.given("logincontinue") or call.given("loginreturnurl")):
        raise missing_param("loginreturnurl")
    if not call.session.accepts("login", call.required("logintoken")):
        raise ApiError("badtoken", "The login token is not of this session.")
    found = call.wiki.accounts.sign_in(call.text("username"), call.text("password"))
    call.flag("rememberMe")
    if not found or found[1]:
        text = "There is no such user name with this password."
        failed = {"status": "FAIL", "message": text, "messagecode": "wrongpassword"}
        return {"clientlogin": failed}
    call.session.name = found[0]
    return {"clientlogin": {"status": "PASS", "username": found[0]}}


def logout(call: Call) -> dict[str, Any]:
    """Sign out."""
    call.private = True
    call.wiki.sessions.forget(call.session)
    return {}


def tokens(call: Call) -> dict[str, Any]:
    """``meta=tokens``."""
    call.private = True
    now = call.wiki.store.clock()
    made = {}
    for kind in call.several("type", default="csrf"):
        if kind not in ("csrf", "login", "watch", "patrol", "rollback", "userrights"):
            call.warn("tokens", f'There is no token of type "{kind}".')
            continue
        made[f"{kind}token"] = call.session.token(kind, now)
    return {"tokens": made}


def _login_token(call: Call) -> str:
    return call.session.token("login", call.wiki.store.clock())

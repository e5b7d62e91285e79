"""``Special:EntityData``: one entity as JSON or RDF, with the statuses of HTTP."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime

import msgspec
from pyoxigraph import BlankNode, RdfFormat, Triple, parse, serialize
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from kgtool.entities import Item
from kgtool.entities.rdf import Flavour, RdfWriter
from kgtool.entities.rdf_values import ONTOLOGY
from kgtool.entities.turtle import to_turtle

from .actions.entities import add_urls, info
from .edits import blank
from .graph import with_head
from .records import Page, Revision
from .times import iso
from .wiki import Wiki

TYPES = {
    "json": "application/json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
_FORMATS = {"rdf": RdfFormat.RDF_XML, "jsonld": RdfFormat.JSON_LD}
_OPEN = {"Access-Control-Allow-Origin": "*"}
_PRIVATE = {
    **_OPEN,
    "Vary": "Accept-Encoding, Cookie",
    "Expires": formatdate(0, usegmt=True),
    "Cache-Control": "private, must-revalidate, max-age=0",
}
_UNCHANGED = {"Content-Language": "en", "X-Frame-Options": "DENY"}
_CACHE = "public, s-maxage=3600, max-age=3600"


def entity_uri(wiki: Wiki, id: str) -> Response:
    """``/entity/Q4``: see the data."""
    where = f"{wiki.address}/wiki/Special:EntityData/{id}"
    return Response(status_code=303, headers={"Location": where}, media_type="text/html")


def entity_data(wiki: Wiki, request: HttpRequest, name: str) -> Response:
    """``Special:EntityData/Q4.ttl``, or ``Q4`` alone, which leads to a form that is accepted."""
    id, dot, form = name.partition(".")
    id = id.upper()
    if not re.fullmatch(r"[QP][1-9]\d{0,9}", id):
        return _refused(400, "Bad Request", f"{id.lower()} is not an id.")
    if not dot:
        return _negotiated(wiki, request, id)
    if form not in TYPES:
        return _refused(415, "Unsupported Media Type", f"There is no form {form}.")
    asked = wiki.store.page(id)
    page = wiki.store.page(asked.redirect) if asked and asked.redirect else asked
    if page is None or not page.alive:
        return _refused(404, "Not Found", f"There is no entity {id}.")
    revision = wiki.store.latest(page)
    number = request.query_params.get("revision", "")
    if number.isdecimal() and int(number):
        found = wiki.store.revision(int(number))
        if found is None or found.page != page.id:
            return _refused(404, "Not Found", f"{id} has no revision {number}.")
        revision = found
    since = request.headers.get("if-modified-since")
    if since and _not_after(revision.time, since):
        return Response(status_code=304, headers={**_PRIVATE, **_UNCHANGED}, media_type="text/html")
    flavor = request.query_params.get("flavor", "full")
    if form == "json":
        entity = revision.entity
        add_urls(entity)
        body = msgspec.json.encode({"entities": {page.entity: {**info(page, revision), **entity}}})
    else:
        front = _redirect(wiki, asked) if asked and asked.redirect else b""
        body = _rdf(wiki, page, revision, form, flavor, front)
    headers = {
        **_OPEN,
        "Last-Modified": formatdate(revision.time, usegmt=True),
        "Cache-Control": _CACHE,
        "X-Frame-Options": "DENY",
        "Content-Type": f"{TYPES[form]}; charset=UTF-8",
    }
    return Response(body, headers=headers)


def _negotiated(wiki: Wiki, request: HttpRequest, id: str) -> Response:
    accepted = ",".join(request.headers.getlist("accept"))
    form = next((form for form, media in TYPES.items() if media in accepted), "json")
    where = f"{wiki.address}/wiki/Special:EntityData/{id}.{form}"
    if "text/html" in accepted:
        where = wiki.profile.page_url(id)
    headers = {**_PRIVATE, "Location": where, "Last-Modified": formatdate(usegmt=True)}
    return Response(status_code=303, headers=headers, media_type="text/html")


def _redirect(wiki: Wiki, page: Page) -> bytes:
    """What is said of a redirect: where it leads, and its own data set."""
    assert page.redirect
    revision = wiki.store.latest(page)
    writer = RdfWriter(wiki.profile, flavour="simple")
    own = writer.triples(Item(page.entity, lastrevid=revision.id, modified=iso(revision.time)))
    data = f"<{wiki.profile.data_base}".encode()
    lines = [line for line in own.splitlines(keepends=True) if line.startswith(data)]
    return b"".join([writer.redirect(page.entity, page.redirect), *lines])


def _rdf(wiki: Wiki, page: Page, revision: Revision, form: str, flavor: str, front: bytes) -> bytes:
    flavour: Flavour = "simple" if flavor == "simple" else "dump"
    entity = with_head(page, revision)
    if form == "ttl" and flavor != "full" and not front:
        return to_turtle(entity, wiki.profile, flavour=flavour).encode()
    triples = front + RdfWriter(wiki.profile, flavour=flavour).triples(entity)
    if flavor == "full":
        triples += _mentioned(wiki, page.entity, triples)
    if form == "nt":
        return triples
    written = serialize(
        (_renamed(one.triple) for one in parse(triples, RdfFormat.N_TRIPLES)),
        format=_FORMATS.get(form, RdfFormat.TURTLE),
        prefixes=wiki.profile.prefixes,
    )
    assert written is not None
    return written


def _renamed(triple: Triple) -> Triple:
    """The triple with blank nodes whose names RDF/XML allows too: Wikibase's begin with digits."""
    subject, object = triple.subject, triple.object
    if isinstance(subject, BlankNode):
        subject = BlankNode(f"b{subject.value}")
    if isinstance(object, BlankNode):
        object = BlankNode(f"b{object.value}")
    return Triple(subject, triple.predicate, object)


def _mentioned(wiki: Wiki, own: str, triples: bytes) -> bytes:
    """Terms of the entities that an entity mentions; what makes the flavour *full*."""
    base = re.escape(wiki.profile.entity_iri(""))
    # Units, globes and calendars are not mentioned in this sense.
    lines = [line for line in triples.decode().splitlines() if f"> <{ONTOLOGY}" not in line]
    ids = set(re.findall(rf"<{base}([QP]\d+)>", "\n".join(lines)))
    ids |= set(re.findall(r"/prop/[a-z/-]*(P\d+)>", "\n".join(lines)))
    writer = RdfWriter(wiki.profile)
    data = f"<{wiki.profile.data_base}".encode()
    written: list[bytes] = []
    for id, page in wiki.store.pages(sorted(ids - {own})).items():
        if not page.alive:
            continue
        revision = wiki.store.latest(page)
        entity = revision.entity
        kept = ("type", "id", "datatype", "labels", "descriptions")
        short = blank(entity["type"], id) | {k: entity[k] for k in kept if k in entity}
        stub = revision._replace(content=msgspec.json.encode(short))
        for line in writer.triples(with_head(page, stub)).splitlines(keepends=True):
            if not line.startswith(data):
                written.append(line)
    return b"".join(written)


def _not_after(seconds: int, since: str) -> bool:
    try:
        return seconds <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


def _refused(status: int, title: str, text: str) -> Response:
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    html += f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    return Response(html, status, headers=_OPEN, media_type="text/html")

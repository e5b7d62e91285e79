"""Sites: what a site id such as ``enwiki`` or ``be_x_oldwikisource`` stands for."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import quote

from kgtool.entities.term_languages import is_term_language

_FAMILIES = (
    "wiktionary",
    "wikibooks",
    "wikinews",
    "wikiquote",
    "wikisource",
    "wikiversity",
    "wikivoyage",
    "wiki",
)
# Sites without a language of their own: id → (host, group)
_SINGLE = {
    "abstractwiki": ("abstract.wikipedia.org", "abstract"),
    "commonswiki": ("commons.wikimedia.org", "commons"),
    "foundationwiki": ("foundation.wikimedia.org", "foundation"),
    "incubatorwiki": ("incubator.wikimedia.org", "incubator"),
    "mediawikiwiki": ("www.mediawiki.org", "mediawiki"),
    "metawiki": ("meta.wikimedia.org", "meta"),
    "outreachwiki": ("outreach.wikimedia.org", "outreach"),
    "sourceswiki": ("wikisource.org", "sources"),
    "specieswiki": ("species.wikimedia.org", "species"),
    "wikidatawiki": ("www.wikidata.org", "wikidata"),
    "wikifunctionswiki": ("www.wikifunctions.org", "wikifunctions"),
    "wikimaniawiki": ("wikimania.wikimedia.org", "wikimania"),
}
# Codes that Wikimedia sites use and that are not what BCP 47 calls the language
# (meta.wikimedia.org/wiki/Special_language_codes; Wikibase's own choices among them).
_CANONICAL = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "bh": "bho",
    "cbk-zam": "cbk-x-zam",
    "crh": "crh-Latn",
    "eml": "egl",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",
    "nds-nl": "nds-NL",
    "no": "nb",
    "nrm": "fr-x-nrm",
    "roa-rup": "rup",
    "roa-tara": "it-x-tara",
    "simple": "en-simple",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}


class Site(NamedTuple):
    """A site: its address with ``/`` at the end, BCP 47 language, and group (``wikipedia``, …)."""

    address: str
    language: str
    group: str

    def page(self, title: str) -> str:
        """Address of a page, encoded as MediaWiki does."""
        name = title.replace(" ", "_")
        if not _plain.fullmatch(name):
            name = quote(name, safe=_UNQUOTED)
        return f"{self.address}wiki/{name}"


# What MediaWiki leaves as it is in addresses.
_UNQUOTED = ";@$!*(),/~:"
_plain = re.compile(r"[A-Za-z0-9_.,()-]*")


def may_be_linked(id: str) -> bool:
    """Whether sitelinks may lead to a site of that id: ``enwiki``, ``be_x_oldwiki``."""
    found = site(id)
    return found is not None and is_term_language(found.language.partition("-")[0])


@cache
def site(id: str) -> Site | None:
    """The Wikimedia site of that id, or ``None`` if there cannot be one."""
    if id in _SINGLE:
        host, group = _SINGLE[id]
        return Site(f"https://{host}/", "en", group)
    for family in _FAMILIES:
        code = id.removesuffix(family)
        if code != id:
            break
    else:
        return None
    code = code.replace("_", "-")
    if not code or not code.isascii() or not code.replace("-", "").isalnum():
        return None
    group = "wikipedia" if family == "wiki" else family
    language = _CANONICAL.get(code, code)
    host = "be-tarask" if code == "be-x-old" and group == "wikipedia" else code
    return Site(f"https://{host}.{group}.org/", language, group)

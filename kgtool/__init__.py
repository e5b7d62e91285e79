"""Bring museums, archives and libraries to Wikidata: find the gaps, close them, measure again."""

from pathlib import Path

# api/, queries/ and shapes/ lie inside this folder in a wheel, beside it in a checkout.
_here = Path(__file__).parent
if not (_here / "api").is_dir():
    __path__.append(str(_here.parent))


def __getattr__(name: str) -> str:
    # Reading the version costs 20 ms, which most commands never need.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("kgtool")
        except PackageNotFoundError:  # a checkout that was never installed
            return "0+checkout"
    raise AttributeError(name)

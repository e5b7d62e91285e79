"""The only room that edits a wiki: journaled, one writer, nothing sent twice or overwritten."""

from kgtool.writes.account import Account
from kgtool.writes.approval import approval_request, deletion_list
from kgtool.writes.batch import Batch, BatchFolder, ReportLine
from kgtool.writes.client import WikiClient
from kgtool.writes.lease import lease
from kgtool.writes.reading import PageText, WikiReader
from kgtool.writes.run import Run
from kgtool.writes.sending import Progress
from kgtool.writes.undo import Undone, undo_batch, undone_json
from kgtool.writes.world import WikiWorld

__all__ = [
    "Account",
    "Batch",
    "BatchFolder",
    "PageText",
    "Progress",
    "ReportLine",
    "Run",
    "Undone",
    "WikiClient",
    "WikiReader",
    "WikiWorld",
    "approval_request",
    "deletion_list",
    "lease",
    "undo_batch",
    "undone_json",
]

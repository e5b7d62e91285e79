"""What kgtool must remember: registry, helpdesk, accounts, claims, past matrices.

SQLAlchemy lives here.

SQLite in the workspace by default, PostgreSQL or MariaDB by ``KGTOOL_DATABASE_URL``. The tables are
stated in ``schema.py``; ``migrations/`` brings a database from one statement to the next and back.
"""

from kgtool.store.accounts import Account, AccountStore, Token
from kgtool.store.audit import AuditStore, Event
from kgtool.store.backup import Copy
from kgtool.store.claims import Claim, ClaimStore
from kgtool.store.database import Database
from kgtool.store.history import HistoryStore, PastMatrix, PastTotal
from kgtool.store.jobs import Job, JobStore
from kgtool.store.jobs import State as JobState
from kgtool.store.leases import JobLeases
from kgtool.store.mended import MendedStore
from kgtool.store.partners import PartnerStore
from kgtool.store.people import PersonStore
from kgtool.store.plan_notes import PlanNote, PlanNoteStore
from kgtool.store.publications import Publication, PublicationStore
from kgtool.store.redirects import Moved, RedirectStore
from kgtool.store.requests import RequestStore
from kgtool.store.seal import Seal
from kgtool.store.selections import SavedSelection, SelectionStore
from kgtool.store.sessions import SessionStore

__all__ = [
    "Account",
    "AccountStore",
    "AuditStore",
    "Claim",
    "ClaimStore",
    "Copy",
    "Database",
    "Event",
    "HistoryStore",
    "Job",
    "JobLeases",
    "JobState",
    "JobStore",
    "MendedStore",
    "Moved",
    "PartnerStore",
    "PastMatrix",
    "PastTotal",
    "PersonStore",
    "PlanNote",
    "PlanNoteStore",
    "Publication",
    "PublicationStore",
    "RedirectStore",
    "RequestStore",
    "SavedSelection",
    "Seal",
    "SelectionStore",
    "SessionStore",
    "Token",
]

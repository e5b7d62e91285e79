CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL UNIQUE,
    ns INTEGER NOT NULL,
    latest INTEGER NOT NULL DEFAULT 0,
    redirect TEXT,
    deleted INTEGER NOT NULL DEFAULT 0,
    protected INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    page INTEGER NOT NULL REFERENCES page (id),
    parent INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    time INTEGER NOT NULL,
    comment TEXT NOT NULL,
    tags TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS revision_page ON revision (page, id);
CREATE INDEX IF NOT EXISTS revision_user ON revision (user, id);
CREATE TABLE IF NOT EXISTS change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    page INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    bot INTEGER NOT NULL,
    old_size INTEGER NOT NULL,
    new_size INTEGER NOT NULL,
    time INTEGER NOT NULL,
    user TEXT NOT NULL,
    comment TEXT NOT NULL,
    tags TEXT NOT NULL,
    log TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS change_time ON change (time, id);
CREATE TABLE IF NOT EXISTS term (
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS term_text ON term (text, kind, language);
CREATE INDEX IF NOT EXISTS term_entity ON term (entity);
CREATE TABLE IF NOT EXISTS sitelink (
    site TEXT NOT NULL,
    title TEXT NOT NULL,
    entity TEXT NOT NULL,
    PRIMARY KEY (site, title)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sitelink_entity ON sitelink (entity);
CREATE TABLE IF NOT EXISTS counter (kind TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    groups TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS credential (
    account INTEGER NOT NULL REFERENCES account (id),
    app TEXT NOT NULL,
    password TEXT NOT NULL,
    grants TEXT NOT NULL,
    PRIMARY KEY (account, app)
);
CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL UNIQUE REFERENCES account (id),
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    start INTEGER NOT NULL,
    expiry INTEGER NOT NULL
);

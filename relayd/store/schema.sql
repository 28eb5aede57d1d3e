-- relayd's store, version 1. Times are milliseconds since 1970 (UTC), keys 32 raw bytes, lists and maps JSON.
-- Columns named sealed_* are encrypted by the caller and bound to tenant, row and column.
-- Every table but meta, relay and tenants begins its key with the tenant.

CREATE TABLE meta (
  only_row       INTEGER PRIMARY KEY CHECK (only_row = 1),
  schema_version INTEGER NOT NULL
) STRICT;

CREATE TABLE relay (
  only_row         INTEGER PRIMARY KEY CHECK (only_row = 1),
  key              BLOB NOT NULL,
  sealed_key       BLOB NOT NULL,
  successor        BLOB,
  sealed_successor BLOB NOT NULL,
  statement_number INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
  id                TEXT PRIMARY KEY,
  name              TEXT NOT NULL UNIQUE,
  mode              TEXT NOT NULL,
  org_fingerprint   TEXT NOT NULL,
  org_statement     TEXT NOT NULL,
  statement_number  INTEGER NOT NULL,
  sealed_issuer_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  tenant       TEXT NOT NULL REFERENCES tenants (id),
  id           TEXT NOT NULL,
  email        TEXT NOT NULL COLLATE NOCASE,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,
  password_phc TEXT NOT NULL,
  failed_count INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  tenant    TEXT NOT NULL,
  id        TEXT NOT NULL,
  user      TEXT NOT NULL,
  sign_key  BLOB NOT NULL,
  noise_key BLOB NOT NULL,
  created   INTEGER NOT NULL,
  last_used INTEGER,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, sign_key),
  FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  tenant           TEXT NOT NULL REFERENCES tenants (id),
  id               TEXT NOT NULL,
  name             TEXT NOT NULL,
  tags             TEXT NOT NULL,
  sign_key         BLOB NOT NULL,
  noise_key        BLOB NOT NULL,
  os               TEXT NOT NULL,
  version          TEXT NOT NULL,
  certificate      TEXT NOT NULL,
  ephemeral        INTEGER NOT NULL,
  enrolled_by      BLOB, -- the enrolment token's key
  -- The last instance that the agent acknowledged, and the one committed after it.
  instance_counter INTEGER,
  instance_random  BLOB,
  next_counter     INTEGER,
  next_random      BLOB,
  enrolled_at      INTEGER NOT NULL,
  last_seen        INTEGER,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, name),
  UNIQUE (tenant, sign_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE enroll_tokens (
  tenant     TEXT NOT NULL REFERENCES tenants (id),
  public_key BLOB NOT NULL UNIQUE,
  label      TEXT NOT NULL,
  tags       TEXT NOT NULL,
  allow      TEXT NOT NULL,
  uses_left  INTEGER NOT NULL CHECK (uses_left >= 0),
  expires    INTEGER NOT NULL,
  ephemeral  INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (tenant, public_key)
) STRICT, WITHOUT ROWID;

-- Append-only, one hash chain per (tenant, writer).
CREATE TABLE audit (
  tenant    TEXT NOT NULL REFERENCES tenants (id),
  writer    TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  action    TEXT NOT NULL,
  target    TEXT NOT NULL,
  session   TEXT,
  detail    TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash      TEXT NOT NULL,
  PRIMARY KEY (tenant, writer, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE (ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN
  SELECT RAISE (ABORT, 'audit is append-only');
END;

INSERT INTO meta (only_row, schema_version) VALUES (1, 1);

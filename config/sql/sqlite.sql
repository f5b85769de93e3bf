-- The tables of rulehost in SQLite.
-- A line `-- version n` begins the statements that lead from version n - 1 of the tables to version n; an empty line ends a
-- statement. What was released stays as it is: a change is a new version. The names are stable for those who query the
-- database by hand; so are the defaults, which let `INSERT INTO ttp_rule (rule_id, yaml_content)` and its like work.
--
-- Revisions: every write to a captured table moves the one row of ttp_revision first. Its lock is held until the commit,
-- so the next writer gets the next number only after this one is visible, and a rollback gives the number back: commit
-- order is revision order, without holes.

-- version 1
-- rules, their states, the history, leases and tags

CREATE TABLE ttp_revision (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  revision BIGINT NOT NULL,
  database_id TEXT NOT NULL
);

CREATE TABLE ttp_rule (
  rule_id TEXT NOT NULL PRIMARY KEY,
  rule_version BIGINT NOT NULL DEFAULT 1,
  source_path TEXT NOT NULL DEFAULT '',
  yaml_content TEXT NOT NULL,
  content_hash TEXT NOT NULL DEFAULT '',
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  updated_by TEXT NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE ttp_rule_state (
  rule_id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  confidence_max REAL,
  expires_at TEXT NULL,
  reason TEXT NOT NULL DEFAULT '',
  set_by TEXT NOT NULL DEFAULT 'sql',
  set_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE ttp_rule_change (
  revision INTEGER NOT NULL PRIMARY KEY,
  rule_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  detail TEXT
);

CREATE INDEX ttp_rule_change_of_rule ON ttp_rule_change (rule_id, revision);

CREATE INDEX ttp_rule_change_time ON ttp_rule_change (changed_at);

CREATE TABLE ttp_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE TABLE ttp_tag (
  uuid TEXT NOT NULL PRIMARY KEY,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  attacker_uuid TEXT,
  identity_uuid TEXT,
  session_id TEXT,
  decky_id TEXT,
  tactic TEXT NOT NULL,
  technique_id TEXT NOT NULL,
  sub_technique_id TEXT,
  confidence REAL NOT NULL,
  rule_id TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  attack_release TEXT NOT NULL,
  mitre_url TEXT NOT NULL,
  created_at TEXT NOT NULL
);

-- Most tags have no identity yet: nobody looks for those by it, and each would cost a page. A database that was made
-- with whole indexes is as good.
CREATE INDEX ttp_tag_identity ON ttp_tag (identity_uuid, technique_id) WHERE identity_uuid IS NOT NULL;

CREATE INDEX ttp_tag_attacker ON ttp_tag (attacker_uuid, technique_id) WHERE attacker_uuid IS NOT NULL;

CREATE INDEX ttp_tag_technique ON ttp_tag (technique_id, created_at);

CREATE INDEX ttp_tag_session ON ttp_tag (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX ttp_tag_rule ON ttp_tag (rule_id);

INSERT INTO ttp_revision VALUES (1, 0, lower(hex(randomblob(16))));

CREATE TRIGGER ttp_rule_inserted AFTER INSERT ON ttp_rule
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule SET revision = (SELECT revision FROM ttp_revision) WHERE rule_id = NEW.rule_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.rule_id, 'definition',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), NEW.updated_by,
    json_object('rule_version', NEW.rule_version, 'source_path', NEW.source_path, 'yaml_content', NEW.yaml_content));
END;

-- A client that leaves the time of writing alone did not say who it is either.
CREATE TRIGGER ttp_rule_updated AFTER UPDATE OF rule_id, rule_version, source_path, yaml_content, content_hash,
  updated_at, updated_by ON ttp_rule
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule SET revision = (SELECT revision FROM ttp_revision) WHERE rule_id = NEW.rule_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.rule_id, 'definition',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'),
    CASE WHEN NEW.updated_at = OLD.updated_at THEN 'sql' ELSE NEW.updated_by END,
    json_object('rule_version', NEW.rule_version, 'source_path', NEW.source_path, 'yaml_content', NEW.yaml_content));
END;

CREATE TRIGGER ttp_rule_deleted AFTER DELETE ON ttp_rule
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'deletion',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

CREATE TRIGGER ttp_rule_renamed AFTER UPDATE OF rule_id ON ttp_rule WHEN OLD.rule_id <> NEW.rule_id
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'deletion',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

-- Numbers go as text: JSON numbers lose digits on the way through SQLite, where seventeen of a double are needed and
-- fifteen printed.
CREATE TRIGGER ttp_rule_state_inserted AFTER INSERT ON ttp_rule_state
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule_state SET revision = (SELECT revision FROM ttp_revision) WHERE rule_id = NEW.rule_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.rule_id, 'state',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), NEW.set_by,
    json_object('state', NEW.state,
      'confidence_max', CASE typeof(NEW.confidence_max) WHEN 'real' THEN printf('%!.17g', NEW.confidence_max) ELSE
        NEW.confidence_max END, 'expires_at', NEW.expires_at, 'reason', NEW.reason, 'set_by', NEW.set_by,
      'set_at', NEW.set_at));
END;

CREATE TRIGGER ttp_rule_state_updated AFTER UPDATE OF rule_id, state, confidence_max, expires_at, reason, set_by, set_at
  ON ttp_rule_state
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule_state SET revision = (SELECT revision FROM ttp_revision) WHERE rule_id = NEW.rule_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.rule_id, 'state',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), CASE WHEN NEW.set_at = OLD.set_at THEN 'sql' ELSE NEW.set_by END,
    json_object('state', NEW.state,
      'confidence_max', CASE typeof(NEW.confidence_max) WHEN 'real' THEN printf('%!.17g', NEW.confidence_max) ELSE
        NEW.confidence_max END, 'expires_at', NEW.expires_at, 'reason', NEW.reason, 'set_by', NEW.set_by,
      'set_at', NEW.set_at));
END;

CREATE TRIGGER ttp_rule_state_deleted AFTER DELETE ON ttp_rule_state
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'state',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

CREATE TRIGGER ttp_rule_state_renamed AFTER UPDATE OF rule_id ON ttp_rule_state WHEN OLD.rule_id <> NEW.rule_id
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'state',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

-- version 2
-- how far inputs were read, and the messages that wait to be published

CREATE TABLE ttp_input_position (
  input TEXT NOT NULL PRIMARY KEY,
  place TEXT NOT NULL,
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);

-- Sequences are not given out in the order of the commits, and none is given out twice.
CREATE TABLE ttp_outbox (
  sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  message_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);

-- version 3
-- the projections whose master has begun to write its rules for the first time, and is not done

CREATE TABLE ttp_first_pass (
  name TEXT NOT NULL PRIMARY KEY,
  begun_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);

-- version 4
-- the oldest program that may use the tables, how far each consumer of the outbox has come, and the texts of a directory
-- that its master did not bring into the store

ALTER TABLE schema_version ADD COLUMN min_reader BIGINT NOT NULL DEFAULT 0;

CREATE TABLE ttp_outbox_consumer (
  name TEXT NOT NULL PRIMARY KEY,
  passed BIGINT NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);

CREATE TABLE ttp_rule_quarantine (
  projection TEXT NOT NULL,
  number BIGINT NOT NULL,
  rule_id TEXT NOT NULL,
  source_path TEXT NOT NULL,
  findings TEXT NOT NULL,
  quarantined_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (projection, number)
);

-- version 5
-- the lists that rules share; their history has the name of the list for a rule_id

CREATE TABLE ttp_rule_list (
  list_name TEXT NOT NULL PRIMARY KEY,
  source_path TEXT NOT NULL DEFAULT '',
  list_values TEXT NOT NULL,
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  updated_by TEXT NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE TRIGGER ttp_rule_list_inserted AFTER INSERT ON ttp_rule_list
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule_list SET revision = (SELECT revision FROM ttp_revision) WHERE list_name = NEW.list_name;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.list_name, 'list',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), NEW.updated_by,
    json_object('source_path', NEW.source_path, 'list_values', NEW.list_values));
END;

CREATE TRIGGER ttp_rule_list_updated AFTER UPDATE OF list_name, source_path, list_values, updated_at, updated_by ON
  ttp_rule_list
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_rule_list SET revision = (SELECT revision FROM ttp_revision) WHERE list_name = NEW.list_name;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.list_name, 'list',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'),
    CASE WHEN NEW.updated_at = OLD.updated_at THEN 'sql' ELSE NEW.updated_by END,
    json_object('source_path', NEW.source_path, 'list_values', NEW.list_values));
END;

CREATE TRIGGER ttp_rule_list_deleted AFTER DELETE ON ttp_rule_list
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.list_name, 'list',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

CREATE TRIGGER ttp_rule_list_renamed AFTER UPDATE OF list_name ON ttp_rule_list WHEN OLD.list_name <> NEW.list_name
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.list_name, 'list',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

-- version 6
-- what a tag says of its event and its judgement, in columns that are empty in older rows: no row is rewritten for them

ALTER TABLE ttp_tag ADD COLUMN observed_at TEXT;

ALTER TABLE ttp_tag ADD COLUMN src_ip TEXT;

ALTER TABLE ttp_tag ADD COLUMN src_port INTEGER;

-- All 16 bytes as hexadecimal digits, IPv4 as ::ffff:a.b.c.d, so that networks are ranges.
ALTER TABLE ttp_tag ADD COLUMN src_address TEXT;

ALTER TABLE ttp_tag ADD COLUMN tactic_name TEXT;

ALTER TABLE ttp_tag ADD COLUMN technique_name TEXT;

ALTER TABLE ttp_tag ADD COLUMN clipped_from REAL;

ALTER TABLE ttp_tag ADD COLUMN rule_name TEXT;

ALTER TABLE ttp_tag ADD COLUMN truncated SMALLINT;

ALTER TABLE ttp_tag ADD COLUMN undecided SMALLINT;

ALTER TABLE ttp_tag ADD COLUMN observe SMALLINT;

ALTER TABLE ttp_tag ADD COLUMN retracted SMALLINT;

ALTER TABLE ttp_tag ADD COLUMN revision BIGINT;

ALTER TABLE ttp_tag ADD COLUMN origin_input TEXT;

ALTER TABLE ttp_tag ADD COLUMN origin_line BIGINT;

ALTER TABLE ttp_tag ADD COLUMN happened_at TEXT AS (COALESCE(observed_at, created_at));

-- version 7
-- what each process that follows the store says of itself

CREATE TABLE ttp_worker (
  process TEXT NOT NULL PRIMARY KEY,
  worker TEXT NOT NULL,
  host TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  revision BIGINT NOT NULL,
  digest TEXT NOT NULL,
  rules BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  stale_since TEXT NULL
);

-- version 8
-- counts of each rule by hour and worker

CREATE TABLE ttp_rule_hour (
  begins_at TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  worker TEXT NOT NULL,
  hits BIGINT NOT NULL DEFAULT 0,
  tags BIGINT NOT NULL DEFAULT 0,
  withheld BIGINT NOT NULL DEFAULT 0,
  measured BIGINT NOT NULL DEFAULT 0,
  cost BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (begins_at, rule_id, worker)
);

-- version 9
-- decisions, of which any number stand beside the states of ttp_rule_state; their history has the decision_id for a rule_id

-- `rules` and `scope` are lists of texts, as JSON. A decision_id is the revision of its insert, whatever the insert gives.
CREATE TABLE ttp_decision (
  decision_id INTEGER NOT NULL PRIMARY KEY,
  effect TEXT NOT NULL,
  confidence_max REAL,
  rules TEXT NOT NULL,
  scope TEXT NOT NULL DEFAULT '[]',
  starts_at TEXT NULL,
  ends_at TEXT NULL,
  reason TEXT NOT NULL DEFAULT '',
  ticket TEXT NOT NULL DEFAULT '',
  set_by TEXT NOT NULL DEFAULT 'sql',
  set_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  revision BIGINT NOT NULL DEFAULT 0
);

-- INSERT OR REPLACE removes the other row without its trigger.
CREATE TRIGGER ttp_decision_replaced BEFORE INSERT ON ttp_decision
  WHEN EXISTS (SELECT 1 FROM ttp_decision WHERE decision_id = NEW.decision_id)
BEGIN
  SELECT RAISE(ABORT, 'there is a decision of this decision_id');
END;

CREATE TRIGGER ttp_decision_inserted AFTER INSERT ON ttp_decision
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_decision SET decision_id = (SELECT revision FROM ttp_revision),
    revision = (SELECT revision FROM ttp_revision) WHERE decision_id = NEW.decision_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision),
    CAST((SELECT revision FROM ttp_revision) AS TEXT), 'decision', strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), NEW.set_by,
    json_object('effect', NEW.effect,
      'confidence_max', CASE typeof(NEW.confidence_max) WHEN 'real' THEN printf('%!.17g', NEW.confidence_max) ELSE
        NEW.confidence_max END, 'rules', NEW.rules, 'scope', NEW.scope, 'starts_at', NEW.starts_at,
      'ends_at', NEW.ends_at, 'reason', NEW.reason, 'ticket', NEW.ticket, 'set_by', NEW.set_by, 'set_at', NEW.set_at));
END;

CREATE TRIGGER ttp_decision_renamed BEFORE UPDATE OF decision_id ON ttp_decision
  WHEN OLD.revision <> 0 AND NEW.decision_id <> OLD.decision_id
BEGIN
  SELECT RAISE(ABORT, 'a decision keeps its decision_id');
END;

CREATE TRIGGER ttp_decision_updated AFTER UPDATE OF effect, confidence_max, rules, scope, starts_at, ends_at, reason,
  ticket, set_by, set_at ON ttp_decision
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  UPDATE ttp_decision SET revision = (SELECT revision FROM ttp_revision) WHERE decision_id = NEW.decision_id;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), CAST(NEW.decision_id AS TEXT), 'decision',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), CASE WHEN NEW.set_at = OLD.set_at THEN 'sql' ELSE NEW.set_by END,
    json_object('effect', NEW.effect,
      'confidence_max', CASE typeof(NEW.confidence_max) WHEN 'real' THEN printf('%!.17g', NEW.confidence_max) ELSE
        NEW.confidence_max END, 'rules', NEW.rules, 'scope', NEW.scope, 'starts_at', NEW.starts_at,
      'ends_at', NEW.ends_at, 'reason', NEW.reason, 'ticket', NEW.ticket, 'set_by', NEW.set_by, 'set_at', NEW.set_at));
END;

CREATE TRIGGER ttp_decision_deleted AFTER DELETE ON ttp_decision
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), CAST(OLD.decision_id AS TEXT), 'decision',
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'sql', NULL);
END;

-- What is in force, or will be from `starts_at` on, in both tables.
CREATE VIEW ttp_standing_decision AS
  SELECT decision_id, rules, effect, confidence_max, scope, starts_at, ends_at, reason, ticket, set_by, set_at
    FROM ttp_decision WHERE ends_at IS NULL OR ends_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
  UNION ALL
  SELECT revision, json_array(rule_id), CASE state WHEN 'disabled' THEN 'disable' ELSE 'clip' END, confidence_max, '[]',
    NULL, expires_at, reason, '', set_by, set_at FROM ttp_rule_state WHERE state IN ('disabled', 'clipped') AND
    (expires_at IS NULL OR expires_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'));

-- version 10
-- the tags that decisions withheld, as they would be without them

CREATE TABLE ttp_withheld_tag (
  uuid TEXT NOT NULL PRIMARY KEY,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  attacker_uuid TEXT,
  identity_uuid TEXT,
  session_id TEXT,
  decky_id TEXT,
  tactic TEXT NOT NULL,
  technique_id TEXT NOT NULL,
  sub_technique_id TEXT,
  confidence REAL NOT NULL,
  rule_id TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  attack_release TEXT NOT NULL,
  mitre_url TEXT NOT NULL,
  created_at TEXT NOT NULL,
  observed_at TEXT,
  src_ip TEXT,
  src_port INTEGER,
  src_address TEXT,
  tactic_name TEXT,
  technique_name TEXT,
  clipped_from REAL,
  rule_name TEXT,
  truncated SMALLINT,
  undecided SMALLINT,
  observe SMALLINT,
  retracted SMALLINT,
  revision BIGINT,
  origin_input TEXT,
  origin_line BIGINT,
  happened_at TEXT AS (COALESCE(observed_at, created_at)),
  decision_id BIGINT NOT NULL
);

CREATE INDEX ttp_withheld_tag_decision ON ttp_withheld_tag (decision_id, happened_at);

CREATE INDEX ttp_withheld_tag_age ON ttp_withheld_tag (created_at);

-- version 11
-- when, by whom and why a tag was retracted: `retracted` alone is what makes it so

ALTER TABLE ttp_tag ADD COLUMN retracted_at TEXT;

ALTER TABLE ttp_tag ADD COLUMN retracted_by TEXT;

ALTER TABLE ttp_tag ADD COLUMN retraction_reason TEXT;

-- version 12
-- what each event of a session said, tagged or not

CREATE TABLE ttp_step (
  uuid TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  happened_at TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  typed TEXT NOT NULL,
  created_at TEXT NOT NULL
);

CREATE INDEX ttp_step_session ON ttp_step (session_id, happened_at, ordinal);

CREATE INDEX ttp_step_age ON ttp_step (created_at);

-- version 13
-- former texts of rules that were made live again, and that their masters leave alone until their files change

CREATE TABLE ttp_rule_pin (
  revision BIGINT NOT NULL PRIMARY KEY,
  rule_id TEXT NOT NULL,
  to_revision BIGINT NOT NULL,
  file_hash TEXT NOT NULL,
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  set_at TEXT NOT NULL,
  ended_at TEXT NULL,
  ended_by TEXT
);

CREATE INDEX ttp_rule_pin_rule ON ttp_rule_pin (rule_id);

-- The tables of rulehost in MariaDB.
-- A line `-- version n` begins the statements that lead from version n - 1 of the tables to version n; an empty line ends a
-- statement. What was released stays as it is: a change is a new version. The names are stable for those who query the
-- database by hand; so are the defaults, which let `INSERT INTO ttp_rule (rule_id, yaml_content)` and its like work.
--
-- Revisions: every write to a captured table moves the one row of ttp_revision first. Its lock is held until the commit,
-- so the next writer gets the next number only after this one is visible, and a rollback gives the number back: commit
-- order is revision order, without holes.
--
-- utf8mb4_nopad_bin: `R1`, `r1` and `R1 ` are three rules. The IF NOT EXISTS are because a definition commits by itself
-- here, so that a first start that was interrupted is done again.

-- version 1
-- rules, their states, the history, leases and tags

CREATE TABLE IF NOT EXISTS ttp_revision (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  revision BIGINT NOT NULL,
  database_id VARCHAR(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ttp_rule (
  rule_id VARCHAR(255) NOT NULL PRIMARY KEY,
  rule_version BIGINT NOT NULL DEFAULT 1,
  source_path MEDIUMTEXT NOT NULL DEFAULT '',
  yaml_content MEDIUMTEXT NOT NULL,
  content_hash VARCHAR(255) NOT NULL DEFAULT '',
  updated_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  updated_by VARCHAR(255) NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ttp_rule_state (
  rule_id VARCHAR(255) NOT NULL PRIMARY KEY,
  state VARCHAR(255) NOT NULL,
  confidence_max DOUBLE,
  expires_at DATETIME(6) NULL,
  reason MEDIUMTEXT NOT NULL DEFAULT '',
  set_by VARCHAR(255) NOT NULL DEFAULT 'sql',
  set_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  revision BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ttp_rule_change (
  revision BIGINT NOT NULL PRIMARY KEY,
  rule_id VARCHAR(255) NOT NULL,
  kind VARCHAR(255) NOT NULL,
  changed_at DATETIME(6) NOT NULL,
  changed_by VARCHAR(255) NOT NULL,
  detail MEDIUMTEXT
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ttp_rule_change_of_rule ON ttp_rule_change (rule_id, revision);

CREATE INDEX IF NOT EXISTS ttp_rule_change_time ON ttp_rule_change (changed_at);

CREATE TABLE IF NOT EXISTS ttp_lease (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  holder VARCHAR(255) NOT NULL,
  expires_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ttp_tag (
  uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  source_kind MEDIUMTEXT NOT NULL,
  source_id MEDIUMTEXT NOT NULL,
  attacker_uuid MEDIUMTEXT,
  identity_uuid MEDIUMTEXT,
  session_id MEDIUMTEXT,
  decky_id MEDIUMTEXT,
  tactic VARCHAR(255) NOT NULL,
  technique_id VARCHAR(255) NOT NULL,
  sub_technique_id VARCHAR(255),
  confidence DOUBLE NOT NULL,
  rule_id VARCHAR(255) NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence MEDIUMTEXT NOT NULL,
  attack_release VARCHAR(255) NOT NULL,
  mitre_url VARCHAR(255) NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ttp_tag_identity ON ttp_tag (identity_uuid(64), technique_id(64));

CREATE INDEX IF NOT EXISTS ttp_tag_attacker ON ttp_tag (attacker_uuid(64), technique_id(64));

CREATE INDEX IF NOT EXISTS ttp_tag_technique ON ttp_tag (technique_id(64), created_at);

CREATE INDEX IF NOT EXISTS ttp_tag_session ON ttp_tag (session_id(64));

CREATE INDEX IF NOT EXISTS ttp_tag_rule ON ttp_tag (rule_id(64));

INSERT IGNORE INTO ttp_revision VALUES (1, 0, UUID());

-- A trigger cannot write to its own table here, so the number is taken before the row is written and the history
-- follows after.
DROP TRIGGER IF EXISTS ttp_rule_stamped_insert;

CREATE TRIGGER ttp_rule_stamped_insert BEFORE INSERT ON ttp_rule FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_inserted;

CREATE TRIGGER ttp_rule_inserted AFTER INSERT ON ttp_rule FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.rule_id, 'definition', UTC_TIMESTAMP(6), NEW.updated_by,
    JSON_OBJECT('rule_version', NEW.rule_version, 'source_path', NEW.source_path, 'yaml_content', NEW.yaml_content));
END;

DROP TRIGGER IF EXISTS ttp_rule_stamped_update;

CREATE TRIGGER ttp_rule_stamped_update BEFORE UPDATE ON ttp_rule FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_updated;

CREATE TRIGGER ttp_rule_updated AFTER UPDATE ON ttp_rule FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.rule_id, 'definition', UTC_TIMESTAMP(6),
    IF(NEW.updated_at = OLD.updated_at, USER(), NEW.updated_by),
    JSON_OBJECT('rule_version', NEW.rule_version, 'source_path', NEW.source_path, 'yaml_content', NEW.yaml_content));
  IF OLD.rule_id <> NEW.rule_id THEN
    UPDATE ttp_revision SET revision = revision + 1;
    INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'deletion', UTC_TIMESTAMP(6),
      USER(), NULL);
  END IF;
END;

DROP TRIGGER IF EXISTS ttp_rule_deleted;

CREATE TRIGGER ttp_rule_deleted AFTER DELETE ON ttp_rule FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'deletion', UTC_TIMESTAMP(6),
    USER(), NULL);
END;

DROP TRIGGER IF EXISTS ttp_rule_state_stamped_insert;

CREATE TRIGGER ttp_rule_state_stamped_insert BEFORE INSERT ON ttp_rule_state FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_state_inserted;

CREATE TRIGGER ttp_rule_state_inserted AFTER INSERT ON ttp_rule_state FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.rule_id, 'state', UTC_TIMESTAMP(6), NEW.set_by,
    JSON_OBJECT('state', NEW.state, 'confidence_max', CAST(NEW.confidence_max AS CHAR),
      'expires_at', CAST(NEW.expires_at AS CHAR), 'reason', NEW.reason, 'set_by', NEW.set_by,
      'set_at', CAST(NEW.set_at AS CHAR)));
END;

DROP TRIGGER IF EXISTS ttp_rule_state_stamped_update;

CREATE TRIGGER ttp_rule_state_stamped_update BEFORE UPDATE ON ttp_rule_state FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_state_updated;

CREATE TRIGGER ttp_rule_state_updated AFTER UPDATE ON ttp_rule_state FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.rule_id, 'state', UTC_TIMESTAMP(6),
    IF(NEW.set_at = OLD.set_at, USER(), NEW.set_by),
    JSON_OBJECT('state', NEW.state, 'confidence_max', CAST(NEW.confidence_max AS CHAR),
      'expires_at', CAST(NEW.expires_at AS CHAR), 'reason', NEW.reason, 'set_by', NEW.set_by,
      'set_at', CAST(NEW.set_at AS CHAR)));
  IF OLD.rule_id <> NEW.rule_id THEN
    UPDATE ttp_revision SET revision = revision + 1;
    INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'state', UTC_TIMESTAMP(6),
      USER(), NULL);
  END IF;
END;

DROP TRIGGER IF EXISTS ttp_rule_state_deleted;

CREATE TRIGGER ttp_rule_state_deleted AFTER DELETE ON ttp_rule_state FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.rule_id, 'state', UTC_TIMESTAMP(6),
    USER(), NULL);
END;

-- version 2
-- how far inputs were read, and the messages that wait to be published

CREATE TABLE IF NOT EXISTS ttp_input_position (
  input VARCHAR(255) NOT NULL PRIMARY KEY,
  place MEDIUMTEXT NOT NULL,
  updated_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Sequences are not given out in the order of the commits, and none is given out twice.
CREATE TABLE IF NOT EXISTS ttp_outbox (
  sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  message_id VARCHAR(255) NOT NULL,
  topic MEDIUMTEXT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 3
-- the projections whose master has begun to write its rules for the first time, and is not done

CREATE TABLE IF NOT EXISTS ttp_first_pass (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  begun_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 4
-- the oldest program that may use the tables, how far each consumer of the outbox has come, and the texts of a directory
-- that its master did not bring into the store

ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS min_reader BIGINT NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS ttp_outbox_consumer (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  passed BIGINT NOT NULL DEFAULT 0,
  updated_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ttp_rule_quarantine (
  projection VARCHAR(255) NOT NULL,
  number BIGINT NOT NULL,
  rule_id MEDIUMTEXT NOT NULL,
  source_path MEDIUMTEXT NOT NULL,
  findings MEDIUMTEXT NOT NULL,
  quarantined_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (projection, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 5
-- the lists that rules share; their history has the name of the list for a rule_id

CREATE TABLE IF NOT EXISTS ttp_rule_list (
  list_name VARCHAR(255) NOT NULL PRIMARY KEY,
  source_path MEDIUMTEXT NOT NULL DEFAULT '',
  list_values MEDIUMTEXT NOT NULL,
  updated_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  updated_by VARCHAR(255) NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

DROP TRIGGER IF EXISTS ttp_rule_list_stamped_insert;

CREATE TRIGGER ttp_rule_list_stamped_insert BEFORE INSERT ON ttp_rule_list FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_list_inserted;

CREATE TRIGGER ttp_rule_list_inserted AFTER INSERT ON ttp_rule_list FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.list_name, 'list', UTC_TIMESTAMP(6), NEW.updated_by,
    JSON_OBJECT('source_path', NEW.source_path, 'list_values', NEW.list_values));
END;

DROP TRIGGER IF EXISTS ttp_rule_list_stamped_update;

CREATE TRIGGER ttp_rule_list_stamped_update BEFORE UPDATE ON ttp_rule_list FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_rule_list_updated;

CREATE TRIGGER ttp_rule_list_updated AFTER UPDATE ON ttp_rule_list FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.list_name, 'list', UTC_TIMESTAMP(6),
    IF(NEW.updated_at = OLD.updated_at, USER(), NEW.updated_by),
    JSON_OBJECT('source_path', NEW.source_path, 'list_values', NEW.list_values));
  IF OLD.list_name <> NEW.list_name THEN
    UPDATE ttp_revision SET revision = revision + 1;
    INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.list_name, 'list', UTC_TIMESTAMP(6),
      USER(), NULL);
  END IF;
END;

DROP TRIGGER IF EXISTS ttp_rule_list_deleted;

CREATE TRIGGER ttp_rule_list_deleted AFTER DELETE ON ttp_rule_list FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.list_name, 'list', UTC_TIMESTAMP(6),
    USER(), NULL);
END;

-- version 6
-- what a tag says of its event and its judgement, in columns that are empty in older rows: no row is rewritten for them

-- A session that waits for a table keeps out all later ones, and so does not wait for long. src_address: all 16 bytes
-- as hexadecimal digits, IPv4 as ::ffff:a.b.c.d, so that networks are ranges.
SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag
  ADD COLUMN IF NOT EXISTS observed_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS src_ip MEDIUMTEXT,
  ADD COLUMN IF NOT EXISTS src_port INTEGER,
  ADD COLUMN IF NOT EXISTS src_address CHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS tactic_name VARCHAR(255),
  ADD COLUMN IF NOT EXISTS technique_name VARCHAR(255),
  ADD COLUMN IF NOT EXISTS clipped_from DOUBLE,
  ADD COLUMN IF NOT EXISTS rule_name MEDIUMTEXT,
  ADD COLUMN IF NOT EXISTS truncated SMALLINT,
  ADD COLUMN IF NOT EXISTS undecided SMALLINT,
  ADD COLUMN IF NOT EXISTS observe SMALLINT,
  ADD COLUMN IF NOT EXISTS retracted SMALLINT,
  ADD COLUMN IF NOT EXISTS revision BIGINT,
  ADD COLUMN IF NOT EXISTS origin_input MEDIUMTEXT,
  ADD COLUMN IF NOT EXISTS origin_line BIGINT;

SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag ADD COLUMN IF NOT EXISTS happened_at DATETIME(6) AS
  (COALESCE(observed_at, created_at)) VIRTUAL;

SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag ADD COLUMN IF NOT EXISTS stored_at DATETIME(6);

SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag ALTER COLUMN stored_at SET DEFAULT (UTC_TIMESTAMP(6));

-- version 7
-- what each process that follows the store says of itself

CREATE TABLE IF NOT EXISTS ttp_worker (
  process VARCHAR(255) NOT NULL PRIMARY KEY,
  worker VARCHAR(255) NOT NULL,
  host VARCHAR(255) NOT NULL,
  version VARCHAR(255) NOT NULL,
  started_at DATETIME(6) NOT NULL,
  seen_at DATETIME(6) NOT NULL,
  revision BIGINT NOT NULL,
  digest VARCHAR(255) NOT NULL,
  rules BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  stale_since DATETIME(6) NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 8
-- counts of each rule by hour and worker

CREATE TABLE IF NOT EXISTS ttp_rule_hour (
  begins_at DATETIME(6) NOT NULL,
  rule_id VARCHAR(255) NOT NULL,
  worker VARCHAR(255) NOT NULL,
  hits BIGINT NOT NULL DEFAULT 0,
  tags BIGINT NOT NULL DEFAULT 0,
  withheld BIGINT NOT NULL DEFAULT 0,
  measured BIGINT NOT NULL DEFAULT 0,
  cost BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (begins_at, rule_id, worker)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 9
-- decisions, of which any number stand beside the states of ttp_rule_state; their history has the decision_id for a rule_id

-- `rules` and `scope` are lists of texts, as JSON. A decision_id is the revision of its insert, whatever the insert gives.
CREATE TABLE IF NOT EXISTS ttp_decision (
  decision_id BIGINT NOT NULL DEFAULT 0 PRIMARY KEY,
  effect VARCHAR(255) NOT NULL,
  confidence_max DOUBLE,
  rules MEDIUMTEXT NOT NULL,
  scope MEDIUMTEXT NOT NULL DEFAULT '[]',
  starts_at DATETIME(6) NULL,
  ends_at DATETIME(6) NULL,
  reason MEDIUMTEXT NOT NULL DEFAULT '',
  ticket MEDIUMTEXT NOT NULL DEFAULT '',
  set_by VARCHAR(255) NOT NULL DEFAULT 'sql',
  set_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  revision BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

DROP TRIGGER IF EXISTS ttp_decision_stamped_insert;

CREATE TRIGGER ttp_decision_stamped_insert BEFORE INSERT ON ttp_decision FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision), NEW.decision_id = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_decision_inserted;

CREATE TRIGGER ttp_decision_inserted AFTER INSERT ON ttp_decision FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, CAST(NEW.decision_id AS CHAR), 'decision', UTC_TIMESTAMP(6),
    NEW.set_by, JSON_OBJECT('effect', NEW.effect, 'confidence_max', CAST(NEW.confidence_max AS CHAR),
      'rules', NEW.rules, 'scope', NEW.scope, 'starts_at', CAST(NEW.starts_at AS CHAR),
      'ends_at', CAST(NEW.ends_at AS CHAR), 'reason', NEW.reason, 'ticket', NEW.ticket, 'set_by', NEW.set_by,
      'set_at', CAST(NEW.set_at AS CHAR)));
END;

DROP TRIGGER IF EXISTS ttp_decision_stamped_update;

CREATE TRIGGER ttp_decision_stamped_update BEFORE UPDATE ON ttp_decision FOR EACH ROW
BEGIN
  IF OLD.decision_id <> NEW.decision_id THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a decision keeps its decision_id';
  END IF;
  UPDATE ttp_revision SET revision = revision + 1;
  SET NEW.revision = (SELECT revision FROM ttp_revision);
END;

DROP TRIGGER IF EXISTS ttp_decision_updated;

CREATE TRIGGER ttp_decision_updated AFTER UPDATE ON ttp_decision FOR EACH ROW
BEGIN
  INSERT INTO ttp_rule_change VALUES (NEW.revision, CAST(NEW.decision_id AS CHAR), 'decision', UTC_TIMESTAMP(6),
    IF(NEW.set_at = OLD.set_at, USER(), NEW.set_by),
    JSON_OBJECT('effect', NEW.effect, 'confidence_max', CAST(NEW.confidence_max AS CHAR),
      'rules', NEW.rules, 'scope', NEW.scope, 'starts_at', CAST(NEW.starts_at AS CHAR),
      'ends_at', CAST(NEW.ends_at AS CHAR), 'reason', NEW.reason, 'ticket', NEW.ticket, 'set_by', NEW.set_by,
      'set_at', CAST(NEW.set_at AS CHAR)));
END;

DROP TRIGGER IF EXISTS ttp_decision_deleted;

CREATE TRIGGER ttp_decision_deleted AFTER DELETE ON ttp_decision FOR EACH ROW
BEGIN
  UPDATE ttp_revision SET revision = revision + 1;
  INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), CAST(OLD.decision_id AS CHAR), 'decision',
    UTC_TIMESTAMP(6), USER(), NULL);
END;

-- What is in force, or will be from `starts_at` on, in both tables.
CREATE OR REPLACE VIEW ttp_standing_decision AS
  SELECT decision_id, rules, effect, confidence_max, scope, starts_at, ends_at, reason, ticket, set_by, set_at
    FROM ttp_decision WHERE ends_at IS NULL OR ends_at > UTC_TIMESTAMP(6)
  UNION ALL
  SELECT revision, CONCAT('[', JSON_QUOTE(rule_id), ']'), CASE state WHEN 'disabled' THEN 'disable' ELSE 'clip' END,
    confidence_max, '[]', NULL, expires_at, reason, '', set_by, set_at FROM ttp_rule_state WHERE
    state IN ('disabled', 'clipped') AND (expires_at IS NULL OR expires_at > UTC_TIMESTAMP(6));

-- version 10
-- the tags that decisions withheld, as they would be without them

CREATE TABLE IF NOT EXISTS ttp_withheld_tag (
  uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  source_kind MEDIUMTEXT NOT NULL,
  source_id MEDIUMTEXT NOT NULL,
  attacker_uuid MEDIUMTEXT,
  identity_uuid MEDIUMTEXT,
  session_id MEDIUMTEXT,
  decky_id MEDIUMTEXT,
  tactic VARCHAR(255) NOT NULL,
  technique_id VARCHAR(255) NOT NULL,
  sub_technique_id VARCHAR(255),
  confidence DOUBLE NOT NULL,
  rule_id VARCHAR(255) NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence MEDIUMTEXT NOT NULL,
  attack_release VARCHAR(255) NOT NULL,
  mitre_url VARCHAR(255) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  observed_at DATETIME(6),
  src_ip MEDIUMTEXT,
  src_port INTEGER,
  src_address CHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
  tactic_name VARCHAR(255),
  technique_name VARCHAR(255),
  clipped_from DOUBLE,
  rule_name MEDIUMTEXT,
  truncated SMALLINT,
  undecided SMALLINT,
  observe SMALLINT,
  retracted SMALLINT,
  revision BIGINT,
  origin_input MEDIUMTEXT,
  origin_line BIGINT,
  happened_at DATETIME(6) AS (COALESCE(observed_at, created_at)) VIRTUAL,
  stored_at DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)),
  decision_id BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ttp_withheld_tag_decision ON ttp_withheld_tag (decision_id, happened_at);

CREATE INDEX IF NOT EXISTS ttp_withheld_tag_age ON ttp_withheld_tag (created_at);

-- version 11
-- when, by whom and why a tag was retracted: `retracted` alone is what makes it so

SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag
  ADD COLUMN IF NOT EXISTS retracted_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS retracted_by MEDIUMTEXT,
  ADD COLUMN IF NOT EXISTS retraction_reason MEDIUMTEXT;

-- version 12
-- what each event of a session said, tagged or not

CREATE TABLE IF NOT EXISTS ttp_step (
  uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  session_id VARCHAR(256) NOT NULL,
  source_kind VARCHAR(256) NOT NULL,
  source_id VARCHAR(256) NOT NULL,
  happened_at DATETIME(6) NOT NULL,
  ordinal BIGINT NOT NULL,
  typed MEDIUMTEXT NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ttp_step_session ON ttp_step (session_id, happened_at, ordinal);

CREATE INDEX IF NOT EXISTS ttp_step_age ON ttp_step (created_at);

-- version 13
-- former texts of rules that were made live again, and that their masters leave alone until their files change

CREATE TABLE IF NOT EXISTS ttp_rule_pin (
  revision BIGINT NOT NULL PRIMARY KEY,
  rule_id VARCHAR(255) NOT NULL,
  to_revision BIGINT NOT NULL,
  file_hash VARCHAR(255) NOT NULL,
  reason MEDIUMTEXT NOT NULL,
  set_by VARCHAR(255) NOT NULL,
  set_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  ended_by VARCHAR(255)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ttp_rule_pin_rule ON ttp_rule_pin (rule_id);

-- The tables of rulehost in PostgreSQL.
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
  updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  updated_by TEXT NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE ttp_rule_state (
  rule_id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  confidence_max DOUBLE PRECISION,
  expires_at TIMESTAMPTZ NULL,
  reason TEXT NOT NULL DEFAULT '',
  set_by TEXT NOT NULL DEFAULT 'sql',
  set_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE ttp_rule_change (
  revision BIGINT NOT NULL PRIMARY KEY,
  rule_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  changed_by TEXT NOT NULL,
  detail TEXT
);

CREATE INDEX ttp_rule_change_of_rule ON ttp_rule_change (rule_id, revision);

CREATE INDEX ttp_rule_change_time ON ttp_rule_change (changed_at);

CREATE TABLE ttp_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE ttp_tag (
  uuid UUID NOT NULL PRIMARY KEY,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  attacker_uuid TEXT,
  identity_uuid TEXT,
  session_id TEXT,
  decky_id TEXT,
  tactic TEXT NOT NULL,
  technique_id TEXT NOT NULL,
  sub_technique_id TEXT,
  confidence DOUBLE PRECISION NOT NULL,
  rule_id TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  attack_release TEXT NOT NULL,
  mitre_url TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);

-- Most tags have no identity yet: nobody looks for those by it, and each would cost a page. A database that was made
-- with whole indexes is as good.
CREATE INDEX ttp_tag_identity ON ttp_tag (identity_uuid, technique_id) WHERE identity_uuid IS NOT NULL;

CREATE INDEX ttp_tag_attacker ON ttp_tag (attacker_uuid, technique_id) WHERE attacker_uuid IS NOT NULL;

CREATE INDEX ttp_tag_technique ON ttp_tag (technique_id, created_at);

CREATE INDEX ttp_tag_session ON ttp_tag (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX ttp_tag_rule ON ttp_tag (rule_id);

INSERT INTO ttp_revision VALUES (1, 0, CAST(gen_random_uuid() AS TEXT));

CREATE FUNCTION ttp_rule_captured() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  following BIGINT;
  author TEXT;
BEGIN
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.rule_id <> NEW.rule_id) THEN
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    INSERT INTO ttp_rule_change VALUES (following, OLD.rule_id, 'deletion', clock_timestamp(), session_user, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    author = NEW.updated_by;
    IF TG_OP = 'UPDATE' AND NEW.updated_at = OLD.updated_at THEN
      author = session_user;
    END IF;
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    UPDATE ttp_rule SET revision = following WHERE rule_id = NEW.rule_id;
    INSERT INTO ttp_rule_change VALUES (following, NEW.rule_id, 'definition', clock_timestamp(), author,
      CAST(json_build_object('rule_version', NEW.rule_version, 'source_path', NEW.source_path,
        'yaml_content', NEW.yaml_content) AS TEXT));
  END IF;
  PERFORM pg_notify('ttp_rule_change', '');
  RETURN NULL;
END $$;

-- The columns are listed so that the function's own update of `revision` does not set it off again.
CREATE TRIGGER ttp_rule_captured AFTER INSERT OR DELETE OR UPDATE OF rule_id, rule_version, source_path, yaml_content,
  content_hash, updated_at, updated_by ON ttp_rule FOR EACH ROW EXECUTE FUNCTION ttp_rule_captured();

CREATE FUNCTION ttp_rule_state_captured() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  following BIGINT;
  author TEXT;
BEGIN
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.rule_id <> NEW.rule_id) THEN
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    INSERT INTO ttp_rule_change VALUES (following, OLD.rule_id, 'state', clock_timestamp(), session_user, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    author = NEW.set_by;
    IF TG_OP = 'UPDATE' AND NEW.set_at = OLD.set_at THEN
      author = session_user;
    END IF;
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    UPDATE ttp_rule_state SET revision = following WHERE rule_id = NEW.rule_id;
    INSERT INTO ttp_rule_change VALUES (following, NEW.rule_id, 'state', clock_timestamp(), author,
      CAST(json_build_object('state', NEW.state, 'confidence_max', CAST(NEW.confidence_max AS TEXT),
        'expires_at', to_char(NEW.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'reason', NEW.reason,
        'set_by', NEW.set_by, 'set_at', to_char(NEW.set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')) AS TEXT));
  END IF;
  PERFORM pg_notify('ttp_rule_change', '');
  RETURN NULL;
END $$;

CREATE TRIGGER ttp_rule_state_captured AFTER INSERT OR DELETE OR UPDATE OF rule_id, state, confidence_max, expires_at,
  reason, set_by, set_at ON ttp_rule_state FOR EACH ROW EXECUTE FUNCTION ttp_rule_state_captured();

-- version 2
-- how far inputs were read, and the messages that wait to be published

CREATE TABLE ttp_input_position (
  input TEXT NOT NULL PRIMARY KEY,
  place TEXT NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- Sequences are not given out in the order of the commits, and none is given out twice.
CREATE TABLE ttp_outbox (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- version 3
-- the projections whose master has begun to write its rules for the first time, and is not done

CREATE TABLE ttp_first_pass (
  name TEXT NOT NULL PRIMARY KEY,
  begun_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- TRUNCATE fires no trigger of a row, and so deletes row by row before it, each a change.
CREATE FUNCTION ttp_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DELETE FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME);
  RETURN NULL;
END $$;

CREATE TRIGGER ttp_rule_truncated BEFORE TRUNCATE ON ttp_rule FOR EACH STATEMENT EXECUTE FUNCTION ttp_truncated();

CREATE TRIGGER ttp_rule_state_truncated BEFORE TRUNCATE ON ttp_rule_state FOR EACH STATEMENT EXECUTE FUNCTION
  ttp_truncated();

-- version 4
-- the oldest program that may use the tables, how far each consumer of the outbox has come, and the texts of a directory
-- that its master did not bring into the store

ALTER TABLE schema_version ADD COLUMN min_reader BIGINT NOT NULL DEFAULT 0;

CREATE TABLE ttp_outbox_consumer (
  name TEXT NOT NULL PRIMARY KEY,
  passed BIGINT NOT NULL DEFAULT 0,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE ttp_rule_quarantine (
  projection TEXT NOT NULL,
  number BIGINT NOT NULL,
  rule_id TEXT NOT NULL,
  source_path TEXT NOT NULL,
  findings TEXT NOT NULL,
  quarantined_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (projection, number)
);

-- version 5
-- the lists that rules share; their history has the name of the list for a rule_id

CREATE TABLE ttp_rule_list (
  list_name TEXT NOT NULL PRIMARY KEY,
  source_path TEXT NOT NULL DEFAULT '',
  list_values TEXT NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  updated_by TEXT NOT NULL DEFAULT 'sql',
  revision BIGINT NOT NULL DEFAULT 0
);

CREATE FUNCTION ttp_rule_list_captured() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  following BIGINT;
  author TEXT;
BEGIN
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.list_name <> NEW.list_name) THEN
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    INSERT INTO ttp_rule_change VALUES (following, OLD.list_name, 'list', clock_timestamp(), session_user, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    author = NEW.updated_by;
    IF TG_OP = 'UPDATE' AND NEW.updated_at = OLD.updated_at THEN
      author = session_user;
    END IF;
    UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
    UPDATE ttp_rule_list SET revision = following WHERE list_name = NEW.list_name;
    INSERT INTO ttp_rule_change VALUES (following, NEW.list_name, 'list', clock_timestamp(), author,
      CAST(json_build_object('source_path', NEW.source_path, 'list_values', NEW.list_values) AS TEXT));
  END IF;
  PERFORM pg_notify('ttp_rule_change', '');
  RETURN NULL;
END $$;

CREATE TRIGGER ttp_rule_list_captured AFTER INSERT OR DELETE OR UPDATE OF list_name, source_path, list_values,
  updated_at, updated_by ON ttp_rule_list FOR EACH ROW EXECUTE FUNCTION ttp_rule_list_captured();

CREATE TRIGGER ttp_rule_list_truncated BEFORE TRUNCATE ON ttp_rule_list FOR EACH STATEMENT EXECUTE FUNCTION
  ttp_truncated();

-- version 6
-- what a tag says of its event and its judgement, in columns that are empty in older rows: no row is rewritten for them

-- A statement that waits for the table keeps out all later ones: better to try again than to hold up the inserts of workers.
SET LOCAL lock_timeout TO '4s';

-- src_address: all 16 bytes, IPv4 as ::ffff:a.b.c.d, so that networks are ranges.
ALTER TABLE ttp_tag
  ADD COLUMN observed_at TIMESTAMPTZ,
  ADD COLUMN src_ip TEXT,
  ADD COLUMN src_port INTEGER,
  ADD COLUMN src_address UUID,
  ADD COLUMN tactic_name TEXT,
  ADD COLUMN technique_name TEXT,
  ADD COLUMN clipped_from DOUBLE PRECISION,
  ADD COLUMN rule_name TEXT,
  ADD COLUMN truncated SMALLINT,
  ADD COLUMN undecided SMALLINT,
  ADD COLUMN observe SMALLINT,
  ADD COLUMN retracted SMALLINT,
  ADD COLUMN revision BIGINT,
  ADD COLUMN origin_input TEXT,
  ADD COLUMN origin_line BIGINT;

ALTER TABLE ttp_tag ADD COLUMN stored_at TIMESTAMPTZ;

-- Apart: with the column it would write every row.
ALTER TABLE ttp_tag ALTER COLUMN stored_at SET DEFAULT clock_timestamp();

-- version 7
-- what each process that follows the store says of itself

CREATE TABLE ttp_worker (
  process TEXT NOT NULL PRIMARY KEY,
  worker TEXT NOT NULL,
  host TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  seen_at TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL,
  digest TEXT NOT NULL,
  rules BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  stale_since TIMESTAMPTZ NULL
);

-- version 8
-- counts of each rule by hour and worker

CREATE TABLE ttp_rule_hour (
  begins_at TIMESTAMPTZ NOT NULL,
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
  decision_id BIGINT NOT NULL DEFAULT 0 PRIMARY KEY,
  effect TEXT NOT NULL,
  confidence_max DOUBLE PRECISION,
  rules TEXT NOT NULL,
  scope TEXT NOT NULL DEFAULT '[]',
  starts_at TIMESTAMPTZ NULL,
  ends_at TIMESTAMPTZ NULL,
  reason TEXT NOT NULL DEFAULT '',
  ticket TEXT NOT NULL DEFAULT '',
  set_by TEXT NOT NULL DEFAULT 'sql',
  set_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  revision BIGINT NOT NULL DEFAULT 0
);

-- Before the row is written, so that an insert of several rows gives each its own decision_id.
CREATE FUNCTION ttp_decision_captured() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  following BIGINT;
  author TEXT;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.decision_id <> OLD.decision_id THEN
    RAISE EXCEPTION 'a decision keeps its decision_id';
  END IF;
  UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following;
  PERFORM pg_notify('ttp_rule_change', '');
  IF TG_OP = 'DELETE' THEN
    INSERT INTO ttp_rule_change VALUES (following, CAST(OLD.decision_id AS TEXT), 'decision', clock_timestamp(),
      session_user, NULL);
    RETURN OLD;
  END IF;
  author = NEW.set_by;
  IF TG_OP = 'INSERT' THEN
    NEW.decision_id = following;
  ELSIF NEW.set_at = OLD.set_at THEN
    author = session_user;
  END IF;
  NEW.revision = following;
  INSERT INTO ttp_rule_change VALUES (following, CAST(NEW.decision_id AS TEXT), 'decision', clock_timestamp(), author,
    CAST(json_build_object('effect', NEW.effect, 'confidence_max', CAST(NEW.confidence_max AS TEXT),
      'rules', NEW.rules, 'scope', NEW.scope,
      'starts_at', to_char(NEW.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
      'ends_at', to_char(NEW.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'reason', NEW.reason,
      'ticket', NEW.ticket, 'set_by', NEW.set_by,
      'set_at', to_char(NEW.set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')) AS TEXT));
  RETURN NEW;
END $$;

CREATE TRIGGER ttp_decision_captured BEFORE INSERT OR DELETE OR UPDATE OF decision_id, effect, confidence_max, rules,
  scope, starts_at, ends_at, reason, ticket, set_by, set_at ON ttp_decision FOR EACH ROW EXECUTE FUNCTION
  ttp_decision_captured();

CREATE TRIGGER ttp_decision_truncated BEFORE TRUNCATE ON ttp_decision FOR EACH STATEMENT EXECUTE FUNCTION
  ttp_truncated();

-- What is in force, or will be from `starts_at` on, in both tables.
CREATE VIEW ttp_standing_decision AS
  SELECT decision_id, rules, effect, confidence_max, scope, starts_at, ends_at, reason, ticket, set_by, set_at
    FROM ttp_decision WHERE ends_at IS NULL OR ends_at > clock_timestamp()
  UNION ALL
  SELECT revision, CAST(json_build_array(rule_id) AS TEXT), CASE state WHEN 'disabled' THEN 'disable' ELSE 'clip' END,
    confidence_max, '[]', NULL, expires_at, reason, '', set_by, set_at FROM ttp_rule_state WHERE
    state IN ('disabled', 'clipped') AND (expires_at IS NULL OR expires_at > clock_timestamp());

-- version 10
-- the tags that decisions withheld, as they would be without them

CREATE TABLE ttp_withheld_tag (
  uuid UUID NOT NULL PRIMARY KEY,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  attacker_uuid TEXT,
  identity_uuid TEXT,
  session_id TEXT,
  decky_id TEXT,
  tactic TEXT NOT NULL,
  technique_id TEXT NOT NULL,
  sub_technique_id TEXT,
  confidence DOUBLE PRECISION NOT NULL,
  rule_id TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  attack_release TEXT NOT NULL,
  mitre_url TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  observed_at TIMESTAMPTZ,
  src_ip TEXT,
  src_port INTEGER,
  src_address UUID,
  tactic_name TEXT,
  technique_name TEXT,
  clipped_from DOUBLE PRECISION,
  rule_name TEXT,
  truncated SMALLINT,
  undecided SMALLINT,
  observe SMALLINT,
  retracted SMALLINT,
  revision BIGINT,
  origin_input TEXT,
  origin_line BIGINT,
  stored_at TIMESTAMPTZ DEFAULT clock_timestamp(),
  decision_id BIGINT NOT NULL
);

CREATE INDEX ttp_withheld_tag_decision ON ttp_withheld_tag (decision_id, (COALESCE(observed_at, created_at)));

CREATE INDEX ttp_withheld_tag_age ON ttp_withheld_tag (created_at);

-- version 11
-- when, by whom and why a tag was retracted: `retracted` alone is what makes it so

SET LOCAL lock_timeout TO '4s';

ALTER TABLE ttp_tag
  ADD COLUMN retracted_at TIMESTAMPTZ,
  ADD COLUMN retracted_by TEXT,
  ADD COLUMN retraction_reason TEXT;

-- version 12
-- what each event of a session said, tagged or not

CREATE TABLE ttp_step (
  uuid UUID NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  happened_at TIMESTAMPTZ NOT NULL,
  ordinal BIGINT NOT NULL,
  typed TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
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
  set_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ NULL,
  ended_by TEXT
);

CREATE INDEX ttp_rule_pin_rule ON ttp_rule_pin (rule_id);

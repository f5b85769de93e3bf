#include "cli/commands.hpp"
#include "cli/data_output.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace rulehost::cli {

namespace {

// The output of append_json of a tag and of messages_about; a scenario compares them.
constexpr std::string_view tag_schema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:rulehost:tag",
  "title": "rulehost tag",
  "description": "One emission: event, rule and technique. A line of NDJSON and a row of ttp_tag. The messages about it are ttp.tagged, ttp.rule.fired and ttp.tag.retracted in $defs.",
  "type": "object",
  "unevaluatedProperties": false,
  "required": ["uuid", "evidence", "attack_release", "mitre_url", "created_at"],
  "allOf": [{"$ref": "#/$defs/event"}, {"$ref": "#/$defs/judgement"}],
  "properties": {
    "uuid": {"$ref": "#/$defs/uuid", "description": "Made of event, rule, version and technique: a replay gives the same id."},
    "evidence": {"type": "object", "description": "The payload fields that the rule names and what it matched: text of an attacker."},
    "attack_release": {"$ref": "#/$defs/text_or_null", "description": "The ATT&CK release that the rule was written for."},
    "mitre_url": {"type": "string", "description": "The page of the technique."},
    "created_at": {"$ref": "#/$defs/time", "description": "When the tag was made."},
    "retracted": {
      "type": "object",
      "additionalProperties": false,
      "required": ["at", "by", "reason"],
      "properties": {
        "at": {"anyOf": [{"$ref": "#/$defs/time"}, {"type": "null"}]},
        "by": {"$ref": "#/$defs/text_or_null"},
        "reason": {"$ref": "#/$defs/text_or_null"}
      },
      "description": "An operator took the tag back. Only of `rulehost tags --retracted`."
    }
  },
  "$defs": {
    "uuid": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
    "time": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$"},
    "text_or_null": {"type": ["string", "null"]},
    "event": {
      "type": "object",
      "required": ["observed_at", "src_ip", "src_port", "source_kind", "source_id", "attacker_uuid", "identity_uuid",
                   "session_id", "decky_id", "sensor", "origin"],
      "properties": {
        "observed_at": {"anyOf": [{"$ref": "#/$defs/time"}, {"type": "null"}], "description": "When it happened; null when the producer gave no time."},
        "src_ip": {"$ref": "#/$defs/text_or_null", "description": "Address of the source, as the producer wrote it; some write a hash of it."},
        "src_port": {"type": ["integer", "null"], "minimum": 0, "maximum": 65535, "description": "Port of the source."},
        "source_kind": {"type": "string", "description": "What kind of event it was: command, auth_attempt, ..."},
        "source_id": {"type": "string", "description": "The id of the event within its kind."},
        "attacker_uuid": {"$ref": "#/$defs/text_or_null", "description": "Who did it: made of the address, where the producer has no id."},
        "identity_uuid": {"$ref": "#/$defs/text_or_null", "description": "The identity behind several attackers."},
        "session_id": {"$ref": "#/$defs/text_or_null", "description": "The session it was done in."},
        "decky_id": {"$ref": "#/$defs/text_or_null", "description": "The sensor that saw it."},
        "sensor": {"$ref": "#/$defs/text_or_null", "description": "The same."},
        "origin": {
          "type": ["object", "null"],
          "additionalProperties": false,
          "required": ["input", "line"],
          "properties": {
            "input": {"type": "string", "description": "As configured."},
            "line": {"type": "integer", "minimum": 0, "description": "Of the file, from 1; the sequence in a stream."}
          },
          "description": "Where the event was read."
        }
      }
    },
    "judgement": {
      "type": "object",
      "required": ["tactic", "tactic_name", "technique_id", "sub_technique_id", "technique_name", "confidence",
                   "clipped_from", "rule_id", "rule_version", "rule_name", "truncated", "undecided", "observe",
                   "revision"],
      "properties": {
        "tactic": {"type": ["string", "null"], "pattern": "^TA\\d{4}$", "description": "The tactic in ATT&CK."},
        "tactic_name": {"$ref": "#/$defs/text_or_null", "description": "Its name."},
        "technique_id": {"type": "string", "pattern": "^T\\d{4}$", "description": "The technique in ATT&CK."},
        "sub_technique_id": {"type": ["string", "null"], "pattern": "^T\\d{4}\\.\\d{3}$", "description": "The sub-technique; null when the rule claims the technique as a whole."},
        "technique_name": {"$ref": "#/$defs/text_or_null", "description": "Its name, behind that of its technique: `Command and Scripting Interpreter: Unix Shell`."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "As the rule says, limited by an operator's clip."},
        "clipped_from": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "What it was before a clip lowered it."},
        "rule_id": {"type": "string", "description": "The rule that matched."},
        "rule_version": {"type": "integer", "description": "Its version."},
        "rule_name": {"$ref": "#/$defs/text_or_null", "description": "Its name."},
        "truncated": {"type": "boolean", "description": "A part of the event was too long to be evaluated."},
        "undecided": {"type": "boolean", "description": "A limit stopped the rule before it was known whether it matches. The confidence is half of what it would be."},
        "observe": {"type": "boolean", "description": "A decision or the rule's text only observes it: the tag does not count, and no output sends it."},
        "revision": {"type": "integer", "minimum": 0, "description": "Of the rules and states that it was judged by."}
      }
    },
    "ttp.tagged": {
      "description": "One message for each event with new tags.",
      "type": "object",
      "unevaluatedProperties": false,
      "required": ["created_at", "tags", "techniques"],
      "allOf": [{"$ref": "#/$defs/event"}],
      "properties": {
        "created_at": {"$ref": "#/$defs/time"},
        "tags": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/uuid"}},
        "techniques": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string", "pattern": "^T\\d{4}(\\.\\d{3})?$"}}
      }
    },
    "ttp.rule.fired": {
      "description": "One message for each new tag.",
      "type": "object",
      "unevaluatedProperties": false,
      "required": ["created_at", "tag"],
      "allOf": [{"$ref": "#/$defs/event"}, {"$ref": "#/$defs/judgement"}],
      "properties": {
        "created_at": {"$ref": "#/$defs/time"},
        "tag": {"$ref": "#/$defs/uuid"}
      }
    },
    "ttp.tag.retracted": {
      "description": "One message for each tag that an operator took back: it was wrong.",
      "type": "object",
      "unevaluatedProperties": false,
      "required": ["created_at", "tag", "retracted_at", "retracted_by", "reason"],
      "allOf": [{"$ref": "#/$defs/event"}, {"$ref": "#/$defs/judgement"}],
      "properties": {
        "created_at": {"$ref": "#/$defs/time", "description": "When the tag was made."},
        "tag": {"$ref": "#/$defs/uuid"},
        "retracted_at": {"$ref": "#/$defs/time"},
        "retracted_by": {"type": "string"},
        "reason": {"type": "string"}
      }
    }
  }
}
)json";

} // namespace

void add_schema(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("schema", "Print the JSON Schema of rulehost's output");
    command->require_subcommand(1);
    auto* const added = command->add_subcommand("tag", "The schema of a tag, and of the messages about tags");
    added->footer("The messages are in `$defs`, by their topics: `ttp.tagged`, `ttp.rule.fired` and\n"
                  "`ttp.tag.retracted`.\n"
                  "Example: rulehost schema tag > tag.schema.json");
    added->callback([&result] {
        data_output output;
        output.write(std::string(tag_schema));
        output.flush();
        result = exit_code::ok;
    });
}

} // namespace rulehost::cli

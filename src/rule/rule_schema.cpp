#include <rulehost/rule_reader.hpp>

#include <rulehost/attack_table.hpp>

#include "rule/schema_parts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

namespace rulehost {
namespace {

// Mirrors the grammars above the readers as far as a schema can; a test compares the two. Where keys
// exclude each other it branches by key (if, then), so that an editor names the wrong key.
constexpr std::string_view schema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:rulehost:rule",
  "title": "rulehost detection rule, or lists that rules share",
  "description": "A rule: which events it looks at, what they must hold, and which ATT&CK techniques that shows. Or shared lists.",
  "if": {"type": "object", "required": ["lists"]},
  "then": {"$ref": "#/$defs/lists"},
  "else": {"$ref": "#/$defs/rule"},
  "$defs": {
    "lists": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "lists": {
          "type": "object",
          "minProperties": 1,
          "description": "Lists by name, which rules use as $name.",
          "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
          "additionalProperties": {"$ref": "#/$defs/list_values", "minItems": 1}
        }
      }
    },
    "list_values": {
      "type": "array",
      "description": "Texts, numbers and truths; $name stands for the values of another list.",
      "items": {"type": ["string", "number", "boolean", "array"], "if": {"type": "array"}, "then": {"$ref": "#/$defs/list_values"}}
    },
    "rule": {
      "type": "object",
      "additionalProperties": false,
      "required": ["rule_id", "name", "applies_to", "match", "emits"],
      "properties": {
        "rule_id": {
          "type": "string",
          "pattern": "^[A-Za-z0-9_]{1,128}$",
          "description": "Names the rule in tags, states and logs. Letters, digits and _."
        },
        "rule_version": {
          "type": "integer",
          "minimum": 1,
          "default": 1,
          "description": "Part of the ids of tags: with another version an event is tagged again. 1 when left out."
        },
        "name": {"$ref": "#/$defs/text", "description": "A short name for people."},
        "description": {"$ref": "#/$defs/text", "description": "A sentence or more for people."},
        "status": {
          "type": "string",
          "enum": ["stable", "observe"],
          "default": "stable",
          "description": "observe: the rule is tried; its tags are stored and marked, and do not count. stable, or left out: they count."
        },
        "applies_to": {
          "type": "array",
          "minItems": 1,
          "description": "The source kinds of the events that the rule looks at.",
          "items": {
            "type": ["string", "object"],
            "if": {"type": "object"},
            "then": {
              "additionalProperties": false,
              "required": ["source_kind"],
              "properties": {"source_kind": {"$ref": "#/$defs/source_kind", "description": "A source kind."}}
            },
            "else": {"$ref": "#/$defs/source_kind"}
          }
        },
        "match": {
          "description": "What an event must hold: one condition, or a combination of them.",
          "if": {"required": ["kind"]},
          "then": {
            "type": "object",
            "properties": {
              "kind": {
                "type": "string",
                "pattern": "^lifter:",
                "description": "For another evaluator: the rule never matches here."
              }
            }
          },
          "else": {"$ref": "#/$defs/condition"}
        },
        "emits": {
          "type": "array",
          "minItems": 1,
          "description": "The ATT&CK techniques that a match shows, each with a confidence.",
          "items": {
            "if": {"required": ["by_value"]},
            "then": {"$ref": "#/$defs/emission_table"},
            "else": {"$ref": "#/$defs/emission"}
          }
        },
        "evidence_fields": {
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/path"},
          "description": "Payload fields that are copied into the tag."
        },
        "references": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/text"}, "description": "Links for people."},
        "attack_release": {"type": ["string", "number"], "description": "The ATT&CK release that the rule was written for."},
        "last_reviewed": {"$ref": "#/$defs/date", "description": "When somebody looked at the rule last, as 2026-12-31."},
        "next_review": {"$ref": "#/$defs/date", "description": "When somebody should look at it again."},
        "tests": {
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/test"},
          "description": "Events and the techniques that they must give. A rule that fails one does not go live."
        }
      }
    },
    "text": {"type": "string", "minLength": 1},
    "path": {"type": "string", "pattern": "^([^.\"][^.]*|\"[^\"]+\")(\\.([^.\"][^.]*|\"[^\"]+\"))*$"},
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "duration": {"type": "string", "pattern": "^([0-9]+(ms|us|s|m|h|d))+$"},
    "scalar": {"type": ["string", "number", "boolean"]},
    "size": {"type": "integer", "minimum": 0},
    "threshold": {"type": "integer", "minimum": 1, "maximum": 10000},
    "source_kind": {
      "type": "string",
      "minLength": 1,
      "examples": [
        "command", "http_request", "email", "intel", "canary_fingerprint", "auth_attempt", "payload", "session",
        "file_transfer", "tunnel", "client_fingerprint", "identity", "credential", "ipv6_leak", "canary"
      ]
    },
    "one_or_more_texts": {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": {"$ref": "#/$defs/text"}},
@conditions@@commands@    "window": {
      "type": "object",
      "additionalProperties": false,
      "required": ["within", "group_by"],
      "properties": {
        "of": {
          "$ref": "#/$defs/condition",
          "description": "The events that are counted. Left out: every event of the rule's source kinds."
        },
        "count": {
          "type": "object",
          "additionalProperties": false,
          "required": ["at_least"],
          "description": "Complete when there are so many events.",
          "properties": {"at_least": {"$ref": "#/$defs/threshold", "description": "How many."}}
        },
        "distinct_count": {
          "type": "object",
          "additionalProperties": false,
          "required": ["field", "at_least"],
          "description": "Complete when a field had so many different values.",
          "properties": {
            "field": {"$ref": "#/$defs/path", "description": "The field whose values are counted."},
            "at_least": {"$ref": "#/$defs/threshold", "description": "How many different ones."}
          }
        },
        "sequence": {
          "type": "array",
          "minItems": 2,
          "maxItems": 8,
          "items": {"$ref": "#/$defs/condition"},
          "description": "Complete when events held these conditions in this order; others may stand between."
        },
        "same": {
          "enum": ["file"],
          "description": "Of a sequence of commands: what their effects name is one file, by its base name."
        },
        "within": {
          "$ref": "#/$defs/duration",
          "description": "How long the window is, by the time of the events: 20s, 5m, 4h, 1h30m."
        },
        "group_by": {
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/path"},
          "description": "One window for each combination of these fields, such as attacker_uuid."
        },
        "repeat": {
          "type": "boolean",
          "default": false,
          "description": "Fires for every event that completes it, not once per window."
        }
      },
      "allOf": [
        {
          "if": {"required": ["count"]},
          "then": {"propertyNames": {"enum": ["of", "count", "within", "group_by", "repeat"]}}
        },
        {
          "if": {"required": ["distinct_count"]},
          "then": {"propertyNames": {"enum": ["of", "distinct_count", "within", "group_by", "repeat"]}}
        },
        {
          "if": {"required": ["sequence"]},
          "then": {"propertyNames": {"enum": ["sequence", "same", "within", "group_by", "repeat"]}}
        },
        {
          "if": {
            "not": {"anyOf": [{"required": ["count"]}, {"required": ["distinct_count"]}, {"required": ["sequence"]}]}
          },
          "then": {"required": ["count"]}
        }
      ]
    },
    "emission": {
      "type": "object",
      "additionalProperties": false,
      "required": ["technique_id"],
      "properties": {
        "technique_id": {
          "type": "string",
          "pattern": "^T[0-9]{4}$",
          "description": "An ATT&CK technique by its id, such as T1105. A sub-technique stands in sub_technique_id."
        },
        "sub_technique_id": {
          "type": "string",
          "pattern": "^T[0-9]{4}\\.[0-9]{3}$",
          "description": "A sub-technique of technique_id, such as T1059.004."
        },
        "tactic": {"enum": @tactics@, "description": @tactic_names@},
        "confidence": {
          "type": "number",
          "minimum": 0,
          "maximum": 1,
          "default": 0.7,
          "description": "How sure a match is, from 0 to 1. Below the floor, 0.3 by default, there is no tag."
        },
        "scaled_by": {
          "type": "object",
          "additionalProperties": false,
          "required": ["field", "full_at"],
          "description": "Multiplies the confidence by field / full_at, at most by 1.",
          "properties": {
            "field": {"$ref": "#/$defs/path", "description": "A payload field that holds a number."},
            "full_at": {"type": "number", "exclusiveMinimum": 0, "description": "The number at which the confidence is whole."}
          }
        }
      }
    },
    "emission_table": {
      "type": "object",
      "additionalProperties": false,
      "required": ["by_value", "values"],
      "properties": {
        "by_value": {
          "$ref": "#/$defs/path",
          "description": "The field whose value (of a list, each element) chooses the techniques."
        },
        "values": {
          "type": "object",
          "minProperties": 1,
          "description": "For each value the techniques that it shows. Letter case does not count.",
          "additionalProperties": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/emission"}}
        }
      }
    },
    "test": {
      "type": "object",
      "additionalProperties": false,
      "required": ["expect"],
      "properties": {
        "name": {"$ref": "#/$defs/text", "description": "What the test shows."},
        "source_kind": {
          "$ref": "#/$defs/source_kind",
          "description": "The source kind of the event. Left out: the first of applies_to."
        },
        "event": {"type": "object", "description": "The payload of one event."},
        "events": {
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/test_event"},
          "description": "Several events in the order of their time."
        },
        "expect": {
          "type": "array",
          "items": {"$ref": "#/$defs/text"},
          "description": "The techniques that must come out, sub-techniques by their own id; [] when the rule must stay silent."
        }
      },
      "if": {"required": ["events"]},
      "then": {"propertyNames": {"enum": ["name", "events", "expect"]}},
      "else": {"required": ["event"]}
    },
    "test_event": {
      "type": "object",
      "additionalProperties": false,
      "required": ["payload"],
      "properties": {
        "at": {"$ref": "#/$defs/duration", "description": "When it happens, from the start of the test: 0s, 10m."},
        "source_kind": {"$ref": "#/$defs/source_kind", "description": "Its source kind. Left out: the first of applies_to."},
        "attacker_uuid": {"$ref": "#/$defs/text", "description": "Its attacker. Left out: the same for all."},
        "identity_uuid": {"$ref": "#/$defs/text", "description": "Its identity. Left out: none."},
        "session_id": {"$ref": "#/$defs/text", "description": "Its session. Left out: the same for all."},
        "decky_id": {"$ref": "#/$defs/text", "description": "Its decoy. Left out: the same for all."},
        "payload": {"type": "object", "description": "Its payload."}
      }
    }
  }
})json";

void replace(std::string& text, std::string_view mark, std::string_view by) {
    text.replace(text.find(mark), mark.size(), by);
}

} // namespace

std::string rule_schema() {
    boost::json::array ids;
    std::string names =
        "The tactic that the technique serves here. Left out: the technique's own, where it has only one.";
    for (auto const& tactic : attack_table::enterprise().tactics()) {
        ids.emplace_back(tactic.id);
        names += ' ' + tactic.id + ": " + tactic.name + '.';
    }
    std::string text(schema);
    replace(text, "@conditions@", condition_definitions());
    replace(text, "@commands@", command_definitions());
    replace(text, "@tactics@", boost::json::serialize(ids));
    replace(text, "@tactic_names@", boost::json::serialize(boost::json::value(names)));
    return text;
}

} // namespace rulehost

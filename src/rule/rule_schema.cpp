#include <rulehost/rule_reader.hpp>

namespace rulehost {

// Says the same as the grammars above the readers, as far as a schema can; a test holds the two together.
std::string rule_schema() {
    return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:rulehost:rule",
  "title": "rulehost detection rule",
  "type": "object",
  "additionalProperties": false,
  "required": ["rule_id", "name", "applies_to", "match", "emits"],
  "properties": {
    "rule_id": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,128}$"},
    "rule_version": {"type": "integer", "minimum": 1, "default": 1},
    "name": {"$ref": "#/$defs/text"},
    "description": {"$ref": "#/$defs/text"},
    "applies_to": {
      "type": "array", "minItems": 1,
      "items": {"anyOf": [
        {"$ref": "#/$defs/source_kind"},
        {"type": "object", "additionalProperties": false, "required": ["source_kind"],
         "properties": {"source_kind": {"$ref": "#/$defs/source_kind"}}}
      ]}
    },
    "match": {"anyOf": [
      {"$ref": "#/$defs/condition"},
      {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "pattern": "^lifter:"}}}
    ]},
    "emits": {
      "type": "array", "minItems": 1,
      "items": {"anyOf": [{"$ref": "#/$defs/emission"}, {"$ref": "#/$defs/emission_table"}]}
    },
    "evidence_fields": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/path"}},
    "references": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/text"}},
    "attack_release": {"type": ["string", "number"]},
    "last_reviewed": {"$ref": "#/$defs/date"},
    "next_review": {"$ref": "#/$defs/date"},
    "tests": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/test"}}
  },
  "$defs": {
    "text": {"type": "string", "minLength": 1},
    "path": {"type": "string", "pattern": "^[^.]+(\\.[^.]+)*$"},
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "duration": {"type": "string", "pattern": "^([0-9]+(ms|us|s|m|h|d))+$"},
    "scalar": {"type": ["string", "number", "boolean"]},
    "source_kind": {
      "type": "string", "minLength": 1,
      "examples": ["command", "http_request", "email", "intel", "canary_fingerprint", "auth_attempt", "payload", "session",
                   "file_transfer", "client_fingerprint", "identity", "credential", "ipv6_leak", "canary"]
    },
    "one_or_more_texts": {"anyOf": [
      {"$ref": "#/$defs/text"},
      {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/text"}}
    ]},
    "conditions": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}},
    "condition": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [
        {"required": ["all_of"]}, {"required": ["any_of"]}, {"required": ["not"]}, {"required": ["window"]},
        {"required": ["pattern"]}, {"required": ["contains"]}, {"required": ["starts_with"]}, {"required": ["ends_with"]},
        {"required": ["equals"]}, {"required": ["one_of"]}, {"required": ["cidr"]}, {"required": ["exists"]},
        {"required": ["greater_than"]}, {"required": ["at_least"]}, {"required": ["less_than"]}, {"required": ["at_most"]},
        {"required": ["length"]}, {"required": ["equals_field"]}, {"required": ["differs_from_field"]}
      ],
      "properties": {
        "all_of": {"$ref": "#/$defs/conditions"},
        "any_of": {"$ref": "#/$defs/conditions"},
        "not": {"$ref": "#/$defs/condition"},
        "window": {"$ref": "#/$defs/window"},
        "field": {"$ref": "#/$defs/path"},
        "pattern": {"$ref": "#/$defs/text"},
        "contains": {"$ref": "#/$defs/one_or_more_texts"},
        "starts_with": {"$ref": "#/$defs/one_or_more_texts"},
        "ends_with": {"$ref": "#/$defs/one_or_more_texts"},
        "equals": {"$ref": "#/$defs/scalar"},
        "one_of": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/scalar"}},
        "cidr": {"$ref": "#/$defs/one_or_more_texts"},
        "exists": {"type": "boolean"},
        "greater_than": {"type": "number"},
        "at_least": {"type": "number"},
        "less_than": {"type": "number"},
        "at_most": {"type": "number"},
        "length": {
          "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
          "properties": {
            "greater_than": {"$ref": "#/$defs/size"}, "at_least": {"$ref": "#/$defs/size"},
            "less_than": {"$ref": "#/$defs/size"}, "at_most": {"$ref": "#/$defs/size"}, "equals": {"$ref": "#/$defs/size"}
          }
        },
        "equals_field": {"$ref": "#/$defs/path"},
        "differs_from_field": {"$ref": "#/$defs/path"},
        "ignore_case": {"type": "boolean", "default": false},
        "all": {"type": "boolean", "default": false},
        "normalise": {"type": "boolean", "default": true}
      }
    },
    "size": {"type": "integer", "minimum": 0},
    "threshold": {"type": "integer", "minimum": 1, "maximum": 10000},
    "window": {
      "type": "object",
      "additionalProperties": false,
      "required": ["within", "group_by"],
      "oneOf": [{"required": ["count"]}, {"required": ["distinct_count"]}, {"required": ["sequence"]}],
      "properties": {
        "of": {"$ref": "#/$defs/condition"},
        "count": {"type": "object", "additionalProperties": false, "required": ["at_least"],
                  "properties": {"at_least": {"$ref": "#/$defs/threshold"}}},
        "distinct_count": {"type": "object", "additionalProperties": false, "required": ["field", "at_least"],
                           "properties": {"field": {"$ref": "#/$defs/path"}, "at_least": {"$ref": "#/$defs/threshold"}}},
        "sequence": {"type": "array", "minItems": 2, "maxItems": 8, "items": {"$ref": "#/$defs/condition"}},
        "within": {"$ref": "#/$defs/duration"},
        "group_by": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/path"}},
        "repeat": {"type": "boolean", "default": false}
      }
    },
    "emission": {
      "type": "object",
      "additionalProperties": false,
      "required": ["technique_id"],
      "properties": {
        "technique_id": {"type": "string", "pattern": "^T[0-9]{4}$"},
        "sub_technique_id": {"type": "string", "pattern": "^T[0-9]{4}\\.[0-9]{3}$"},
        "tactic": {"type": "string", "pattern": "^TA[0-9]{4}$"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.7},
        "scaled_by": {"type": "object", "additionalProperties": false, "required": ["field", "full_at"],
                      "properties": {"field": {"$ref": "#/$defs/path"}, "full_at": {"type": "number", "exclusiveMinimum": 0}}}
      }
    },
    "emission_table": {
      "type": "object",
      "additionalProperties": false,
      "required": ["by_value", "values"],
      "properties": {
        "by_value": {"$ref": "#/$defs/path"},
        "values": {"type": "object", "minProperties": 1,
                   "additionalProperties": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/emission"}}}
      }
    },
    "test": {
      "type": "object",
      "additionalProperties": false,
      "required": ["expect"],
      "oneOf": [{"required": ["event"]}, {"required": ["events"]}],
      "properties": {
        "name": {"$ref": "#/$defs/text"},
        "source_kind": {"$ref": "#/$defs/source_kind"},
        "event": {"type": "object"},
        "events": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/test_event"}},
        "expect": {"type": "array", "items": {"$ref": "#/$defs/text"}}
      }
    },
    "test_event": {
      "type": "object",
      "additionalProperties": false,
      "required": ["payload"],
      "properties": {
        "at": {"$ref": "#/$defs/duration"},
        "source_kind": {"$ref": "#/$defs/source_kind"},
        "attacker_uuid": {"$ref": "#/$defs/text"},
        "identity_uuid": {"$ref": "#/$defs/text"},
        "session_id": {"$ref": "#/$defs/text"},
        "decky_id": {"$ref": "#/$defs/text"},
        "payload": {"type": "object"}
      }
    }
  }
}
)json";
}

} // namespace rulehost

#include "rule/schema_parts.hpp"

namespace rulehost {
namespace {

// Mirrors the grammar above condition_reader.cpp as far as a schema can; a test compares the two. Where
// keys exclude each other it branches by key (if, then), so that an editor names the wrong key.
constexpr std::string_view about_conditions =
    R"json(    "conditions": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}},
    "condition": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "all_of": {"$ref": "#/$defs/conditions", "description": "Every one of these conditions holds."},
        "any_of": {"$ref": "#/$defs/conditions", "description": "At least one of these conditions holds."},
        "not": {"$ref": "#/$defs/condition", "description": "This condition does not hold."},
        "window": {
          "$ref": "#/$defs/window",
          "description": "Several events within some time. Only as the match itself or directly in its any_of."
        },
        "some": {
          "type": "object",
          "additionalProperties": false,
          "required": ["of", "match"],
          "description": "One object of a list is so: all conditions are about the same object.",
          "properties": {
            "of": {"$ref": "#/$defs/path", "description": "The list in the payload, such as attachments."},
            "match": {"$ref": "#/$defs/condition", "description": "What the object must hold; fields are those of the object."}
          }
        },
        "command": {
          "$ref": "#/$defs/commands",
          "description": "A command of the line is so: all keys of a map are about one command; of several maps one holds."
        },
        "commands_in_order": {
          "type": "array",
          "minItems": 2,
          "maxItems": 8,
          "items": {"$ref": "#/$defs/commands"},
          "description": "Commands of the line are so, in this order; others may stand between them."
        },
        "same": {"enum": ["file"], "description": "What the effects of the commands in order name is one file."},
        "field": {
          "$ref": "#/$defs/path",
          "description": "The payload field, such as a.b. Left out: the default field of the source kind. In a list any element counts. attacker_uuid, identity_uuid, session_id and decky_id read the event."
        },
        "pattern": {
          "$ref": "#/$defs/text",
          "description": "A regular expression that is found in the text, as Python's re.search. Write it in single quotes."
        },
        "contains": {"$ref": "#/$defs/one_or_more_texts", "description": "A text, or one of several, is in the text."},
        "starts_with": {"$ref": "#/$defs/one_or_more_texts", "description": "The text begins with this, or one of these."},
        "ends_with": {"$ref": "#/$defs/one_or_more_texts", "description": "The text ends with this, or one of these."},
        "equals": {
          "$ref": "#/$defs/scalar",
          "description": "The value is this one, of its type. Write true, false and numbers plainly, texts such as 'no' in quotes."
        },
        "one_of": {
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/scalar"},
          "description": "The value is one of these."
        },
        "cidr": {
          "$ref": "#/$defs/one_or_more_texts",
          "description": "The text is an address in this network, or one of these: 10.0.0.0/8, 2001:db8::/32."
        },
        "exists": {"type": "boolean", "description": "The field is there (true), or is not or is null (false)."},
        "greater_than": {"type": "number", "description": "The number is above this."},
        "at_least": {"type": "number", "description": "The number is this or above."},
        "less_than": {"type": "number", "description": "The number is below this."},
        "at_most": {"type": "number", "description": "The number is this or below."},
        "length": {
          "type": "object",
          "additionalProperties": false,
          "minProperties": 1,
          "maxProperties": 1,
          "description": "The length of a text in characters, or of a list in elements.",
          "properties": {
            "greater_than": {"$ref": "#/$defs/size", "description": "It is longer."},
            "at_least": {"$ref": "#/$defs/size", "description": "It is so long or longer."},
            "less_than": {"$ref": "#/$defs/size", "description": "It is shorter."},
            "at_most": {"$ref": "#/$defs/size", "description": "It is so long or shorter."},
            "equals": {"$ref": "#/$defs/size", "description": "It is exactly so long."}
          }
        },
        "equals_field": {"$ref": "#/$defs/path", "description": "The value equals that of another field."},
        "differs_from_field": {"$ref": "#/$defs/path", "description": "Both fields are there, and differ."},
        "ignore_case": {"type": "boolean", "default": false, "description": "Upper and lower case are the same."},
        "all": {"type": "boolean", "default": false, "description": "Of a list every element counts, not just one."},
        "normalise": {
          "type": "boolean",
          "default": true,
          "description": "Of a command line: look at it with its obfuscation undone too. false: only as it was typed."
        }
      },
      "allOf": [
        {"if": {"required": ["all_of"]}, "then": {"propertyNames": {"enum": ["all_of"]}}},
        {"if": {"required": ["any_of"]}, "then": {"propertyNames": {"enum": ["any_of"]}}},
        {"if": {"required": ["not"]}, "then": {"propertyNames": {"enum": ["not"]}}},
        {"if": {"required": ["window"]}, "then": {"propertyNames": {"enum": ["window"]}}},
        {"if": {"required": ["some"]}, "then": {"propertyNames": {"enum": ["some"]}}},
        {"if": {"required": ["command"]}, "then": {"propertyNames": {"enum": ["command"]}}},
        {"if": {"required": ["commands_in_order"]}, "then": {"propertyNames": {"enum": ["commands_in_order", "same"]}}},
        {
          "if": {"required": ["pattern"]},
          "then": {"propertyNames": {"enum": ["field", "pattern", "ignore_case", "all", "normalise"]}}
        },
        {
          "if": {"required": ["contains"]},
          "then": {"propertyNames": {"enum": ["field", "contains", "ignore_case", "all", "normalise"]}}
        },
        {
          "if": {"required": ["starts_with"]},
          "then": {"propertyNames": {"enum": ["field", "starts_with", "ignore_case", "all", "normalise"]}}
        },
        {
          "if": {"required": ["ends_with"]},
          "then": {"propertyNames": {"enum": ["field", "ends_with", "ignore_case", "all", "normalise"]}}
        },
        {
          "if": {"required": ["equals"]},
          "then": {"propertyNames": {"enum": ["field", "equals", "ignore_case", "all", "normalise"]}}
        },
        {
          "if": {"required": ["one_of"]},
          "then": {"propertyNames": {"enum": ["field", "one_of", "ignore_case", "all", "normalise"]}}
        },
        {"if": {"required": ["cidr"]}, "then": {"propertyNames": {"enum": ["field", "cidr", "all"]}}},
        {
          "if": {"required": ["greater_than"]},
          "then": {"propertyNames": {"enum": ["field", "greater_than", "all"]}}
        },
        {"if": {"required": ["at_least"]}, "then": {"propertyNames": {"enum": ["field", "at_least", "all"]}}},
        {"if": {"required": ["less_than"]}, "then": {"propertyNames": {"enum": ["field", "less_than", "all"]}}},
        {"if": {"required": ["at_most"]}, "then": {"propertyNames": {"enum": ["field", "at_most", "all"]}}},
        {
          "if": {"required": ["equals_field"]},
          "then": {"propertyNames": {"enum": ["field", "equals_field", "all"]}}
        },
        {
          "if": {"required": ["differs_from_field"]},
          "then": {"propertyNames": {"enum": ["field", "differs_from_field", "all"]}}
        },
        {"if": {"required": ["exists"]}, "then": {"propertyNames": {"enum": ["field", "exists"]}}},
        {"if": {"required": ["length"]}, "then": {"propertyNames": {"enum": ["field", "length"]}}},
        {
          "if": {
            "not": {
              "anyOf": [
                {"required": ["all_of"]},
                {"required": ["any_of"]},
                {"required": ["not"]},
                {"required": ["window"]},
                {"required": ["some"]},
                {"required": ["command"]},
                {"required": ["commands_in_order"]},
                {"required": ["pattern"]},
                {"required": ["contains"]},
                {"required": ["starts_with"]},
                {"required": ["ends_with"]},
                {"required": ["equals"]},
                {"required": ["one_of"]},
                {"required": ["cidr"]},
                {"required": ["greater_than"]},
                {"required": ["at_least"]},
                {"required": ["less_than"]},
                {"required": ["at_most"]},
                {"required": ["equals_field"]},
                {"required": ["differs_from_field"]},
                {"required": ["exists"]},
                {"required": ["length"]}
              ]
            }
          },
          "then": {"required": ["pattern"]}
        }
      ]
    },
)json";

} // namespace

std::string_view condition_definitions() {
    return about_conditions;
}

} // namespace rulehost

#include "rule/schema_parts.hpp"

namespace rulehost {
namespace {

// Mirrors the grammar above command_reader.cpp as far as a schema can; a test compares the two.
constexpr std::string_view about_commands = R"json(
    "commands": {
      "type": ["object", "array"],
      "minItems": 1,
      "if": {"type": "array"},
      "then": {"items": {"$ref": "#/$defs/command"}},
      "else": {"$ref": "#/$defs/command"}
    },
    "command": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "properties": {
        "program": {
          "$ref": "#/$defs/command_value",
          "description": "The program, by its base name, behind every wrapper such as sudo or busybox. python is also python3.11, nc also ncat."
        },
        "via": {
          "$ref": "#/$defs/command_value",
          "description": "A wrapper that the command was reached through: sudo, env, xargs, ssh, su, sh, docker, find, an interpreter."
        },
        "place": {
          "$ref": "#/$defs/command_value",
          "description": "What encloses the command: line (nothing does), loop, function, hook, decoded, assignment, or the program in whose $( ) it stands."
        },
        "reading": {
          "$ref": "#/$defs/command_value",
          "description": "How the command was read: typed (its words stand in the line), unfolded (quotes, variables or globs were resolved), kept (as unfolded, unset variables left), decoded; truncated too when a limit kept a part of the line from being read."
        },
        "subcommand": {
          "$ref": "#/$defs/command_value",
          "description": "The first operands in their places, a glob for each: 'iam create-{user,role}'."
        },
        "option": {
          "$ref": "#/$defs/command_options",
          "description": "Options by name, -r or --recursive, alone or in a cluster; {NAME: value} by value, attached or not."
        },
        "operands": {"$ref": "#/$defs/command_count", "description": "How many operands there are."},
        "arguments": {"$ref": "#/$defs/command_count", "description": "How many words stand after the program."},
        "sets": {
          "$ref": "#/$defs/command_variables",
          "description": "Variables that are set in front of the command, by env, sudo or export, or alone."
        },
        "reads": {"$ref": "#/$defs/command_value", "description": "A file that the command reads."},
        "writes": {
          "$ref": "#/$defs/command_value",
          "description": "A file that the command writes: by >, >>, tee, cp, mv, dd, wget -O, sed -i and the like. A glob without / is about the base name; one that ends in / about the directory and all below it."
        },
        "appends": {"$ref": "#/$defs/command_value", "description": "A file that the command adds to."},
        "empties": {"$ref": "#/$defs/command_value", "description": "A file that the command empties or overwrites."},
        "deletes": {"$ref": "#/$defs/command_value", "description": "A file that the command deletes."},
        "makes_executable": {"$ref": "#/$defs/command_value", "description": "A file that the command makes executable."},
        "runs": {
          "$ref": "#/$defs/command_value",
          "description": "A file that is run by its path, or as the script of an interpreter."
        },
        "fetches": {"$ref": "#/$defs/command_value", "description": "A URL that the command downloads, as typed."},
        "sends": {"$ref": "#/$defs/command_value", "description": "A URL or host:path that the command uploads to, as typed."},
        "connects": {
          "$ref": "#/$defs/command_value",
          "description": "A remote end, as host:port/path, the port filled in. {cidr: [...]} looks at the host."
        },
        "operand": {
          "$ref": "#/$defs/command_value",
          "description": "A word that is neither an option nor its value, as typed or without //, /./ and /../."
        },
        "argument": {"$ref": "#/$defs/command_value", "description": "Any word after the program."},
        "file": {"$ref": "#/$defs/command_value", "description": "A path that the command names, whatever it does with it."},
        "data": {
          "$ref": "#/$defs/command_value",
          "description": "Constant text that the command prints or gets, whole or a line of it. some: it gets something else than the terminal, or prints such text; none: it does not."
        },
        "text": {"$ref": "#/$defs/command_value", "description": "The command as text, after folding, and as typed with the wrappers in front of it."},
        "piped_to": {"$ref": "#/$defs/command_neighbours", "description": "A later command of the pipeline."},
        "piped_from": {"$ref": "#/$defs/command_neighbours", "description": "An earlier command of the pipeline."},
        "ignore_case": {
          "type": "boolean",
          "default": false,
          "description": "Upper and lower case are the same in all values of this map."
        }
      }
    },
    "command_values": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/command_value"}},
    "command_value": {
      "type": ["string", "number", "boolean", "array", "object"],
      "description": "A glob over the whole value, a list of which one fits, $name of a shared list, or a map.",
      "allOf": [
        {"if": {"type": "array"}, "then": {"$ref": "#/$defs/command_values"}},
        {
          "if": {"type": "object"},
          "then": {
            "additionalProperties": false,
            "minProperties": 1,
            "properties": {
              "not": {"$ref": "#/$defs/command_value", "description": "No value is so."},
              "all": {"$ref": "#/$defs/command_values", "description": "Each of these is met by some value."},
              "any": {"$ref": "#/$defs/command_value", "description": "One value is so, and not as in except."},
              "except": {"$ref": "#/$defs/command_value", "description": "The values that any does not mean."},
              "pattern": {"$ref": "#/$defs/text", "description": "A regular expression that is found in a value."},
              "at_least": {"type": "number", "description": "A value is a number, this or above."},
              "at_most": {"type": "number", "description": "A value is a number, this or below."},
              "cidr": {"$ref": "#/$defs/one_or_more_texts", "description": "A value is an address in one of these networks."}
            },
            "allOf": [
              {"if": {"required": ["not"]}, "then": {"propertyNames": {"enum": ["not"]}}},
              {"if": {"required": ["all"]}, "then": {"propertyNames": {"enum": ["all"]}}},
              {"if": {"required": ["any"]}, "then": {"required": ["except"], "propertyNames": {"enum": ["any", "except"]}}},
              {"if": {"required": ["except"]}, "then": {"required": ["any"]}},
              {"if": {"required": ["pattern"]}, "then": {"propertyNames": {"enum": ["pattern"]}}},
              {"if": {"required": ["cidr"]}, "then": {"propertyNames": {"enum": ["cidr"]}}}
            ]
          }
        }
      ]
    },
    "command_options": {
      "type": ["string", "number", "array", "object"],
      "allOf": [
        {
          "if": {"type": "array"},
          "then": {"minItems": 1, "items": {"$ref": "#/$defs/command_options"}}
        },
        {
          "if": {"type": "object"},
          "then": {
            "minProperties": 1,
            "properties": {
              "not": {"$ref": "#/$defs/command_options", "description": "None of these options is given."},
              "all": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/command_options"},
                "description": "Every one of these is given."
              },
              "any": {"$ref": "#/$defs/command_options", "description": "One is so, and not as in except."},
              "except": {"$ref": "#/$defs/command_options", "description": "The options that any does not mean."}
            },
            "additionalProperties": {"$ref": "#/$defs/command_value"}
          }
        }
      ]
    },
    "command_variables": {
      "type": ["array", "object"],
      "if": {"type": "array"},
      "then": {"minItems": 1, "items": {"$ref": "#/$defs/command_variables"}},
      "else": {
        "minProperties": 1,
        "properties": {
          "not": {"$ref": "#/$defs/command_variables", "description": "No variable is set so."},
          "all": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/command_variables"},
            "description": "Every one of these is set."
          }
        },
        "additionalProperties": {"$ref": "#/$defs/command_value"}
      }
    },
    "command_count": {
      "type": ["string", "object"],
      "if": {"type": "string"},
      "then": {"enum": ["none", "some"]},
      "else": {
        "additionalProperties": false,
        "minProperties": 1,
        "properties": {
          "at_least": {"type": "number", "description": "So many or more."},
          "at_most": {"type": "number", "description": "So many or fewer."}
        }
      }
    },
    "command_neighbours": {
      "type": ["object", "array"],
      "if": {"type": "object", "required": ["not"]},
      "then": {
        "additionalProperties": false,
        "properties": {"not": {"$ref": "#/$defs/commands", "description": "No such command is one."}}
      },
      "else": {"$ref": "#/$defs/commands"}
    },
)json";

} // namespace

std::string_view command_definitions() {
    return about_commands;
}

} // namespace rulehost

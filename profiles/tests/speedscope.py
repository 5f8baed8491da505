# What speedscope's file-format-spec asks of a file with sampled profiles, in the words of JSON Schema, and what its importer
# relies on beyond that: indices of frames exist, a weight for each stack, and the weights fill the range of values.
import json
import sys

import jsonschema

SCHEMA = {
    "type": "object",
    "required": ["$schema", "shared", "profiles"],
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "shared": {
            "type": "object",
            "required": ["frames"],
            "properties": {
                "frames": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "additionalProperties": False,
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "file": {"type": "string"},
                            "line": {"type": "integer", "minimum": 1},
                            "col": {"type": "integer"},
                        },
                    },
                }
            },
        },
        "profiles": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "sampled"},
                    "name": {"type": "string"},
                    "unit": {"enum": ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]},
                    "startValue": {"type": "number"},
                    "endValue": {"type": "number"},
                    "samples": {"type": "array", "items": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}},
                    "weights": {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}},
                },
            },
        },
        "name": {"type": "string"},
        "activeProfileIndex": {"type": "integer", "minimum": 0},
        "exporter": {"type": "string"},
    },
}

file = json.load(open(sys.argv[1]))
jsonschema.validate(file, SCHEMA)
frames = len(file["shared"]["frames"])
assert file.get("activeProfileIndex", 0) < len(file["profiles"])
for p in file["profiles"]:
    assert len(p["samples"]) == len(p["weights"]), p["name"]
    assert all(i < frames for stack in p["samples"] for i in stack), p["name"]
    assert sum(p["weights"]) == p["endValue"] - p["startValue"], p["name"]
    print(p["name"], p["endValue"])

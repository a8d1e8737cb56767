"""Writes resource shapes (see internal/shape) from CloudFormation's resource schemas.

    shapegen.py [--check] types.json OUTPUT_DIRECTORY

types.json maps our resource type to {"cfn": CloudFormation type, "children": {child type: {"many", "omit"}}, "more"}: where
CloudFormation splits one thing in several types, the parent carries the child under the child type's name, as a set
of objects ("many") or as one object, without the properties that only point back at the parent ("omit"). What can be set by
the API alone and matters as much as what can be declared is added by "more": {property: its shape}.

Of a schema a shape keeps types, insertionOrder and which properties are read-only or write-only; no descriptions, and
no constraints: what the API answers is valid. Schemas are those that cfn-lint ships for us-east-1.
"""

import importlib.util
import json
import pathlib
import sys

DOCS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-%s.html"
REGION = "us-east-1"


class Schemas:
    def __init__(self):
        # The package's own code isn't run: it would need its dependencies.
        spec = importlib.util.find_spec("cfnlint")
        if spec is None:
            sys.exit("shapegen: cfn-lint is not installed")
        self.root = pathlib.Path(spec.submodule_search_locations[0]) / "data" / "schemas"
        self.files = json.loads((self.root / "providers" / f"{REGION}.json").read_text())

    def load(self, cfn):
        if cfn not in self.files:
            sys.exit(f"shapegen: {REGION} has no {cfn}")
        return json.loads((self.root / "resources" / f"{self.files[cfn]}.json").read_text())


class Converter:
    """Converts one schema; self.root is the schema document that $ref points into."""

    def __init__(self, root):
        self.root = root
        self.read_only = {tuple(p.split("/")[2:]) for p in root.get("readOnlyProperties", [])}
        self.write_only = {tuple(p.split("/")[2:]) for p in root.get("writeOnlyProperties", [])}

    def properties(self):
        return {name: self.convert(s, (name,), ()) for name, s in self.root["properties"].items()}

    def convert(self, schema, path, seen):
        node = self.bare(schema, path, seen)
        if path in self.read_only:
            node = mark(node, "readOnly")
        elif path in self.write_only:
            node = mark(node, "writeOnly")
        return node

    def bare(self, schema, path, seen):
        while "$ref" in schema:
            ref = schema["$ref"]
            if ref in seen:
                return "json"  # recursive: from here on anything goes
            seen += (ref,)
            target = self.root
            for step in ref.removeprefix("#/").split("/"):
                target = target[step]
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        kind = schema.get("type")
        if isinstance(kind, list):
            return "json" if "object" in kind or "array" in kind else "string"
        properties = self.merged_properties(schema)
        if kind == "array":
            return {
                "type": "set" if schema.get("insertionOrder") is False else "list",
                "items": self.convert(schema.get("items", {}), path + ("*",), seen),
            }
        if properties:
            return {
                "type": "object",
                "properties": {n: self.convert(s, path + (n,), seen) for n, s in properties.items()},
            }
        if kind == "object":
            patterns = list(schema.get("patternProperties", {}).values())
            if len(patterns) == 1:
                return {"type": "map", "items": self.convert(patterns[0], path + ("*",), seen)}
            return "json"
        if kind in ("string", "integer", "number", "boolean"):
            return kind
        return "json"

    @staticmethod
    def merged_properties(schema):
        out = dict(schema.get("properties", {}))
        for union in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(union, []):
                for name, s in part.get("properties", {}).items():
                    if name not in out and isinstance(s, dict) and ("type" in s or "$ref" in s):
                        out[name] = s
        return out


def mark(node, flag):
    return {"type": node, flag: True} if isinstance(node, str) else {**node, flag: True}


def child_node(schemas, cfn, spec):
    properties = {}
    for name, node in Converter(schemas.load(cfn)).properties().items():
        if name in spec.get("omit", []) or isinstance(node, dict) and node.get("readOnly"):
            continue
        properties[name] = node
    one = {"type": "object", "properties": properties}
    return {"type": "set", "items": one} if spec.get("many") else one


def shape(schemas, typ, spec):
    properties = Converter(schemas.load(spec["cfn"])).properties()
    for child, child_spec in spec.get("children", {}).items():
        properties[child] = child_node(schemas, child, child_spec)
    properties.update(spec.get("more", {}))
    page = "-".join(spec["cfn"].lower().split("::")[1:])
    return {"type": typ, "cfn": spec["cfn"], "source": DOCS % page, "properties": properties}


def text(out):
    """One line per property of the resource, so that a diff can be read."""
    dump = lambda v: json.dumps(v, sort_keys=True, separators=(",", ":"))
    head = "".join(f'"{k}":{dump(out[k])},\n' for k in ("type", "cfn", "source"))
    lines = ",\n".join(f"{dump(n)}:{dump(v)}" for n, v in sorted(out["properties"].items()))
    return "{" + head + '"properties":{\n' + lines + "\n}}\n"


def main(args):
    check = args[0] == "--check"
    types_file, directory = args[1 if check else 0 :]
    types = json.loads(pathlib.Path(types_file).read_text())
    directory = pathlib.Path(directory)
    schemas = Schemas()
    want = {f"{typ}.json": text(shape(schemas, typ, spec)) for typ, spec in types.items()}
    have = {p.name: p.read_text() for p in directory.glob("*.json") if p.name != "overlay.json"}
    changed = sorted(n for n in want.keys() | have.keys() if want.get(n) != have.get(n))
    if check:
        sys.exit(f"shapegen: would change {', '.join(changed)}" if changed else 0)
    for name in changed:
        if name in want:
            (directory / name).write_text(want[name])
        else:
            (directory / name).unlink()


if __name__ == "__main__":
    main(sys.argv[1:])

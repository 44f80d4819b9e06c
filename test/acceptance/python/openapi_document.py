"""Reads an OpenAPI document's address; fails unless it is valid OpenAPI 3.1 and each example satisfies its schema."""

import json
import sys
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

with urllib.request.urlopen(sys.argv[1]) as answer:
    document = json.load(answer)
validate(document)

registry = Registry().with_resource("urn:document", Resource(contents=document, specification=DRAFT202012))
examples = 0
for path, methods in document["paths"].items():
    for method, operation in methods.items():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (value for body in bodies for value in body.get("content", {}).values()):
            if "example" not in content:
                continue
            schema = {"$ref": "urn:document" + content["schema"]["$ref"]}
            Draft202012Validator(schema, registry=registry).validate(content["example"])
            examples += 1
print(json.dumps({"paths": len(document["paths"]), "examples": examples}))

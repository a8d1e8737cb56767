"""Expands a SAM template into CloudFormation, as AWS does when it deploys one.

    expand.py template.yaml

It prints one JSON object: "" is the template itself, every other name a nested stack's, as TemplateURL has it. It needs
no network and no credentials. Local code becomes a made-up object in S3, since only `sam deploy` uploads it.
"""

import json
import os
import sys

# The translator asks boto for a region, and would read the configuration of whoever runs it.
os.environ.update(
    AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull
)

from samtranslator.public.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class NoManagedPolicies:
    """Names no managed policies: every role of the template is written out, so none is looked up."""

    def load(self):
        return {}


def read(path):
    with open(path, encoding="utf-8") as f:
        return yaml_parse(f.read())


def nested(path, template):
    """The templates of nested stacks, by their TemplateURL. They are plain CloudFormation, and nest no further."""
    urls = {
        resource["Properties"]["TemplateURL"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    }
    return {url: read(os.path.join(os.path.dirname(path), url)) for url in sorted(urls)}


def expand(template):
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"
    parameters = {
        name: parameter["Default"] for name, parameter in template.get("Parameters", {}).items() if "Default" in parameter
    }
    return transform(template, parameters, NoManagedPolicies())


def main():
    (path,) = sys.argv[1:]
    try:
        template = read(path)
        out = nested(path, template)
        out[""] = expand(template)
    except InvalidDocumentException as e:
        sys.exit("\n".join(cause.message for cause in e.causes))
    json.dump(out, sys.stdout, indent=1)


if __name__ == "__main__":
    main()

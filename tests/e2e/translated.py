"""Run by SAM's own Python: a template as CloudFormation gets it, with artefacts named by SAM's checksum of them.

Reads {"template": path, "parameters": {...}, "artefacts": {logical id: folder}}, writes the resources.
"""

import json
import sys

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.lib.utils.hash import dir_checksum
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

asked = json.load(sys.stdin)
with open(asked["template"], encoding="utf-8") as file:
    written = yaml_parse(file.read())
template = expand_language_extensions(written, asked["parameters"], enabled=True).expanded_template
for name, folder in asked["artefacts"].items():
    key = "ContentUri" if template["Resources"][name]["Type"].endswith("LayerVersion") else "CodeUri"
    template["Resources"][name]["Properties"][key] = f"s3://bucket/{dir_checksum(folder)}"
json.dump(Translator({}, Parser()).translate(template, asked["parameters"])["Resources"], sys.stdout)

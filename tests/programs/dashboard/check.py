"""What others make of the dashboard: Grafana's own types, and a parser of PromQL.

Standard input: {"dashboard": ..., "expressions": [...]}. Standard output: a line for each complaint.
"""

import json
import re
import sys

import promql_parser
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


# What Grafana's Prometheus data source takes of an annotation, and its types leave to data sources.
OF_THE_DATA_SOURCE = re.compile(r"/annotations/list/\d+/(titleFormat|textFormat|useValueForTime)")


def lost(written, kept, path=""):
    """What the types do not know, or hold for something else. They may add defaults."""
    if isinstance(written, dict) and isinstance(kept, dict):
        for key, value in written.items():
            if key in kept:
                yield from lost(value, kept[key], f"{path}/{key}")
            elif not OF_THE_DATA_SOURCE.fullmatch(f"{path}/{key}"):
                yield f"{path}/{key}: Grafana knows no such key"
    elif isinstance(written, list) and isinstance(kept, list) and len(written) == len(kept):
        for place, (value, other) in enumerate(zip(written, kept)):
            yield from lost(value, other, f"{path}/{place}")
    elif written != kept:
        yield f"{path}: {json.dumps(written)} became {json.dumps(kept)}"


def complaints(dashboard, expressions):
    register_default_plugins()
    kept = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
    yield from lost(dashboard, kept)
    for expression in expressions:
        try:
            promql_parser.parse(expression)
        except ValueError as error:
            yield f"{expression}: {error}"


def main():
    given = json.load(sys.stdin)
    for complaint in complaints(given["dashboard"], given["expressions"]):
        print(complaint)


main()

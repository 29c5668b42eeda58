"""Draws the panels of the dashboard from their own expressions, in plain SVG, with Python's standard library alone.

draw.py DATABASE SECONDS DIRECTORY; standard input: the dashboard with its variables filled in. It knows what this
dashboard uses of Grafana and no more: stat, table (merge, groupingToMatrix, organize), time series, state timeline.
"""

import json
import re
import sys
import time
import urllib.parse
import urllib.request
from html import escape

# A picture goes from its first panel to that of the next one.
PICTURES = {
    "answers": "DNS probes (outside-in)",
    "signatures": "Signature horizon",
    "rollovers": "Rollovers",
    "exporter": "The exporter",
}
COLUMN, LINE, GAP = 50, 30, 8
COLOURS = {
    "green": "#3f9c4b", "red": "#d6334a", "orange": "#e8912d", "blue": "#3870c9", "purple": "#8a4bb3",
    "text": "#8b929b", "transparent": "none",
}
PALETTE = ["#3870c9", "#e8912d", "#3f9c4b", "#d6334a", "#8a4bb3", "#1e9aa0", "#b3822b", "#d45b9c", "#6b7684", "#7fae2e",
           "#5e5ad0", "#a64b2a"]
INK, FAINT, RULE = "#22272e", "#6b7684", "#e4e7eb"


# What the database says.

def ask(database, path, **parameters):
    with urllib.request.urlopen(f"{database}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
        return json.load(answer)["data"]["result"]


def named(target, labels):
    """A series by its legend."""
    legend = target.get("legendFormat", "")
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), legend)


def series_of(source, panel):
    """Each series by its name, as points in time."""
    found = []
    for target in panel["targets"]:
        answer = source("query_range", query=target["expr"])
        found += [(named(target, series["metric"]), [(float(at), float(value)) for at, value in series["values"]])
                  for series in answer]
    return sorted(found)


def rows_of(source, panel):
    """The rows of a table, and its columns in order."""
    frames = []
    for target in panel["targets"]:
        value = "Value" if len(panel["targets"]) == 1 else f"Value #{target['refId']}"
        frames.append([{**series["metric"], value: float(series["value"][1])}
                       for series in source("query", query=target["expr"])])
    for frame in frames:
        for row in frame:
            row.pop("__name__", None)
    rows, columns = frames[0], None
    for transformation in panel.get("transformations", []):
        options = transformation["options"]
        if transformation["id"] == "merge":
            rows = merged(frames)
        elif transformation["id"] == "groupingToMatrix":
            rows, columns = matrix(rows, options)
        else:
            rows, columns = organized(rows, columns, options)
    for sort in panel["options"].get("sortBy", []):
        worth = lambda row: ((value := row.get(sort["displayName"])) is None, value)
        rows.sort(key=lambda row: sorted(row.items(), key=str) and str(row))
        rows.sort(key=worth, reverse=sort["desc"])
    return rows, columns


def merged(frames):
    """Rows that agree in all that they share become one."""
    rows = []
    for row in (row for frame in frames for row in frame):
        labels = {key for key in row if not key.startswith("Value")}
        partners = [other for other in rows if all(other.get(key, row[key]) == row[key] for key in labels)
                    and not set(row) - labels & set(other)]
        partners = [other for other in partners if not any(key in other for key in set(row) - labels)]
        for other in partners:
            other.update(row)
        if not partners:
            rows.append(dict(row))
    return rows


def matrix(rows, options):
    across = sorted({row[options["columnField"]] for row in rows})
    corner = f"{options['rowField']}\\{options['columnField']}"
    lines = {}
    for row in rows:
        line = lines.setdefault(row[options["rowField"]], {corner: row[options["rowField"]]})
        line[row[options["columnField"]]] = row[options["valueField"]]
    return list(lines.values()), [corner, *across]


def organized(rows, columns, options):
    order, renamed, left_out = options["indexByName"], options["renameByName"], options["excludeByName"]
    columns = columns or sorted({key for row in rows for key in row if not left_out.get(key)}, key=lambda key: order.get(key, 99))
    rename = lambda key: renamed.get(key, key)
    return [{rename(key): value for key, value in row.items()} for row in rows], [rename(column) for column in columns]


# What a value looks like.

def shown(value, config):
    """A value's text and colour."""
    for mapping in config.get("mappings", []):
        options = mapping["options"]
        if mapping["type"] == "regex" and isinstance(value, str) and re.search(options["pattern"], value):
            return options["result"].get("text", value), COLOURS[options["result"]["color"]]
        if mapping["type"] == "value" and not isinstance(value, str) and str(round(value)) in options:
            result = options[str(round(value))]
            return result["text"], COLOURS[result["color"]]
    if isinstance(value, str):
        return value, None
    colour = None
    for step in config.get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            colour = COLOURS[step["color"]]
    return in_unit(value, config.get("unit")), colour


def in_unit(value, unit):
    if unit == "s":
        for size, name in [(86400, "days"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms")]:
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1e6:.0f} µs" if value else "0 s"
    if unit == "percentunit":
        return f"{value * 100:.0f} %"
    if unit == "bytes":
        return f"{value / 2**20:.1f} MiB"
    number = f"{value:.0f}" if value == round(value) else f"{value:.2g}"
    return number + {"ops": "/s", "reqps": "/s"}.get(unit, "")


# Shapes.

def text(x, y, said, size=12, colour=INK, anchor="start", weight=400):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(str(said))}</text>')


def box(x, y, width, height, colour, radius=2.0, opacity=1.0):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" rx="{radius}" '
            f'fill="{colour}" fill-opacity="{opacity}"/>')


def rule(x1, y1, x2, y2, colour=RULE):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" fill="none"/>'


def width_of(said, size=12):
    return len(str(said)) * size * 0.56


def cut(said, width, size=12):
    room = int(width / (size * 0.56))
    return said if len(said) <= room else said[:max(room - 1, 1)] + "…"


# Panels: each draws into a rectangle below its title.

def draw_stat(source, panel, width, height):
    target = panel["targets"][0]
    found = source("query", query=target["expr"])
    config = panel["fieldConfig"]["defaults"]
    said, colour = shown(float(found[0]["value"][1]), config)
    if panel["options"]["textMode"] == "name":
        said = named(target, found[0]["metric"])
    return [box(0, 0, width, height, colour, 4), text(width / 2, height / 2 + 10, said, 28, "#fff", "middle", 600)]


def settings(panel, column):
    config = dict(panel["fieldConfig"]["defaults"])
    config.update(config.pop("custom", {}))
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == column:
            config.update({prop["id"].removeprefix("custom."): prop["value"] for prop in override["properties"]})
    return config


def draw_table(source, panel, width, height):
    rows, columns = rows_of(source, panel)
    configs = {column: settings(panel, column) for column in columns}
    widths = column_widths(rows, columns, configs, width)
    line, drawn, x = 22, [], 0
    room = int((height - line) / line)
    kept = rows if len(rows) <= room else rows[:room - 1]
    for column in columns:
        config, wide = configs[column], widths[column]
        drawn.append(text(*aligned(config, x, wide), 15, cut(column, wide - 8, 11), 11, FAINT, anchor_of(config), 600)
                     if False else heading(config, x, wide, column))
        for place, row in enumerate(kept):
            drawn += cell(config, row.get(column), x, line * (place + 1), wide, line, biggest(rows, column))
        x += wide
    drawn += [rule(0, line * (place + 1), width, line * (place + 1)) for place in range(len(kept) + 1)]
    if len(kept) < len(rows):
        drawn.append(text(6, line * (len(kept) + 1) + 15, f"and {len(rows) - len(kept)} more", 11, FAINT))
    return drawn


def biggest(rows, column):
    return max((row[column] for row in rows if isinstance(row.get(column), float)), default=1)

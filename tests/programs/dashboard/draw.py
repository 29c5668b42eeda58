"""Draws the panels of the dashboard from their own expressions, in plain SVG, with Python's standard library alone.

draw.py DATABASE SECONDS DIRECTORY; standard input: the dashboard with its variables filled in. It knows what this
dashboard uses of Grafana and no more: stat, table (merge, groupingToMatrix, organize), time series, state timeline.
"""

import json
import math
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
COLUMN, LINE, GAP, TABLE_LINE = 50, 30, 8, 22
COLOURS = {
    "blue": "#3870c9", "light-blue": "#7fa6e8", "dark-orange": "#d9580d", "light-orange": "#f0a63c", "dark-yellow": "#a8860a",
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
    rows.sort(key=lambda row: [str(row.get(column, "")) for column in columns])
    for sort in panel["options"].get("sortBy", []):
        column = sort["displayName"]
        rows.sort(key=lambda row: row.get(column, -1 if sort["desc"] else float("inf")), reverse=sort["desc"])
    return rows, columns


def merged(frames):
    """Rows that agree in every label that both have become one."""
    rows = [dict(row) for row in frames[0]]
    for frame in frames[1:]:
        for row in frame:
            labels = {key for key in row if not key.startswith("Value")}
            partners = [other for other in rows if all(other[key] == row[key] for key in labels & set(other))
                        and labels & set(other)]
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
    return sum(0.7 if letter.isupper() else 0.53 for letter in str(said)) * size


def cut(said, width, size=12):
    room = int(width / (size * 0.53))
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


def draw_table(source, panel, width, height):
    rows, columns = rows_of(source, panel)
    configs = {column: settings(panel, column) for column in columns}
    widths = widths_of(rows, columns, configs, width)
    room = int(height / TABLE_LINE) - 1
    kept = rows if len(rows) <= room else rows[:room - 1]
    drawn, x = [], 0
    for column in columns:
        wide, most = widths[column], max((row[column] for row in rows if isinstance(row.get(column), float)), default=1)
        drawn.append(aligned(column, x, 15, wide, configs[column], 11, FAINT, 600))
        for place, row in enumerate(kept, 1):
            if column in row:
                drawn += cell(row[column], configs[column], x, place * TABLE_LINE, wide, most)
        x += wide
    drawn += [rule(0, place * TABLE_LINE, width, place * TABLE_LINE) for place in range(1, len(kept) + 2)]
    if len(kept) < len(rows):
        drawn.append(text(6, (len(kept) + 1) * TABLE_LINE + 15, f"and {len(rows) - len(kept)} more", 11, FAINT))
    return drawn


def settings(panel, column):
    """How a column is to look."""
    config = dict(panel["fieldConfig"]["defaults"])
    config.update(config.pop("custom", {}))
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == column:
            config.update({part["id"].removeprefix("custom."): part["value"] for part in override["properties"]})
    return config


def widths_of(rows, columns, configs, width):
    """What each column needs; bars take what is left, or all share it; too little is shared too."""
    needs = {}
    for column in columns:
        said = [shown(row[column], configs[column])[0] for row in rows if column in row]
        needs[column] = max(width_of(one) for one in [column, *said]) + 16
    rest = width - sum(needs.values())
    if rest < 0:
        return {column: need * width / sum(needs.values()) for column, need in needs.items()}
    growing = [column for column in columns if configs[column].get("cellOptions", {}).get("type") == "gauge"] or columns
    return {column: need + rest / len(growing) * (column in growing) for column, need in needs.items()}


def cell(value, config, x, y, wide, most):
    said, colour = shown(value, config)
    kind = config.get("cellOptions", {}).get("type")
    if kind == "color-background" and colour not in (None, "none"):
        return [box(x + 1, y + 1, wide - 2, TABLE_LINE - 2, colour), aligned(said, x, y + 15, wide, config, 12, "#fff", 500)]
    if kind == "gauge":
        full = wide - 84
        long = full * min(max(value / config.get("max", most), 0), 1)
        return [box(x + 6, y + 5, full, 12, RULE), box(x + 6, y + 5, max(long, 2), 12, colour),
                text(x + wide - 6, y + 15, said, 12, colour, "end", 600)]
    return [aligned(said, x, y + 15, wide, config, 12, colour if kind == "color-text" else INK, 400)]


def aligned(said, x, y, wide, config, size, colour, weight):
    said = cut(said, wide - 8, size)
    if config.get("align") == "center":
        return text(x + wide / 2, y, said, size, colour, "middle", weight)
    return text(x + 6, y, said, size, colour, "start", weight)


def draw_timeline(source, panel, width, height):
    config, found = panel["fieldConfig"]["defaults"], series_of(source, panel)
    left = max(width_of(name, 11) for name, _ in found) + 14
    high = min((height - 18) / len(found), 24)
    drawn = []
    for place, (name, points) in enumerate(found):
        y = place * high
        drawn.append(text(left - 8, y + high / 2 + 4, name, 11, INK, "end"))
        for begin, end, value in spans(points, source.step):
            said, colour = shown(value, config)
            x1, x2 = (left + (width - left) * source.place(at) for at in (begin, end))
            drawn.append(box(x1, y + 1, x2 - x1, high - 2, colour))
            if x2 - x1 > width_of(said, 10) + 10 and high > 12:
                drawn.append(text(x1 + 6, y + high / 2 + 4, said, 10, "#fff", "start", 600))
    return drawn + axis(source, left, width, len(found) * high + 13)


def spans(points, step):
    """Times during which the value stays."""
    begin, last, value = points[0][0], points[0][0], points[0][1]
    for at, other in points[1:]:
        if other != value or at - last > 1.5 * step:
            yield begin, last + step, value
            begin, value = at, other
        last = at
    yield begin, last, value


def axis(source, left, width, y):
    marks = [(share, f"-{source.seconds * (1 - share) / 60:g} min" if share < 1 else "now") for share in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    anchors = {0: "start", 1: "end"}
    return [text(left + (width - left) * share, y, said, 10, FAINT, anchors.get(share, "middle")) for share, said in marks]


def draw_series(source, panel, width, height):
    config, found = panel["fieldConfig"]["defaults"], series_of(source, panel)
    legend, high = legend_of([name for name, _ in found], width, height)
    stacked = config["custom"].get("stacking", {}).get("mode") == "normal"
    lines = stack(found) if stacked else [(points, None) for _, points in found]
    values = [value for points, _ in lines for _, value in points]
    ticks = ticks_of(config.get("min", min(0, *values)), max(values), config["unit"])
    bottom, top = ticks[0], ticks[-1]
    left, base = 58, high - 18
    across = lambda at: left + (width - left - 4) * source.place(at)
    up = lambda value: base - (base - 6) * (value - bottom) / (top - bottom)
    drawn = []
    for tick in ticks:
        drawn += [rule(left, up(tick), width - 4, up(tick)), text(left - 6, up(tick) + 4, in_unit(tick, config["unit"]), 10, FAINT, "end")]
    for place, (points, below) in reversed(list(enumerate(lines))):
        colour = PALETTE[place % len(PALETTE)]
        for part in unbroken(points, source.step):
            part = [(at, value, (below or {}).get(at, 0)) for at, value in part]
            if config["custom"].get("lineInterpolation") == "stepAfter":
                part = stepped(part)
            path = [(across(at), up(value)) for at, value, _ in part]
            if below is not None:
                floor = [(across(at), up(under)) for at, _, under in reversed(part)]
                drawn.append(f'<path d="M{joined(path + floor)}Z" fill="{colour}" fill-opacity=".55"/>')
            drawn.append(f'<path d="M{joined(path)}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"/>')
    return drawn + axis(source, left, width - 4, high - 4) + legend


def stepped(part):
    """Each value stays until the next."""
    corners = [(after[0], *before[1:]) for before, after in zip(part, part[1:])]
    return [point for pair in zip(part, corners) for point in pair] + part[-1:]


def joined(path):
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in path)


def unbroken(points, step):
    part = [points[0]]
    for point in points[1:]:
        if point[0] - part[-1][0] > 1.5 * step:
            yield part
            part = []
        part.append(point)
    yield part


def stack(found):
    """Each series on top of those before it."""
    below, lines = {}, []
    for _, points in found:
        raised = [(at, value + below.get(at, 0)) for at, value in points]
        lines.append((raised, dict(below)))
        below.update(raised)
    return lines


def ticks_of(least, most, unit):
    """Round numbers around what there is."""
    span = (most - least) or 1
    base = next((size for size in (86400, 3600, 60) if unit == "s" and span > 2 * size), 1)
    size = 10 ** math.floor(math.log10(span / base / 3)) * base
    step = next(size * share for share in (1, 2, 2.5, 5, 10) if size * share >= span / 3)
    return [step * count for count in range(math.floor(least / step), math.ceil(round(most / step, 6)) + 1)]


def legend_of(names, width, height):
    """The names below, in as many lines as fit in a third, and what height is left above."""
    drawn, x, line, most = [], 0, 0, max(int(height / 3 / 16), 1)
    for place, name in enumerate(names):
        wide = width_of(name, 11) + 26
        if x + wide > width and x:
            x, line = 0, line + 1
        if line == most - 1 and x + wide + 80 > width and place < len(names) - 1:
            drawn.append((x, line, None, f"and {len(names) - place} more"))
            break
        drawn.append((x, line, PALETTE[place % len(PALETTE)], name))
        x += wide
    high = height - (line + 1) * 16
    shapes = []
    for x, line, colour, name in drawn:
        y = high + line * 16 + 13
        shapes += [box(x, y - 5, 12, 3, colour)] if colour else []
        shapes.append(text(x + 16, y, name, 11, INK if colour else FAINT))
    return shapes, high


# The whole.

class Source:
    """The database at one moment, and the time before it."""

    def __init__(self, database, seconds):
        self.database, self.seconds, self.now, self.step = database, seconds, time.time(), max(seconds / 150, 1)

    def __call__(self, path, query):
        if path == "query":
            return ask(self.database, path, query=query, time=self.now)
        return ask(self.database, path, query=query, start=self.now - self.seconds, end=self.now, step=self.step)

    def place(self, at):
        return (at - self.now + self.seconds) / self.seconds


DRAWERS = {"stat": draw_stat, "table": draw_table, "timeseries": draw_series, "state-timeline": draw_timeline}


def picture(source, panels):
    first = panels[0]["gridPos"]["y"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) - first
    drawn = [box(0, 0, 24 * COLUMN + GAP, height * LINE + GAP, "#f3f5f7", 0)]
    for panel in panels:
        place = panel["gridPos"]
        x, y = place["x"] * COLUMN + GAP, (place["y"] - first) * LINE + GAP
        wide, high = place["w"] * COLUMN - GAP, place["h"] * LINE - GAP
        if panel["type"] == "row":
            drawn.append(text(x + 2, y + 15, panel["title"], 15, INK, weight=700))
            continue
        drawn.append(f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="4" fill="#fff" stroke="{RULE}"/>')
        drawn.append(text(x + 10, y + 19, panel["title"], 13, INK, weight=600))
        inner = DRAWERS[panel["type"]](source, panel, wide - 20, high - 38)
        drawn.append(f'<svg x="{x + 10}" y="{y + 30}" width="{wide - 20}" height="{high - 38}">{"".join(inner)}</svg>')
    size = f'width="{24 * COLUMN + GAP}" height="{height * LINE + GAP}"'
    font = 'font-family="Inter, Helvetica Neue, Arial, Liberation Sans, sans-serif"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>\n' + "\n".join(drawn) + "\n</svg>\n"


def main():
    database, seconds, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    panels = json.load(sys.stdin)["panels"]
    source = Source(database, seconds)
    begins = [next(place for place, panel in enumerate(panels) if panel["title"] == title) for title in PICTURES.values()]
    for name, begin, end in zip(PICTURES, begins, [*begins[1:], len(panels)]):
        with open(f"{directory}/{name}.svg", "w", encoding="utf-8") as file:
            file.write(picture(source, panels[begin:end]))


main()

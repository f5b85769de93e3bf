"""Reads Prometheus' text format 0.0.4, and refuses everything that it does not allow."""
import math
import re

METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
VALUE = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|Inf)|NaN"
PAIR = rf'({LABEL})="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({METRIC})(?:\{{((?:{PAIR})(?:,{PAIR})*)\}})? ({VALUE})")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def read(text):
    """{(metric, ((label, value), ...)): number}; raises ValueError with the line that is wrong."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no line break")
    samples, types, helps, family = {}, {}, set(), None
    for number, line in enumerate(text[:-1].split("\n"), 1):
        def wrong(why):
            return ValueError(f"line {number}: {why}: {line!r}")
        if line.startswith("# HELP "):
            family, _, _ = line[7:].partition(" ")
            if not re.fullmatch(METRIC, family) or family in helps:
                raise wrong("a family without a name, or the second of that name")
            helps.add(family)
        elif line.startswith("# TYPE "):
            name, _, kind = line[7:].partition(" ")
            if name != family or name in types or kind not in SUFFIXES:
                raise wrong("a type out of place")
            if kind == "counter" and not name.endswith("_total"):
                raise wrong("a counter whose name does not end with _total")
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            if not match:
                raise wrong("no sample")
            name, labels, value = match.group(1), match.group(2) or "", float(match.groups()[-1])
            pairs = tuple(re.findall(PAIR, labels))
            if name not in {family + suffix for suffix in SUFFIXES[types.get(family, "gauge")]} or family not in types:
                raise wrong("a sample outside of its family")
            if len({label for label, _ in pairs}) != len(pairs) or (name, pairs) in samples:
                raise wrong("given twice")
            if types[family] == "counter" and not value >= 0:
                raise wrong("a counter below zero")
            samples[name, pairs] = value
    for family, kind in types.items():
        if kind == "histogram":
            check_histogram(family, samples)
    return samples


def check_histogram(family, samples):
    buckets = {}
    for (name, pairs), value in samples.items():
        if name == family + "_bucket":
            rest = tuple(pair for pair in pairs if pair[0] != "le")
            buckets.setdefault(rest, []).append((float(dict(pairs)["le"]), value))
    for rest, series in buckets.items():
        bounds, counts = zip(*series)
        if list(bounds) != sorted(set(bounds)) or list(counts) != sorted(counts) or bounds[-1] != math.inf:
            raise ValueError(f"{family}: buckets out of order")
        if counts[-1] != samples[family + "_count", rest] or (family + "_sum", rest) not in samples:
            raise ValueError(f"{family}: buckets, count and sum do not agree")


def self_test():
    good = '# HELP a_total x\n# TYPE a_total counter\na_total{b="c\\"}"} 1\na_total 2.5e+3\n'
    assert read(good)["a_total", (("b", 'c\\"}'),)] == 1
    histogram = ('# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n')
    read(histogram)
    for bad in (good[:-1], good + "\n", good + 'a_total 2.5e+3\n', good + "b 1\n", good.replace("a_total 2", "a_total -2"),
                good.replace('c\\"', 'c"'), good.replace("counter", "meter"), good.replace("_total", ""), good + "a_total  1\n",
                histogram.replace("h_count 2", "h_count 3"), histogram.replace('le="+Inf"} 2', 'le="+Inf"} 0')):
        try:
            read(bad)
        except ValueError:
            continue
        raise AssertionError(bad)


if __name__ == "__main__":
    self_test()

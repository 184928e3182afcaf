# Counts the instructions of every function of a PTX text: a line with its name, then "COUNT INSTRUCTION" in order.
import collections
import re
import sys

counts = collections.defaultdict(collections.Counter)
for line in sys.stdin:
    if entry := re.search(r"\.entry (\w+)", line):
        name = entry.group(1)
    elif instruction := re.match(r"\{?\s*(?:@!?%?\w+\s+)?([a-z][a-z0-9_]*(?:[.:]+[A-Za-z0-9_]+)*)[ ;\t]", line):
        counts[name][instruction.group(1)] += 1
for name in sorted(counts):
    print(f"function {name}")
    for instruction in sorted(counts[name]):
        print(f"  {counts[name][instruction]} {instruction}")

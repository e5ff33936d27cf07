"""Makes a Markdown table of the lines of JSON on its input: the least of each time over all rounds."""

import json
import sys

TIMES = ["fit_ms", "fit_cpu_ms", "row_us", "batch_cpu_us"]
SCORES = ["r2", "rmse", "mae"]
best = {}
for line in sys.stdin:
    found = json.loads(line)
    key = (found["what"], found["threads"], found["program"])
    own = best.setdefault(key, dict(found))
    for time in TIMES:
        own[time] = min(own[time], found[time])

print("| model | threads | program | fit ms | fit CPU ms | one row µs | batch CPU µs a row | R² | RMSE | MAE |")
print("|---|---|---|---|---|---|---|---|---|---|")
for (what, threads, program), found in sorted(best.items()):
    cells = [f"{found[time]:.1f}" for time in TIMES] + [f"{found[SCORES[0]]:.4f}"]
    cells += [f"{found[score]:.0f}" for score in SCORES[1:]]
    print(f"| {what} | {threads} | {program} | " + " | ".join(cells) + " |")

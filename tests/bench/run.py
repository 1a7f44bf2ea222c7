"""Measures routecheck against its peers and prints the ratios: `python tests/bench/run.py --help`."""

import argparse
import filecmp
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from contenders import Contender, Race, races
from measure import Sample, Server, machine, median, sample, served
from server import KEY


def main() -> None:
    """Measure, print a table for each race, and write all samples with --json."""
    parser = argparse.ArgumentParser(description="Measure routecheck against its peers, as ratios within one run.")
    parser.add_argument("--startup-rounds", type=int, default=15, help="rounds of the start-up race [15]")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of the other races [9]")
    parser.add_argument(
        "--only", nargs="+", choices=["startup", "token", "preflight", "small", "large", "stream"], help="races to run"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample")
    asked = parser.parse_args()
    results = []
    with served() as server, tempfile.TemporaryDirectory() as folder:
        floor = sample(["true"], machine(Path(folder)), Path(folder)).rss
        for word, race in races(server).items():
            if asked.only and word not in asked.only:
                continue
            rounds = asked.startup_rounds if word in {"startup", "token"} else asked.rounds
            print(f"{word}: {rounds} rounds of {len(race.contenders)} contenders", file=sys.stderr)
            rows = summary(race, measured(race, server, rounds, Path(folder)))
            print(table(race, rows))
            results.append({"race": race.name, "left_out": race.left_out, "rows": rows})
    print(f"Peak RSS below {floor:.0f} MiB cannot be told apart: so much the measuring process itself leaves behind.")
    if asked.json is not None:
        content = {"python": sys.version, "platform": sys.platform, "rss_floor_mib": floor, "races": results}
        asked.json.write_text(json.dumps(content, indent=2) + "\n")


def measured(race: Race, server: Server, rounds: int, folder: Path) -> list[list[Sample]]:
    """The samples of each contender. They run in turn, so that a slow minute hits all of them."""
    found: list[list[Sample]] = [[] for _ in race.contenders]
    for number in range(rounds + 1):
        for contender, samples in zip(race.contenders, found, strict=True):
            one = run_one(contender, race, server, folder)
            if number > 0:  # the first round only warms the caches
                samples.append(one)
    return found


def run_one(contender: Contender, race: Race, server: Server, folder: Path) -> Sample:
    """One run, and whether the work was really done. Raises RuntimeError when it was not."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        file = Path(home) / "image.png"
        server.asked()
        env = machine(Path(home), OPENAI_API_KEY=KEY)
        one = sample(contender.command(file), env, Path(home), contender.expect)
        requests = server.asked()
        if len(requests) != race.requests:
            raise RuntimeError(f"{contender.name} asked {len(requests)} times, not {race.requests}: {requests}")
        if race.size and contender.writes and not filecmp.cmp(file, server.images / f"{race.size}.png", shallow=False):
            raise RuntimeError(f"{contender.name} wrote another image than it was given")
    return one


def summary(race: Race, found: list[list[Sample]]) -> list[dict[str, Any]]:
    """A row for each contender: medians, the spread, the ratio to the first and the budgets."""
    reference = median([one.wall for one in found[0]])
    rows = []
    for contender, samples in zip(race.contenders, found, strict=True):
        walls = [one.wall for one in samples]
        rows.append(
            {
                "contender": contender.name,
                "wall_ms": median(walls),
                "wall_min_ms": min(walls),
                "wall_max_ms": max(walls),
                "cpu_ms": median([one.cpu for one in samples]),
                "rss_mib": median([one.rss for one in samples]),
                "ratio": median(walls) / reference,
                "ratio_budget": contender.ratio,
                "rss_budget_mib": contender.rss,
                "samples": [{"wall_ms": one.wall, "cpu_ms": one.cpu, "rss_mib": one.rss} for one in samples],
            }
        )
    return rows


def table(race: Race, rows: list[dict[str, Any]]) -> str:
    """The race as text."""
    head = ("contender", "wall ms", "min-max", "CPU ms", "RSS MiB", "ratio", "budget", "")
    lines = [head] + [_line(row) for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    if race.left_out:
        shown.append(f"left out, because it is not installed: {', '.join(race.left_out)}")
    return "\n".join([f"== {race.name}", *shown, ""])


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    budgets, met = [], True
    for value, budget, unit in (
        (row["ratio"], row["ratio_budget"], "x"),
        (row["rss_mib"], row["rss_budget_mib"], " MiB"),
    ):
        if budget is not None:
            budgets.append(f"<= {budget:g}{unit}")
            met = met and value <= budget
    return (
        row["contender"],
        f"{row['wall_ms']:.1f}",
        f"{row['wall_min_ms']:.0f}-{row['wall_max_ms']:.0f}",
        f"{row['cpu_ms']:.0f}",
        f"{row['rss_mib']:.1f}",
        f"{row['ratio']:.2f}x",
        ", ".join(budgets),
        ("met" if met else "MISSED") if budgets else "",
    )


if __name__ == "__main__":
    main()

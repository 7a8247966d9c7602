"""What one guess at a passphrase costs: time beside what else opens a key file, and memory.

    python -m tests.benchmarks.passphrase [--rounds 7]

Argon2id with the numbers of new slots, with the least and with the most that a reader takes. Each
is a process of its own, which tells its processor time and the most memory that it had, the
system's own figure; the ratio is to opening a slot and the payload with its secret at hand. It
judges nothing.
"""

import argparse
import json
import subprocess
import sys
from statistics import median

from apps.envelope.passphrases import (
    LEAST_MEMORY,
    LEAST_PASSES,
    MIB,
    MOST_MEMORY,
    MOST_WORK,
    USUAL,
    Cost,
)

COSTS = {
    "as new slots ask": USUAL,
    "the least": Cost(LEAST_MEMORY, LEAST_PASSES),
    "the most": Cost(MOST_MEMORY, MOST_WORK // MOST_MEMORY),
}

CHILD = """
import json, resource, sys, time
from apps.client import credentials, slots
from apps.envelope.key_files import open_key_file
from apps.envelope.keys import ClientKeys
from apps.envelope.passphrases import Cost, passphrase_secret

memory, passes = map(int, sys.argv[1:])
way = slots.plain()
made = credentials.new(
    id="f989507e-88c3-433a-a142-7c19e63314a0", keys=ClientKeys.generate(), name="acme",
    path="acme.json", api_url="", slots=[way.slot],
)
begun = time.process_time()
open_key_file(made.file, made.file.slots[0], way.secret)
opened = time.process_time() - begun
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun, wall = time.process_time(), time.perf_counter()
passphrase_secret("rely kilowatt endearing spyglass", bytes(16), Cost(memory, passes))
print(json.dumps({
    "opened": opened, "guess": time.process_time() - begun, "wall": time.perf_counter() - wall,
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
}))
"""


def measured(cost: Cost) -> dict[str, float]:
    """Return seconds of opening and of one guess, and the KiB that the guess took more."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(cost.memory), str(cost.passes)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for name, cost in COSTS.items():
        runs = [measured(cost) for _ in range(rounds)]
        guess = median(one["guess"] for one in runs)
        ratio = median(one["guess"] / one["opened"] for one in runs)
        memory = median(one["memory"] for one in runs) / MIB
        print(
            f"{name:<17} {cost.memory // MIB:>4} MiB, {cost.passes:>2} passes: "
            f"{guess:6.3f} s of processor time, {ratio:6.0f} times opening the file; "
            f"{memory:.0f} MiB more memory"
        )


if __name__ == "__main__":
    main()

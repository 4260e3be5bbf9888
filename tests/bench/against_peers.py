#!/usr/bin/env python3
"""Our training and encoding rates against the peers', in turn on this machine.

    against_peers.py PEERS.py [--python PYTHON] [--binary target/release/lfw-tui]
                     [--peers keras,torch-cl,torch] [--size 32] [--code 32] [--batch 64]
                     [--threads N] [--rounds 5] [--seconds 4]

PEERS.py is the script with the other libraries' networks; PYTHON has them installed. Each round runs every
program once, in an order that turns round by round; ratios are of medians, and the spread is the lowest and
highest round. All get the allocator settings that our program gives itself. One JSON line last.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

RATES = ("train_images_per_s", "encode_images_per_s")
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(16 << 20),
}


def call(command):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ALLOCATOR})
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("peers_script")
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--binary", default="target/release/lfw-tui")
    p.add_argument("--peers", default="keras,torch-cl,torch")
    p.add_argument("--size", default="32")
    p.add_argument("--code", default="32")
    p.add_argument("--batch", default="64")
    p.add_argument("--threads", default=str(os.cpu_count()))
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", default="4")
    a = p.parse_args()
    peers = [peer for peer in a.peers.split(",") if peer]
    ours = [a.binary, "bench", "--json", "--device", "cpu", "--size", a.size, "--code-size", a.code,
            "--batch-size", a.batch, "--threads", a.threads, "--seconds", a.seconds]
    commands = {"lfw-tui": ours}
    for peer in peers:
        commands[peer] = [a.python, a.peers_script, "speed", peer, a.size, "--code", a.code, "--batch", a.batch,
                          "--threads", a.threads, "--seconds", a.seconds]
    seen = {name: [] for name in commands}
    names = list(commands)
    for turn in range(a.rounds):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            seen[name].append(call(commands[name]))
    table = {}
    for name, runs in seen.items():
        table[name] = {}
        for rate in RATES:
            values = [run[rate] for run in runs]
            table[name][rate] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    print(f"{a.size}×{a.size}, code {a.code}, batch {a.batch}, {a.threads} threads, {a.rounds} rounds")
    for name, rates in table.items():
        print(f"{name:10}", *(f"{rate.split('_')[0]} {v['median']:8.0f} ({v['low']:.0f} … {v['high']:.0f})"
                              for rate, v in rates.items()))
    ratios = {}
    for rate in RATES:
        best = max((table[peer][rate]["median"] for peer in peers), default=None)
        if best:
            ratios[rate] = round(table["lfw-tui"][rate]["median"] / best, 3)
            print(f"{rate.split('_')[0]} against the fastest: {ratios[rate]:.2f}")
    print(json.dumps({"rates": table, "ratios": ratios, "ours": seen["lfw-tui"][-1]}))


if __name__ == "__main__":
    main()

"""What the comparisons with PyTorch on one GPU share: timing both sides, and the table's lines."""

import argparse
import json
import subprocess
import sys
import time


def parser(doc):
    """A parser of what every comparison takes."""
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--samba-run")
    result.add_argument("--rows")
    result.add_argument("--bundle", help="what --print wrote, compiled: for a samba-run without a compiler")
    result.add_argument("--print", action="store_true")
    return result


def compile(program, text, folder):
    """The bundle, in `folder`, of functions of core ops."""
    with open(f"{folder}/functions.mlir", "w") as file:
        file.write(text)
    bundle = f"{folder}/functions.samba"
    subprocess.run([program, "compile", file.name, "--target", "sm_90a", "-o", bundle], check=True)
    return bundle


def bench(program, bundle, *flags):
    """What `bench --json` says."""
    run = subprocess.run([program, "bench", bundle, "--device", "cuda", "--json", *flags], stdout=subprocess.PIPE,
                         text=True)
    if run.returncode:
        sys.exit(f"{sys.argv[0]}: '{program} bench {bundle}' ended with {run.returncode}")
    return json.loads(run.stdout)


def time_samba(program, bundle, repeats, seconds, idle=0):
    """{function: its row of `bench --json`}; the description of the device."""
    result = bench(program, bundle, "--repeats", str(repeats), "--seconds", str(seconds), "--idle", str(idle))
    return {row["function"]: row for row in result["functions"]}, result["device"]


def time_torch(torch, call, repeats, seconds, idle=0, warm=0):
    """Seconds of one call, the mean of some, after `warm` seconds of them."""
    def run(count):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda._sleep(2_000_000)  # the GPU waits about a millisecond, while the calls are queued
        start.record()
        for _ in range(count):
            call()
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) / 1e3 / count

    def rested():
        time.sleep(idle)
        return run(count)

    run(3)
    once = run(3)
    count = max(1, round(seconds / once))
    if warm:
        run(round(warm / once))
    return sum(rested() for _ in range(repeats)) / repeats


def report(lines, device, rows):
    """Writes lines "what|asked|seen|yes or NO" to the file `rows`, or prints them; the first names the device."""
    first, *others = lines
    text = "\n".join([first.replace("|", f", on {device}|", 1), *others])
    if rows:
        with open(rows, "w") as file:
            file.write(text + "\n")
    else:
        print(text)

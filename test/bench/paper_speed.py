#!/usr/bin/env python3
"""How fast the models of the paper train, and decode and read prompts as the context grows, on one GPU in one run.

    paper_speed.py --samba-run PROGRAM [--models FOLDER] [--rows FILE] [--only training|growing] [--contexts N,...]

Training: B 8, T 4096 (Table 3 of the Samba paper has such a column). Decoding: 16 sequences after so many tokens; prompts:
one of 131,072 tokens in one call. FOLDER is models/paper.

FILE gets a line "what|asked|seen|yes, NO or -" for each figure; without it they are printed. It takes some ten minutes.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import peers

TRAINED = ("samba-421m", "llama-438m", "llama-438m-swa", "mamba-430m", "llama-438m-swa-gla", "llama-446m-swa-ret",
           "s6mega-438m")
GROWING = "samba-1.7b", "mistral-1.6b", "llama-3-1.6b"
CONTEXTS, LONGEST, SEQUENCES = (1024, 65536, 131072), 131072, 16


def bench(program, bundle, *flags):
    """The timed entry."""
    print(f"timing {os.path.basename(bundle)} {' '.join(flags)}", file=sys.stderr)
    result = peers.bench(program, bundle, "--repeats", "3", *flags)
    return result["entries"][0], result["device"]


def main():
    parser = peers.parser(__doc__)
    parser.add_argument("--models", default=os.path.join(os.path.dirname(__file__), "../../models/paper"))
    parser.add_argument("--only", choices=("training", "growing"))
    parser.add_argument("--contexts", default=",".join(map(str, CONTEXTS)))
    options = parser.parse_args()
    contexts = [int(context) for context in options.contexts.split(",")]
    wanted = {}  # bundle: flags of compile
    if options.only != "growing":
        wanted.update({model: ["--entries", "train,update", "--batch", "8", "--seq", "4096"] for model in TRAINED})
    if options.only != "training":
        room = ["--max-context", str(LONGEST + 1024)]
        for model in GROWING:
            wanted[model + ".decode"] = ["--entries", "prefill,decode", "--step-batch", str(SEQUENCES), *room]
            wanted[model + ".prompt"] = ["--entries", "prefill", "--chunk", str(LONGEST), *room]
    if options.print:
        print("\n".join(f"{name.split('.decode')[0].split('.prompt')[0]} {' '.join(flags)}" for name, flags in wanted.items()))
        return
    if not options.samba_run:
        parser.error("--samba-run is missing")

    lines, seconds = [], {}
    with tempfile.TemporaryDirectory() as folder:
        def compile(name):
            spec = name.removesuffix(".decode").removesuffix(".prompt")
            bundle = os.path.join(folder, name + ".samba")
            subprocess.run([options.samba_run, "compile", os.path.join(options.models, spec + ".mlir"), "--target",
                            "sm_90a", *wanted[name], "-o", bundle], check=True, stderr=subprocess.DEVNULL)
            return bundle

        with ThreadPoolExecutor() as pool:
            bundles = dict(zip(wanted, pool.map(compile, wanted)))
        for name, bundle in bundles.items():
            model, _, what = name.rpartition(".") if name.endswith((".decode", ".prompt")) else (name, "", "")
            if what == "decode":
                for context in contexts:
                    entry, device = bench(options.samba_run, bundle, "--entry", "decode", "--after", str(context))
                    seconds[model, context] = entry["seconds"]
                    lines.append(f"decode {model}, {SEQUENCES} sequences after {context:,} tokens||"
                                 f"{entry['seconds'] * 1e3:.3f} ms|-")
            elif what == "prompt":
                entry, device = bench(options.samba_run, bundle, "--entry", "prefill")
                seconds[model, "prompt"] = entry["seconds"]
                lines.append(f"prompt of {LONGEST:,} tokens, {model}||{entry['seconds']:.3f} s|-")
            else:
                entry, device = bench(options.samba_run, bundle, "--entry", "train")
                lines.append(f"train {model}, B 8, T 4096||{entry['tokens_per_s']:,.0f} tokens/s|-")

    def compare(title, above, below, asked, good):
        if above in seconds and below in seconds:
            ratio = seconds[above] / seconds[below]
            lines.append(f"{title}|{asked}|{ratio:.2f}|{'yes' if good(ratio) else 'NO'}")

    samba, _, llama = GROWING
    compare(f"decode {samba}, after 131,072 tokens to after 1,024", (samba, 131072), (samba, 1024), "at most 1.1",
            lambda ratio: ratio <= 1.1)
    compare(f"decode after 65,536 tokens, {llama} to {samba}", (llama, 65536), (samba, 65536), "at least 3.64",
            lambda ratio: ratio >= 3.64)
    compare(f"prompt of {LONGEST:,} tokens, {llama} to {samba}", (llama, "prompt"), (samba, "prompt"), "at least 3.73",
            lambda ratio: ratio >= 3.73)
    peers.report(lines, device, options.rows)


if __name__ == "__main__":
    main()

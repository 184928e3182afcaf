// samba-run compile: a spec becomes a bundle.
#include "runtime/Error.h"
#include "runtime/bundle/Bundle.h"
#include "tools/samba-run/ModelCache.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>

int samba::runCompile(const std::vector<std::string> &words) {
  std::string model, out, dump;
  CompileRequest request;
  Flags flags("compile", "MODEL --target host|sm_90a [--batch B --seq T] -o OUT.samba",
              "compiles a spec to a bundle");
  flags.positional("MODEL", model,
                   "a spec (.mlir), or functions of core ops, each of which becomes an entry");
  flags.text("out", out, "OUT.samba", "the folder to write (also -o); a bundle that is there is replaced");
  flags.shortName('o', "out");
  flags.choice("target", request.target, {"host", "sm_90a"}, "what the kernels run on");
  flags.choices("entries", request.entries, {"train", "update", "eval", "prefill", "decode", "probe"},
                "what the bundle can do");
  addCompileFlags(flags, request, true);
  flags.section("looking inside");
  flags.text("dump-dir", dump, "DIR", "write every stage there");
  flags.text("stop-after", request.stopAfter, "STAGE", "do nothing after this stage, as 03-fused");
  flags.text("emit", request.emitStage, "STAGE", "print this stage to stdout instead of writing a bundle");
  flags.example("samba-run compile models/samba-tiny.mlir --target host --batch 8 --seq 256 -o tiny.samba",
                "a bundle that trains on 8 sequences of 256 tokens at a time");
  flags.example("samba-run compile models/samba-tiny.mlir --set attention.window=64 -o narrow.samba",
                "the same model with a narrower attention");
  flags.example("samba-run compile models/samba-tiny.mlir --emit 04-planned",
                "the launches and their buffers, as MLIR");
  if (!flags.parse(words))
    return 0;

  if (kindOf(model) != ModelKind::Spec)
    throw Error("'", model, "' is compiled already; expected a spec (.mlir)");
  request.model = model;
  request.dumpDir = dump;
  if (!request.emitStage.empty() || !request.stopAfter.empty()) {
    compileToBundle(request, {});
    return 0;
  }
  if (out.empty())
    throw Error("compile: -o OUT.samba is missing: the folder to write the bundle to");
  compileAtomically(request, out);
  Bundle bundle = Bundle::load(out);
  std::cout << out << ": " << bundle.modelName << ", " << bundle.parameterCount() << " parameters, "
            << bundle.kernels.size() << " kernels, " << bundle.entries.size() << " entries\n";
  return 0;
}

// samba-run VERB: compiles, trains, plays and measures hybrid language models.
#include "runtime/Error.h"
#include "tools/samba-run/NearestSpelling.h"
#include "tools/samba-run/Verbs.h"

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

namespace {

struct Verb {
  const char *name, *usage, *summary;
  int (*run)(const std::vector<std::string> &words);
};

const Verb verbs[] = {
    {"compile", "MODEL --target host|sm_90a [--batch B --seq T] -o OUT.samba", "a spec becomes a bundle",
     samba::runCompile},
    {"train", "MODEL --data FILE|DIR… --out RUN [--steps N …]", "learn from text or tokens", samba::runTrain},
    {"generate", "RUN|MODEL [--weights F] --prompt TEXT [--stream …]", "continue a text", samba::runGenerate},
    {"eval", "RUN --data FILE [--context 4096,8192,16384]", "perplexity at each context length",
     samba::runEval},
    {"sweep", "MODEL --set PATH=A,B … --data FILE|DIR… --out DIR",
     "train variants alike, and compare them in a table", samba::runSweep},
    {"probe", "RUN|MODEL --data FILE [--svg FILE]", "entropy of attention and of selection in every layer",
     samba::runProbe},
    {"convert", "FOLDER|RUN|MODEL -o DIR [--to LAYOUT]", "weights from and to other libraries",
     samba::runConvert},
    {"bench", "MODEL --entry train|prefill|decode|kernels [--json]",
     "tokens/s, GFLOP/s, GB/s, share of the roofline", samba::runBench},
    {"verify", "MODEL [--device cuda]", "every op against the double-precision reference", samba::runVerify},
    {"info", "MODEL", "parameters, FLOPs per token, state bytes, memory", samba::runInfo},
};

std::string help() {
  std::string out = "samba-run: compiles, trains, plays and measures hybrid language models\n\n"
                    "usage: samba-run VERB …\n\n";
  for (const Verb &verb : verbs)
    out += std::string("  samba-run ") + verb.name + " " + verb.usage + "\n      " + verb.summary + "\n";
  out += "\nMODEL is a spec (.mlir, compiled on the way, kept in a cache) or a bundle (.samba); RUN is the "
         "folder\n"
         "that train writes. 'samba-run VERB --help' lists the flags of a verb and shows examples.\n"
         "Results go to stdout, progress to stderr. SAMBA_THREADS sets the number of threads.\n\n"
         "examples:\n"
         "  samba-run train models/samba-tiny.mlir --data book.txt --out runs/tiny\n"
         "  samba-run generate runs/tiny --prompt 'Once upon a time' --stream\n";
  return out;
}

int dispatch(std::vector<std::string> words) {
  if (words.empty()) {
    std::fputs(help().c_str(), stderr);
    return 1;
  }
  std::string name = words.front();
  words.erase(words.begin());
  if (name == "--help" || name == "-h" || (name == "help" && words.empty())) {
    std::fputs(help().c_str(), stdout);
    return 0;
  }
  if (name == "--version") {
    std::puts("samba-run " SAMBA_VERSION);
    return 0;
  }
  if (name == "help") { // samba-run help train
    name = words.front();
    words = {"--help"};
  }
  std::vector<std::string> known = {"help", "--help", "--version"};
  for (const Verb &verb : verbs) {
    if (name == verb.name)
      return verb.run(words);
    known.push_back(verb.name);
  }
  std::string near = samba::nearestSpelling(name, known);
  throw samba::Error("unknown verb '", name, "'",
                     near.empty() ? "; 'samba-run --help' lists the verbs"
                                  : "; did you mean '" + near + "'?");
}

} // namespace

int main(int argc, char **argv) {
  try {
    int code = dispatch({argv + 1, argv + argc});
    if (!std::cout.flush() || std::fflush(stdout))
      throw samba::Error("cannot write the results to stdout");
    return code;
  } catch (const samba::Error &error) {
    std::fprintf(stderr, "samba-run: %s\n", error.what());
  } catch (const std::bad_alloc &) {
    std::fprintf(stderr, "samba-run: not enough memory\n");
  } catch (const std::exception &error) {
    std::fprintf(stderr, "samba-run: %s\n", error.what());
  }
  return 1;
}

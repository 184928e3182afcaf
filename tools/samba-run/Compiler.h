// The only door between samba-run and the compiler. Compiler.cpp opens it; in a build of the player alone
// CompilerAbsent.cpp says that there is none.
#pragma once

#include "layouts/ModelSpec.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace samba {

/// What to compile. A number that is 0 is left to the compiler.
struct CompileRequest {
  std::filesystem::path model;   ///< a spec (.mlir)
  std::string text;              ///< the spec itself, if not empty; `model` is then what messages call it
  std::vector<std::string> sets; ///< edits of attributes, PATH=VALUE, in order
  std::string target = "host";
  int64_t batch = 8, seq = 256; ///< of entries `train` and `probe`
  int64_t chunk = 0;            ///< tokens per call of `eval` and `prefill`; 0: the smaller of seq and 256
  int64_t stepBatch = 1;        ///< sequences side by side in `eval`, `prefill` and `decode`
  int64_t maxContext = 0;       ///< the most tokens a state holds, for full attention
  std::vector<std::string> entries = {"train", "update", "eval", "prefill", "decode"};
  bool pack = false;                ///< several documents share a row of `train`
  std::string recompute;            ///< policy of the backward pass; empty: the default
  std::filesystem::path dumpDir;    ///< where each stage is written; empty: nowhere
  std::string stopAfter, emitStage; ///< names of stages; empty: the whole way, no stage printed
};

/// Whether this build has a compiler.
bool compilerPresent();

/// Compiles a spec and writes the bundle to `out`, which does not exist yet. With `emitStage` that stage is
/// printed to stdout instead, and with `stopAfter` nothing later is done; `out` is not written then. Throws
/// samba::Error, whose message begins with the line of the spec that is at fault, if there is one.
void compileToBundle(const CompileRequest &request, const std::filesystem::path &out);

/// Compares every op and the whole model, forward, backward and step, with the double-precision reference,
/// prints a table to stdout, and returns 0 if all of them agree, otherwise 1. Each kernel runs `runs` times,
/// which must give the same bits.
int verifyModel(const CompileRequest &request, int64_t runs);

/// Parameters, FLOPs per token, state bytes and training memory of a spec, and per layer, as a JSON object.
std::string modelInfo(const CompileRequest &request);

/// What a spec says, with the names and shapes of its parameters.
ModelSpec outlineOf(const CompileRequest &request);

} // namespace samba

// What the word MODEL or RUN of a command line stands for.
#pragma once

#include "runtime/bundle/Bundle.h"
#include "runtime/data/Corpus.h"
#include "tools/samba-run/Compiler.h"
#include "tools/samba-run/Flags.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace samba {

class Player;
struct Bundle;

/// Declares the flags that say how a spec is compiled, under a heading of their own. `training` adds the
/// batch and the sequence length of entry `train`, and the recompute policy.
void addCompileFlags(Flags &flags, CompileRequest &request, bool training);

/// Declares --device: "cpu" or "cuda".
void addDeviceFlag(Flags &flags, std::string &device, const std::string &help);

/// Declares --weights of a verb that plays a run.
void addWeightsFlag(Flags &flags, std::string &weights);

/// Declares --tokenizer.
void addTokenizerFlag(Flags &flags, std::string &tokenizer);

/// The tokenizer.model for a model: the one given, or the one of a run; empty: text is bytes.
std::filesystem::path tokenizerOf(const std::string &given, const std::string &model);

/// The text or the tokens that a verb reads, as its flags say.
struct DataSource {
  std::vector<std::string> paths;
  std::string tokenizer;   ///< a SentencePiece model; empty: that of a run, or bytes
  int64_t documentId = -1; ///< the token that begins a document; -1: as the files say
  std::string split = "all";

  /// Declares --data and --tokenizer.
  void declare(Flags &flags);
  /// Declares --document-id.
  void declareDocuments(Flags &flags);
  /// Declares --split: all text, or what train holds out.
  void declareSplit(Flags &flags);

  /// Opens the files and folders, for the bundle of `model`, with this share of validation text, and says
  /// what it noticed about them on stderr.
  Corpus open(const Bundle &bundle, const std::string &model, double share = heldOutShare) const;
  /// The same with train's share, and the text of --split.
  TokenStream openSplit(const Bundle &bundle, const std::string &model) const;
};

/// What a spec is compiled for when it is played on `device`.
std::string targetOf(const std::string &device);

/// Throws samba::Error if the flags of addCompileFlags contradict MODEL: a bundle is compiled already.
void checkCompileFlags(const Flags &flags, const std::string &model);

enum class ModelKind { Spec, Bundle, Run };

/// Throws samba::Error if nothing is there, or something else.
ModelKind kindOf(const std::filesystem::path &model);

/// The bundle behind a spec (compiled for `device`, or from the cache), a bundle, or a run.
std::filesystem::path bundleOf(const std::string &model, const std::string &device, CompileRequest &request,
                               const Flags &flags);

/// A player with trained weights: those of the newest checkpoint of a run, or of `weights` if not empty. The
/// entries of the request are ready to run, if the bundle has them. A bundle that does not suit is compiled
/// anew from its own spec, as the request says. Throws samba::Error if there are no weights.
std::unique_ptr<Player> openTrained(const std::string &model, const std::string &weights,
                                    const std::string &device, CompileRequest &request, const Flags &flags,
                                    const std::function<bool(const Bundle &)> &suits = {});

} // namespace samba

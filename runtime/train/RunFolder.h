// The folder of a training run: where its bundle, settings, metrics and checkpoints are.
#pragma once

#include "runtime/bundle/Bundle.h"

#include <filesystem>
#include <optional>

namespace samba {

class Player;

/// Only paths; a method that touches files says so.
class RunFolder {
public:
  explicit RunFolder(std::filesystem::path root) : root(std::move(root)) {}

  std::filesystem::path path() const { return root; }
  std::filesystem::path bundle() const { return root / "model.samba"; }
  std::filesystem::path settings() const { return root / "run.json"; }
  /// The SentencePiece model that the run's text was read with, if it was not read as bytes.
  std::filesystem::path tokenizer() const { return root / "tokenizer.model"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }

  /// True when `path` is a run: it holds model.samba and run.json.
  static bool isRun(const std::filesystem::path &path);
  /// The run at `path`; throws Error saying what is missing.
  static RunFolder open(const std::filesystem::path &path);

  /// Folder of the newest complete checkpoint, if any.
  std::optional<std::filesystem::path> newestCheckpoint() const;
  /// Loads the weights of the newest complete checkpoint and returns its step. Throws Error if there is none.
  int64_t loadWeights(Player &player) const;

private:
  std::filesystem::path root;
};

} // namespace samba

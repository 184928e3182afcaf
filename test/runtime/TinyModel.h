// A small model for the tests, as a bundle written by hand: a bigram model with a fading memory.
#pragma once

#include "runtime/Player.h"
#include "runtime/train/BatchSource.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace samba::test {

/// A folder that goes when this does.
class TempFolder {
public:
  TempFolder();
  ~TempFolder();
  const std::filesystem::path &path() const { return folder; }

private:
  std::filesystem::path folder;
};

/// Batch 2; train 8 tokens at a time, eval and prefill 4, decode 1; vocabulary 256; parameters
/// `embedding.weight` [256, 256] and `head.bias` [256]; state `memory` and `position`. kernels.c has the
/// equations.
nlohmann::json tinyManifest();

/// Writes a bundle with this manifest to `folder`.
void writeBundle(const std::filesystem::path &folder, const nlohmann::json &manifest);

/// The tiny bundle in `folder`, written there, loaded and put on the cpu.
std::unique_ptr<Player> tinyPlayer(const std::filesystem::path &folder);

/// A text of period 7 for training: token i is (3 i) mod 7 + 65, shifted by the micro-batch.
class PeriodicBatches : public BatchSource {
public:
  void fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) override;
  std::string identity() const override { return "periodic"; }
};

/// Five sequences of the same text, `length` targets each.
class PeriodicSequences : public SequenceSource {
public:
  explicit PeriodicSequences(int64_t length) : tokens(length) {}
  int64_t count() const override { return 5; }
  int64_t length() const override { return tokens; }
  void fill(int64_t index, std::span<int32_t> text) override;

private:
  int64_t tokens;
};

/// All elements of a parameter.
std::vector<float> values(Player &player, size_t parameter, Segment segment = Segment::Params);

/// The message of the Error that `action` throws; a failure of the test if it throws none.
std::string messageOf(const std::function<void()> &action);

std::string fileText(const std::filesystem::path &file);
void writeFile(const std::filesystem::path &file, const std::string &text);

} // namespace samba::test

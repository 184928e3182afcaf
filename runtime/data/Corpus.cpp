// One pass over all ids: check them, hash their blocks, deal the blocks out.
#include "runtime/data/Corpus.h"

#include "runtime/Error.h"
#include "runtime/data/FindFiles.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

using namespace samba;

namespace {

constexpr int64_t blockTokens = 16384;

struct Block {
  size_t file;
  int64_t first, count;
  uint64_t hash;
};

/// The finalizer of splitmix64: every bit of the result depends on every bit of `x`.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

uint64_t hashOf(const std::vector<int32_t> &ids) {
  uint64_t hash = ids.size();
  for (int32_t id : ids) // FNV-1a, an id at a time
    hash = (hash ^ static_cast<uint32_t>(id)) * 0x100000001B3;
  return mix(hash);
}

void checkIds(const TokenFile &file, int64_t first, const std::vector<int32_t> &ids, int64_t vocabSize) {
  uint32_t largest = 0; // -1, no valid id, becomes the largest of all
  for (int32_t id : ids)
    largest = std::max(largest, static_cast<uint32_t>(id));
  if (largest < static_cast<uint64_t>(vocabSize))
    return;
  int64_t index = first;
  for (int32_t id : ids) {
    if (static_cast<uint32_t>(id) >= static_cast<uint64_t>(vocabSize))
      malformed(file.path(), "token " + std::to_string(index),
                "an id from 0 to " + std::to_string(vocabSize - 1) + " (vocab_size is " +
                    std::to_string(vocabSize) + ")",
                std::to_string(file.at(index)));
    ++index;
  }
}

std::vector<Block> blocksOf(const std::vector<TokenFile> &files, int64_t vocabSize) {
  std::vector<Block> blocks;
  std::vector<int32_t> ids;
  for (size_t f = 0; f < files.size(); ++f) {
    int64_t size = files[f].size();
    int64_t count =
        std::max<int64_t>(1, (size + blockTokens / 2) / blockTokens); // the last may be 1.5 blocks
    for (int64_t b = 0; b < count && size > 0; ++b) {
      int64_t first = b * blockTokens, end = b + 1 == count ? size : first + blockTokens;
      ids.resize(static_cast<size_t>(end - first));
      files[f].read(first, end - first, ids.data());
      checkIds(files[f], first, ids, vocabSize);
      blocks.push_back({f, first, end - first, hashOf(ids)});
    }
  }
  return blocks;
}

} // namespace

Corpus Corpus::open(const std::vector<std::filesystem::path> &paths, int64_t vocabSize, double share,
                    std::optional<int32_t> separator, const Tokenizer *tokenizer) {
  FoundFiles found = findFiles(paths);
  for (TokenFile &file : found.files)
    if (tokenizer && file.isText())
      file.tokenize(*tokenizer);
  int32_t textSeparator = tokenizer ? tokenizer->documentStart() : 0;
  auto files = std::make_shared<const std::vector<TokenFile>>(std::move(found.files));
  if (!tokenizer && !files->empty() && files->front().isText() && vocabSize < 256)
    throw Error("'", files->front().path().string(), "' is text, read as bytes: expected a model with a ",
                "vocab_size of at least 256, got ", vocabSize);
  std::vector<Block> blocks = blocksOf(*files, vocabSize);
  if (blocks.empty()) {
    std::string named;
    for (const auto &path : paths)
      named += (named.empty() ? "'" : ", '") + path.string() + "'";
    throw Error("no text or token file with anything in it in ", named.empty() ? "no path" : named);
  }

  // A block is validation text if its hash is below the threshold; moving the threshold to the smallest (the
  // largest) hash gives one block to a side that would stay empty.
  uint64_t threshold = share >= 1 ? std::numeric_limits<uint64_t>::max()
                                  : static_cast<uint64_t>(std::ldexp(std::max(share, 0.0), 64));
  auto [smallest, largest] = std::minmax_element(
      blocks.begin(), blocks.end(), [](const Block &a, const Block &b) { return a.hash < b.hash; });
  if (share > 0 && share < 1) {
    if (smallest->hash == largest->hash)
      threshold = 0; // one block, or copies of one
    else
      threshold = std::clamp(threshold, smallest->hash + 1, largest->hash);
  }

  Corpus corpus{TokenStream(files, separator, textSeparator), TokenStream(files, separator, textSeparator), 0,
                std::move(found.notes)};
  for (const Block &block : blocks) {
    TokenStream &side = block.hash < threshold ? corpus.validation : corpus.train;
    side.append(block.file, block.first, block.count);
    corpus.digest = mix(corpus.digest + block.hash);
  }
  if (share > 0 && corpus.validation.size() == 0)
    corpus.notes.push_back("no validation text: all " + std::to_string(corpus.train.size()) +
                           " tokens are one block, too little to hold any out");
  return corpus;
}

std::string Corpus::identity() const {
  std::ostringstream out;
  out << std::hex << digest << std::dec << ", " << train.size() << " + " << validation.size() << " tokens";
  return out.str();
}

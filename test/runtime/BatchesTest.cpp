// The order of training windows, and the windows of held-out text.
#include "TinyModel.h"
#include "runtime/data/Corpus.h"
#include "runtime/data/ShuffledBatches.h"
#include "runtime/data/TextDocuments.h"
#include "runtime/data/TextWindows.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

using namespace samba;
using namespace samba::test;

namespace {

using Ids = std::vector<int32_t>;

/// A stream of the ids 0, 1, 2 … count - 1, so that a token tells its position.
class BatchesTest : public testing::Test {
protected:
  TokenStream counting(int64_t count) {
    std::vector<uint16_t> ids(static_cast<size_t>(count));
    std::iota(ids.begin(), ids.end(), uint16_t(0));
    writeFile(folder.path() / "ids.bin", {reinterpret_cast<const char *>(ids.data()), 2 * ids.size()});
    return Corpus::open({folder.path() / "ids.bin"}, 65536, 0).train;
  }
  /// The characters as ids of a token file in which a 0 begins a document.
  TokenStream separated(const std::string &characters) {
    std::vector<uint16_t> ids(characters.begin(), characters.end());
    writeFile(folder.path() / "ids.bin", {reinterpret_cast<const char *>(ids.data()), 2 * ids.size()});
    return Corpus::open({folder.path() / "ids.bin"}, 256, 0, 0).train;
  }
  TempFolder folder;
};

TEST_F(BatchesTest, PermutationIsOne) {
  for (uint64_t size : {1, 2, 3, 7, 64, 1000}) {
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < size; ++i) {
      uint64_t to = permuted(i, size, 5, 0);
      EXPECT_LT(to, size);
      seen.insert(to);
    }
    EXPECT_EQ(seen.size(), size);
  }
  int same = 0;
  for (uint64_t i = 0; i < 1000; ++i)
    same += permuted(i, 1000, 5, 0) == permuted(i, 1000, 5, 1);
  EXPECT_LT(same, 20); // another epoch, another order
}

TEST_F(BatchesTest, TargetsFollowTokensAndRowsDiffer) {
  TokenStream text = counting(1000);
  ShuffledBatches batches(text, 10, 1, "");
  Ids tokens(40), targets(40);
  batches.fill(3, tokens, targets);
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(targets[i], tokens[i] + 1);
    if (i % 10) {
      EXPECT_EQ(tokens[i], tokens[i - 1] + 1);
    }
  }
  EXPECT_NE(tokens[0], tokens[10]);
}

TEST_F(BatchesTest, BatchIsAFunctionOfSeedAndIndex) {
  TokenStream text = counting(1000);
  ShuffledBatches one(text, 10, 1, ""), again(text, 10, 1, ""), other(text, 10, 2, "");
  Ids first(20), second(20), targets(20);
  one.fill(17, first, targets);
  again.fill(4, second, targets); // whatever was asked before
  again.fill(17, second, targets);
  EXPECT_EQ(first, second);
  other.fill(17, second, targets);
  EXPECT_NE(first, second);
  // Two micro-batches of two rows are one of four.
  Ids half(20), whole(40), wholeTargets(40);
  one.fill(0, half, targets);
  one.fill(0, whole, wholeTargets);
  EXPECT_TRUE(std::equal(half.begin(), half.end(), whole.begin()));
  one.fill(1, half, targets);
  EXPECT_TRUE(std::equal(half.begin(), half.end(), whole.begin() + 20));
}

TEST_F(BatchesTest, AnEpochVisitsEveryWindowOnce) {
  TokenStream text = counting(1000);
  ShuffledBatches batches(text, 10, 1, "");
  std::set<int64_t> phases;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    std::set<int64_t> starts;
    for (int64_t place = 0; place < batches.windows(); ++place) {
      int64_t start = batches.windowStart(epoch * batches.windows() + place);
      EXPECT_GE(start, 0);
      EXPECT_LE(start + 10, 999);
      starts.insert(start);
    }
    EXPECT_EQ(static_cast<int64_t>(starts.size()), batches.windows());
    EXPECT_EQ(*starts.rbegin() - *starts.begin(), 10 * (batches.windows() - 1)); // one cut, no overlap
    phases.insert(*starts.begin());
  }
  EXPECT_GT(phases.size(), 5u);
}

TEST_F(BatchesTest, ShortestText) {
  TokenStream text = counting(11);
  ShuffledBatches batches(text, 10, 1, "");
  Ids tokens(10), targets(10);
  for (int64_t index : {0, 1, 1000}) {
    batches.fill(index, tokens, targets);
    EXPECT_EQ(tokens[0], 0);
    EXPECT_EQ(targets[9], 10);
  }
  EXPECT_EQ(
      messageOf([&] { ShuffledBatches(text, 11, 1, ""); }),
      "the training text has 11 tokens: expected at least 12, one sequence of 11 and its last target; give "
      "more --data or a smaller --seq");
}

TEST_F(BatchesTest, WindowsCoverTheTextOnce) {
  TokenStream text = counting(105);
  TextWindows windows(text, 10);
  ASSERT_EQ(windows.count(), 10);
  Ids tokens(11);
  for (int64_t i = 0; i < 10; ++i) {
    windows.fill(i, tokens);
    EXPECT_EQ(tokens.front(), 10 * i);
    EXPECT_EQ(tokens.back(), 10 * i + 10);
  }
}

TEST_F(BatchesTest, LimitedWindowsAreSpread) {
  TokenStream text = counting(101);
  TextWindows windows(text, 10, 3);
  ASSERT_EQ(windows.count(), 3);
  Ids tokens(11);
  int32_t starts[] = {0, 30, 60};
  for (int64_t i = 0; i < 3; ++i) {
    windows.fill(i, tokens);
    EXPECT_EQ(tokens.front(), starts[i]);
  }
  EXPECT_EQ(
      messageOf([&] { TextWindows(text, 101); }),
      "the held-out text has 101 tokens: expected at least 102, one context of 101 and its last target; give "
      "more --data or a shorter context");
}

TEST_F(BatchesTest, DocumentsOfTextBeginAtTheirSeparator) {
  // abc 0 de 0 f
  std::vector<std::filesystem::path> files;
  for (const char *document : {"abc", "de", "f"})
    writeFile(files.emplace_back(folder.path() / document), document);
  TokenStream text = Corpus::open(files, 256, 0).train;
  ASSERT_EQ(text.size(), 8);
  Ids documents(8);
  text.readDocuments(0, 8, documents.data());
  EXPECT_EQ(documents, (Ids{0, 0, 0, 3, 3, 3, 6, 6}));
  documents.resize(4);
  text.readDocuments(2, 4, documents.data());
  EXPECT_EQ(documents, (Ids{0, 1, 1, 1}));
  text.readDocuments(3, 4, documents.data()); // a row may begin with a document
  EXPECT_EQ(documents, (Ids{0, 0, 0, 3}));
  EXPECT_EQ(messageOf([&] { text.readDocuments(5, 4, documents.data()); }),
            "cannot read 4 tokens at 5: the data has 8");
}

TEST_F(BatchesTest, DocumentsOfTokenFilesBeginAtAnIdAndAtSeams) {
  for (const char *name : {"1.bin", "2.bin"}) {
    uint16_t ids[] = {9, 5, 6, 9, 7};
    writeFile(folder.path() / name, {reinterpret_cast<const char *>(ids), sizeof ids});
  }
  auto open = [&](std::optional<int32_t> id) {
    return Corpus::open({folder.path() / "1.bin", folder.path() / "2.bin"}, 256, 0, id).train;
  };
  Ids documents(10);
  open(9).readDocuments(0, 10, documents.data());
  EXPECT_EQ(documents, (Ids{0, 0, 0, 3, 3, 5, 5, 5, 8, 8}));
  open({}).readDocuments(0, 10, documents.data());
  EXPECT_EQ(documents, (Ids{0, 0, 0, 0, 0, 5, 5, 5, 5, 5}));
  documents.resize(4);
  open({}).readDocuments(3, 4, documents.data());
  EXPECT_EQ(documents, (Ids{0, 0, 2, 2}));
}

TEST_F(BatchesTest, RowsAndTheirDocumentsBelongTogether) {
  TokenStream text = counting(1000);
  ShuffledBatches batches(text, 10, 1, "");
  Ids tokens(40), targets(40), documents(40, -7);
  batches.fill(2, tokens, targets);
  batches.fillDocuments(2, documents);
  for (size_t i = 0; i < 40; ++i)
    EXPECT_EQ(documents[i], 0) << i; // one file, no separator
  std::string bytes;
  for (int i = 0; i < 300; ++i)
    bytes += i % 7 == 3 ? '\0' : 'x';
  TokenStream separated = this->separated(bytes);
  ShuffledBatches packed(separated, 10, 1, "");
  packed.fill(2, tokens, targets);
  packed.fillDocuments(2, documents);
  for (int32_t i = 0; i < 40; ++i) {
    int32_t t = i % 10, before = t ? documents[size_t(i) - 1] : 0;
    EXPECT_EQ(documents[size_t(i)], tokens[size_t(i)] == 0 ? t : before) << i;
  }
}

TEST_F(BatchesTest, HeldOutDocumentsCoverTheTextOnce) {
  TokenStream text = separated(std::string("abcdefg\0\0hi\0jkl", 15));
  TextDocuments documents(text, 4);
  std::vector<Ids> expected = {{'a', 'b', 'c', 'd', 'e'},
                               {'e', 'f', 'g', 0, -1},
                               {0, 0, -1, -1, -1},
                               {0, 'h', 'i', 0, -1},
                               {0, 'j', 'k', 'l', -1}};
  ASSERT_EQ(documents.count(), 5);
  EXPECT_EQ(documents.targets(), text.size() - 1);
  Ids tokens(5);
  for (int64_t i = 0; i < 5; ++i) {
    documents.fill(i, tokens);
    EXPECT_EQ(tokens, expected[size_t(i)]) << i;
  }
  TextDocuments some(text, 4, 7); // about half of them
  EXPECT_EQ(some.count(), 2);
  some.fill(1, tokens);
  EXPECT_EQ(tokens, expected[2]);
  EXPECT_EQ(some.targets(), 5);
}

TEST_F(BatchesTest, HeldOutDocumentsOfALongText) {
  // Documents of 1000 tokens around the places where the text is read piece by piece.
  std::string bytes(200000, 'x');
  for (size_t i = 536; i < bytes.size(); i += 1000)
    bytes[i] = 0;
  writeFile(folder.path() / "text", bytes);
  TokenStream text = Corpus::open({folder.path() / "text"}, 256, 0).train;
  TextDocuments documents(text, 1024);
  EXPECT_EQ(documents.count(), 201);
  EXPECT_EQ(documents.targets(), text.size() - 1);
}

} // namespace

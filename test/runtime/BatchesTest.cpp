// The order of training windows, and the windows of held-out text.
#include "TinyModel.h"
#include "runtime/data/Corpus.h"
#include "runtime/data/ShuffledBatches.h"
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

} // namespace

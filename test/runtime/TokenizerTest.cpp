// A SentencePiece model through the module that holds its library.
#include "runtime/tokenizer/Tokenizer.h"
#include "TinyModel.h"

#include <gtest/gtest.h>

using namespace samba;
using namespace samba::test;

namespace {

class SentencePieceTest : public testing::Test {
protected:
  std::unique_ptr<Tokenizer> tokenizer = openSentencePiece(SAMBA_TOKENIZER, 400);
};

TEST_F(SentencePieceTest, TextIsThatOfItsPiecesOneAfterAnother) {
  for (std::string text :
       {"the layers of a model", "two  spaces", "a line\nand\tanother", "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC"}) {
    std::vector<int32_t> ids = tokenizer->encode(text);
    std::string one;
    for (int32_t id : ids)
      one += tokenizer->decode({&id, 1});
    EXPECT_EQ(one, " " + text); // the first word begins as every word does
    EXPECT_EQ(tokenizer->decode(ids), one);
  }
  EXPECT_LT(tokenizer->encode("the layers of a model").size(), 12u);
}

TEST_F(SentencePieceTest, IdsWithoutText) {
  EXPECT_EQ(tokenizer->documentStart(), 1); // <s>
  EXPECT_EQ(tokenizer->size(), 400);
  std::vector<int32_t> start = {1}, unknown = {0}, outside = {400}, negative = {-1};
  EXPECT_EQ(tokenizer->decode(start), "");
  for (const std::vector<int32_t> &ids : {unknown, outside, negative})
    EXPECT_EQ(tokenizer->decode(ids), "\xEF\xBF\xBD");
}

TEST_F(SentencePieceTest, DocumentsOfAFileAreSetApart) {
  std::vector<int32_t> ids = tokenizer->encode("one"), two = tokenizer->encode("two");
  ids.push_back(1);
  ids.insert(ids.end(), two.begin(), two.end());
  EXPECT_EQ(encodeFile(*tokenizer, std::string_view("one\0two", 7)), ids);
}

TEST_F(SentencePieceTest, WhatDoesNotFitIsSaid) {
  EXPECT_EQ(messageOf([] { openSentencePiece(SAMBA_TOKENIZER, 399); }),
            "tokenizer '" SAMBA_TOKENIZER
            "' has 400 pieces: expected a model with a vocab_size of at least as "
            "many, got 399");
  EXPECT_EQ(messageOf([] { openSentencePiece("/nowhere", 400); }),
            "tokenizer '/nowhere' is no file; expected a SentencePiece tokenizer.model");
}

} // namespace

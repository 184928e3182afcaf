// Finding files, joining them, and the split by content.
#include "runtime/data/Corpus.h"
#include "TinyModel.h"
#include "runtime/data/FindFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<int32_t>;
using namespace std::string_literals;

Ids idsOf(const TokenStream &stream) {
  Ids ids(static_cast<size_t>(stream.size()));
  stream.read(0, stream.size(), ids.data());
  return ids;
}

std::string textOf(const TokenStream &stream) {
  std::string text;
  for (int32_t id : idsOf(stream))
    text += id == 0 ? '|' : static_cast<char>(id);
  return text;
}

/// Printable text that differs for every seed.
std::string randomText(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (char &c : text)
    c = static_cast<char>('a' + random() % 26);
  return text;
}

/// The documents of a stream, sorted: what is in it, whatever the order.
std::vector<std::string> documents(const TokenStream &stream) {
  std::vector<std::string> parts;
  std::stringstream in(textOf(stream));
  for (std::string part; std::getline(in, part, '|');)
    parts.push_back(part);
  std::sort(parts.begin(), parts.end());
  return parts;
}

class CorpusTest : public testing::Test {
protected:
  fs::path write(const std::string &name, const std::string &text) {
    fs::create_directories((folder.path() / name).parent_path());
    writeFile(folder.path() / name, text);
    return folder.path() / name;
  }
  Corpus open(double share = 0, int64_t vocabSize = 256) {
    return Corpus::open({folder.path()}, vocabSize, share);
  }

  TempFolder folder;
};

TEST_F(CorpusTest, FolderIsReadRecursivelyInOrderOfPaths) {
  write("b.txt", "bee");
  write("a/z.txt", "zed");
  write("a/y/x.md", "ex");
  write(".git/config", "hidden");
  write(".notes", "hidden");
  EXPECT_EQ(textOf(open().train), "ex|zed|bee");
  EXPECT_EQ(Corpus::open({folder.path() / "b.txt", folder.path() / "a/z.txt"}, 256, 0).train.size(), 7);
}

TEST_F(CorpusTest, LinksAreFollowedOnce) {
  write("a/x.txt", "ex");
  fs::create_directory_symlink(folder.path() / "a", folder.path() / "a/again");
  EXPECT_EQ(textOf(open().train), "ex");
}

TEST_F(CorpusTest, SkipsVisibly) {
  write("a.txt", "text");
  write("b.o", std::string("\x7f"
                           "ELF\x02\x01\x01\0\0\0\0",
                           11));
  write("c.bin", "xxyy");
  write("d.txt", "");
  Corpus corpus = open();
  EXPECT_EQ(textOf(corpus.train), "text");
  ASSERT_EQ(corpus.notes.size(), 3u);
  EXPECT_EQ(corpus.notes[0], "skipped 1 token file: " + (folder.path() / "c.bin").string());
  EXPECT_EQ(corpus.notes[1], "skipped 1 binary file: " + (folder.path() / "b.o").string());
  EXPECT_EQ(corpus.notes[2], "skipped 1 empty file: " + (folder.path() / "d.txt").string());
}

TEST_F(CorpusTest, ManySkippedFilesAreCounted) {
  write("text", "text");
  for (int i = 0; i < 5; ++i)
    write("e" + std::to_string(i), "");
  std::string note = open().notes.at(0);
  EXPECT_EQ(note.substr(0, 24), "skipped 5 empty files: /");
  EXPECT_EQ(note.substr(note.size() - 10), "and 2 more");
}

TEST_F(CorpusTest, FolderOfTokenFiles) {
  write("b.bin", "\x03\0"s + "\x04\0"s);
  write("a.bin", "\x01\0"s + "\x02\0"s);
  EXPECT_EQ(idsOf(open().train), (Ids{1, 2, 3, 4})); // no separator between token files
}

TEST_F(CorpusTest, RefusesMixedKinds) {
  fs::path text = write("a.txt", "text"), tokens = write("b.bin", "xx");
  EXPECT_EQ(messageOf([&] { Corpus::open({text, tokens}, 65536); }),
            "'" + text.string() + "' is text and '" + tokens.string() +
                "' is raw uint16: expected text alone or token files alone, their ids do not mean the same");
}

TEST_F(CorpusTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(messageOf([] { Corpus::open({"/nowhere"}, 256); }), "data path '/nowhere' does not exist");
  EXPECT_EQ(messageOf([&] { open(); }),
            "no text or token file with anything in it in '" + folder.path().string() + "'");
}

TEST_F(CorpusTest, ChecksIdsAgainstTheVocabulary) {
  fs::path file = write("a.bin", "\x01\0"s + "\x64\0"s + "\x63\0"s);
  EXPECT_EQ(Corpus::open({file}, 101, 0).train.size(), 3);
  EXPECT_EQ(messageOf([&] { Corpus::open({file}, 100); }),
            "token file '" + file.string() +
                "', token 1: expected an id from 0 to 99 (vocab_size is 100), got 100");
  fs::path negative = write("b.bin", "LITPKDS\x01\0\0\0\0\0\0\0\x03\x02\0\0\0\0\0\0\0\x05\0\xfe\xff"s);
  EXPECT_EQ(messageOf([&] { Corpus::open({negative}, 100); }),
            "token file '" + negative.string() +
                "', token 1: expected an id from 0 to 99 (vocab_size is 100), got -2");
  fs::path text = write("c.txt", "text");
  EXPECT_EQ(messageOf([&] { Corpus::open({text}, 100); }),
            "'" + text.string() +
                "' is text, read as bytes: expected a model with a vocab_size of at least 256, got 100");
}

TEST_F(CorpusTest, SplitIsCompleteAndDisjoint) {
  size_t total = 0;
  for (unsigned i = 0; i < 200; ++i) {
    write("doc" + std::to_string(i), randomText(1000 + i, i));
    total += 1000 + i;
  }
  Corpus corpus = open(0.05);
  auto train = documents(corpus.train), validation = documents(corpus.validation);
  EXPECT_EQ(train.size() + validation.size(), 200u);
  EXPECT_EQ(static_cast<size_t>(corpus.train.size() + corpus.validation.size()), total + 198); // separators
  EXPECT_GE(validation.size(), 2u);                                                            // 10 expected
  EXPECT_LE(validation.size(), 25u);
}

TEST_F(CorpusTest, SplitDependsOnContentOnly) {
  for (unsigned i = 0; i < 100; ++i)
    write("doc" + std::to_string(i), randomText(500, i));
  auto before = documents(open(0.1).validation);
  ASSERT_FALSE(before.empty());
  // Other names, so another order; a document more, a copy of one, and one less.
  TempFolder other;
  for (unsigned i = 1; i < 100; ++i)
    writeFile(other.path() / ("name" + std::to_string(999 - i)), randomText(500, i));
  writeFile(other.path() / "more", randomText(500, 1000));
  writeFile(other.path() / "copy", before.front());
  auto after = documents(Corpus::open({other.path()}, 256, 0.1).validation);
  for (unsigned i = 1; i < 100; ++i) {
    std::string text = randomText(500, i);
    EXPECT_EQ(std::count(before.begin(), before.end(), text) > 0,
              std::count(after.begin(), after.end(), text) > 0);
  }
}

TEST_F(CorpusTest, LongFilesAreSplitWithin) {
  write("long", randomText(16384 * 40 + 5000, 1));
  Corpus corpus = open(0.1);
  EXPECT_GT(corpus.validation.size(), 16000);
  EXPECT_GT(corpus.train.size(), 16384 * 25);
}

TEST_F(CorpusTest, SmallDataHasBothSides) {
  write("a", randomText(100, 1));
  write("b", randomText(100, 2));
  Corpus corpus = open(1e-9);
  EXPECT_EQ(corpus.train.size(), 100);
  EXPECT_EQ(corpus.validation.size(), 100);
  corpus = open(1 - 1e-9);
  EXPECT_EQ(corpus.train.size(), 100);
}

TEST_F(CorpusTest, OneBlockIsNotSplit) {
  write("a", randomText(1000, 1));
  Corpus corpus = open(0.05);
  EXPECT_EQ(corpus.train.size(), 1000);
  EXPECT_EQ(corpus.validation.size(), 0);
  EXPECT_EQ(corpus.notes.at(0),
            "no validation text: all 1000 tokens are one block, too little to hold any out");
}

TEST_F(CorpusTest, IdentitySeesEveryByteAndTheOrder) {
  write("a", "first"), write("b", "second");
  std::string identity = open().identity();
  EXPECT_EQ(open().identity(), identity);
  write("b", "secone");
  EXPECT_NE(open().identity(), identity);
  write("a", "second"), write("b", "first");
  EXPECT_NE(open().identity(), identity);
}

TEST_F(CorpusTest, ReadsAcrossSeamsAndRefusesTheEnd) {
  write("a", "abc"), write("b", "def"), write("c", "g");
  TokenStream stream = open().train;
  std::string whole = textOf(stream);
  ASSERT_EQ(whole, "abc|def|g");
  for (int64_t first = 0; first < stream.size(); ++first)
    for (int64_t count = 0; first + count <= stream.size(); ++count) {
      Ids ids(static_cast<size_t>(count));
      stream.read(first, count, ids.data());
      for (size_t i = 0; i < ids.size(); ++i)
        EXPECT_EQ(ids[i] ? static_cast<char>(ids[i]) : '|', whole[static_cast<size_t>(first) + i]);
    }
  Ids ids(3);
  EXPECT_EQ(messageOf([&] { stream.read(7, 3, ids.data()); }), "cannot read 3 tokens at 7: the data has 9");
}

/// A token is a word; its id is its length, and 99 stands between documents.
class WordLengths : public Tokenizer {
public:
  Ids encode(std::string_view text) const override {
    Ids ids;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;)
      ids.push_back(static_cast<int32_t>(word.size()));
    return ids;
  }
  std::string decode(std::span<const int32_t>) const override { return ""; }
  int32_t documentStart() const override { return 99; }
  int64_t size() const override { return 100; }
};

TEST_F(CorpusTest, TextIsReadByATokenizer) {
  write("a.txt", "one three\0"s + std::string(40, 'a'));
  write("b.txt", "");
  write("c.txt", "no");
  WordLengths words;
  Corpus corpus = Corpus::open({folder.path()}, 100, 0, {}, &words);
  EXPECT_EQ(idsOf(corpus.train), (Ids{3, 5, 99, 40, 99, 2}));
  EXPECT_EQ(corpus.train.documentId(), 99);
  EXPECT_EQ(messageOf([&] { Corpus::open({folder.path()}, 99, 0, {}, &words); }),
            "token file '" + (folder.path() / "a.txt").string() +
                "', token 2: expected an id from 0 to 98 (vocab_size is 99), got 99");
}

TEST_F(CorpusTest, TokenFilesNeedNoTokenizer) {
  WordLengths words;
  EXPECT_EQ(idsOf(Corpus::open({write("ids.bin", "\1\0\7\0"s)}, 100, 0, {}, &words).train), (Ids{1, 7}));
}

TEST_F(CorpusTest, LongTextIsTokenizedInWholeLines) {
  std::string text;
  while (text.size() < 3 << 20)
    text += "a bb ccc " + std::to_string(text.size()) + "\n";
  WordLengths words;
  EXPECT_EQ(encodeFile(words, text), words.encode(text));
  EXPECT_EQ(encodeFile(words, std::string(3 << 20, 'x')), (Ids{1 << 20, 1 << 20, 1 << 20}));
}

} // namespace

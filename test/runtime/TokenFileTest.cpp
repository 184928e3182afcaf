// Token files: the four formats, and every way in which one can be malformed, with its message.
#include "runtime/data/TokenFile.h"
#include "TinyModel.h"

#include <gtest/gtest.h>

using namespace samba;
using namespace samba::test;

namespace {

template <typename... Numbers> std::string bytesOf(Numbers... numbers) {
  std::string out;
  (out.append(reinterpret_cast<const char *>(&numbers), sizeof numbers), ...);
  return out;
}

std::string llmc(int32_t magic, int32_t version, int32_t count, const std::string &ids) {
  std::string header = bytesOf(magic, version, count);
  header.resize(1024, '\0');
  return header + ids;
}

std::string litgpt(uint64_t version, uint8_t code, uint64_t chunk, const std::string &ids) {
  return "LITPKDS" + bytesOf(version, code, chunk) + ids;
}

class TokenFileTest : public testing::Test {
protected:
  /// The ids of a file with these bytes.
  std::vector<int32_t> idsOf(const std::string &name, const std::string &bytes) {
    writeFile(folder.path() / name, bytes);
    TokenFile file(folder.path() / name);
    format = file.format();
    std::vector<int32_t> ids(static_cast<size_t>(file.size()));
    file.read(0, file.size(), ids.data());
    return ids;
  }

  /// What is wrong with a file of these bytes, after the name of the file.
  std::string wrong(const std::string &name, const std::string &bytes) {
    std::string message = messageOf([&] { idsOf(name, bytes); });
    std::string start = "token file '" + (folder.path() / name).string() + "', ";
    EXPECT_EQ(message.substr(0, start.size()), start);
    return message.substr(std::min(start.size(), message.size()));
  }

  TempFolder folder;
  std::string format;
};

using Ids = std::vector<int32_t>;

TEST_F(TokenFileTest, TextIsItsBytes) {
  EXPECT_EQ(idsOf("a.txt", "Aé\n"), (Ids{65, 0xC3, 0xA9, 10}));
  EXPECT_EQ(format, "text");
}

TEST_F(TokenFileTest, RawUint16) {
  EXPECT_EQ(idsOf("a.bin", bytesOf<uint16_t, uint16_t, uint16_t>(0, 50256, 65535)), (Ids{0, 50256, 65535}));
  EXPECT_EQ(format, "raw uint16");
}

TEST_F(TokenFileTest, LlmcBothMagics) {
  EXPECT_EQ(idsOf("a.bin", llmc(20240520, 1, 2, bytesOf<uint16_t, uint16_t>(7, 50256))), (Ids{7, 50256}));
  EXPECT_EQ(format, "llm.c uint16");
  EXPECT_EQ(idsOf("b.bin", llmc(20240801, 7, 1, bytesOf<uint32_t>(128000))), (Ids{128000}));
  EXPECT_EQ(format, "llm.c uint32");
}

TEST_F(TokenFileTest, LitgptEveryIntegerType) {
  EXPECT_EQ(idsOf("a.bin", litgpt(1, 1, 2, bytesOf<uint8_t, uint8_t>(3, 255))), (Ids{3, 255}));
  EXPECT_EQ(idsOf("b.bin", litgpt(1, 2, 1, bytesOf<int8_t>(-4))), (Ids{-1})); // no valid id
  EXPECT_EQ(idsOf("c.bin", litgpt(1, 3, 1, bytesOf<int16_t>(32000))), (Ids{32000}));
  EXPECT_EQ(idsOf("d.bin", litgpt(1, 4, 2, bytesOf<int32_t, int32_t>(1, 70000))), (Ids{1, 70000}));
  EXPECT_EQ(idsOf("e.bin", litgpt(1, 5, 2, bytesOf<int64_t, int64_t>(70000, int64_t(1) << 40))),
            (Ids{70000, -1}));
  EXPECT_EQ(idsOf("f.bin", litgpt(1, 8, 1, bytesOf<uint16_t>(65535))), (Ids{65535}));
  EXPECT_EQ(format, "lit_gpt uint16");
}

TEST_F(TokenFileTest, ReadsAStretch) {
  writeFile(folder.path() / "a.bin", bytesOf<uint16_t, uint16_t, uint16_t, uint16_t>(10, 11, 12, 13));
  TokenFile file(folder.path() / "a.bin");
  Ids ids(2);
  file.read(1, 2, ids.data());
  EXPECT_EQ(ids, (Ids{11, 12}));
  EXPECT_EQ(file.at(3), 13);
}

TEST_F(TokenFileTest, MalformedRaw) {
  EXPECT_EQ(wrong("a.bin", ""), "byte 0: expected uint16 ids, got an empty file");
  EXPECT_EQ(wrong("b.bin", "abc"),
            "byte 2: expected a whole uint16 id, got one byte and the end of the file");
}

TEST_F(TokenFileTest, MalformedLlmc) {
  EXPECT_EQ(wrong("a.bin", bytesOf<int32_t, int32_t>(20240520, 1)),
            "byte 8: expected a header of 1024 bytes (llm.c), got the end of the file");
  EXPECT_EQ(wrong("b.bin", llmc(20240520, 7, 1, "xx")),
            "byte 4: expected version 1 (llm.c uint16, magic 20240520), got version 7");
  EXPECT_EQ(wrong("c.bin", llmc(20240801, 1, 1, "xxxx")),
            "byte 4: expected version 7 (llm.c uint32, magic 20240801), got version 1");
  EXPECT_EQ(wrong("d.bin", llmc(20240520, 1, 0, "")), "byte 8: expected a count of at least 1 token, got 0");
  EXPECT_EQ(wrong("e.bin", llmc(20240520, 1, -5, "xx")),
            "byte 8: expected a count of at least 1 token, got -5");
  EXPECT_EQ(wrong("f.bin", llmc(20240520, 1, 3, "xxxx")),
            "byte 1024: expected 6 bytes of ids (3 of 2 bytes), got 4 bytes");
  EXPECT_EQ(wrong("g.bin", llmc(20240801, 7, 1, "xxxxxx")),
            "byte 1024: expected 4 bytes of ids (1 of 4 bytes), got 6 bytes");
}

TEST_F(TokenFileTest, MalformedLitgpt) {
  EXPECT_EQ(wrong("a.bin", "LITPKDS and"),
            "byte 11: expected a header of 24 bytes (lit_gpt), got the end of the file");
  EXPECT_EQ(wrong("b.bin", litgpt(2, 8, 1, "xx")), "byte 7: expected version 1 (lit_gpt), got version 2");
  EXPECT_EQ(wrong("c.bin", litgpt(1, 6, 1, "xxxx")),
            "byte 15: expected the type code of integers (1 to 5, or 8), got code 6 (floating point)");
  EXPECT_EQ(wrong("d.bin", litgpt(1, 0, 1, "xx")),
            "byte 15: expected the type code of integers (1 to 5, or 8), got code 0");
  EXPECT_EQ(wrong("e.bin", litgpt(1, 8, 0, "")), "byte 16: expected a chunk of at least 1 token, got 0");
  EXPECT_EQ(wrong("f.bin", litgpt(1, 8, 3, "xxxx")),
            "byte 24: expected ids for a chunk of 3 (2 bytes each), got 4 bytes");
  EXPECT_EQ(wrong("g.bin", litgpt(1, 8, ~uint64_t(0), "xxx")),
            "byte 24: expected ids for a chunk of 18446744073709551615 (2 bytes each), got 3 bytes");
}

TEST_F(TokenFileTest, RefusesOtherBinaryFiles) {
  EXPECT_EQ(
      wrong("a.png", "\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05"),
      "byte 0: expected text, a .bin of uint16 ids, or the header of llm.c or lit_gpt, got binary data of "
      "another kind");
}

TEST_F(TokenFileTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(messageOf([] { TokenFile("/nowhere/a.txt"); }),
            "cannot open '/nowhere/a.txt': No such file or directory");
  EXPECT_EQ(messageOf([&] { TokenFile file(folder.path()); }),
            "'" + folder.path().string() + "' is not a regular file");
}

} // namespace

// Reading and writing safetensors: round trips, 16-bit types, shards, and malformed files with their exact
// messages.
#include "TinyModel.h"
#include "runtime/checkpoint/SafetensorsReader.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/checkpoint/Weights.h"
#include "runtime/init/Initializer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {

/// The bytes of a file with this header and so much data.
std::string file(const std::string &header, size_t dataBytes) {
  uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(dataBytes, '\1');
}

struct BadFile {
  const char *name;
  std::string bytes;
  const char *message;
};

void PrintTo(const BadFile &bad, std::ostream *out) { *out << bad.name; }

class BadSafetensors : public testing::TestWithParam<BadFile> {};

const BadFile table[] = {
    {"Empty", "", "expected at least 8 bytes, got 0; it is no safetensors file"},
    {"HeaderTooLong", std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8),
     "the header has 18446744073709551615 bytes, expected at most 100000000"},
    {"CutInHeader", file("{}      ", 0).substr(0, 12),
     "the header has 8 bytes, but only 4 follow its length; the file is cut short"},
    {"NoBrace", file(" {}", 0), "the header does not start with '{'; it is no safetensors file"},
    {"NoHeader", file("", 0), "the header does not start with '{'; it is no safetensors file"},
    {"NotJson", file("{oops", 0), "not valid JSON at byte 2"},
    {"Trailing", file("{}x", 0), "not valid JSON at byte 3"},
    {"DuplicateKey",
     file(
         R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
         8),
     "duplicate key 'a'"},
    {"UnknownType", file(R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4),
     "a.dtype: unknown dtype 'F31'"},
    {"NoShape", file(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "a: field 'shape' is missing"},
    {"NegativeShape", file(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4),
     "a.shape[0]: expected an integer from 0 to 1152921504606846976, got -1"},
    {"ShapeOverflow",
     file(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}})", 4),
     "a.shape: more than 1152921504606846976 bytes"},
    {"WrongSize", file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
     "a.data_offsets: expected 8 bytes for this shape and dtype, got 4"},
    {"BackwardOffsets", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4),
     "a.data_offsets[1]: expected an integer from 4 to 1152921504606846976, got 0"},
    {"OffsetsLength", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4),
     "a.data_offsets: expected [begin, end], got 1 elements"},
    {"Hole",
     file(
         R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
         12),
     "tensor 'b' starts at byte 8 of the data, expected 4; there is a hole"},
    {"Overlap",
     file(
         R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
         8),
     "tensor 'b' starts at byte 4 of the data, expected 8; they overlap"},
    {"CutShort", file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7),
     "the tensors have 8 bytes, but 7 follow the header; the file is cut short"},
    {"TooLong", file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 9),
     "the tensors have 8 bytes, but 9 follow the header; the file is too long"},
    {"Metadata", file(R"({"__metadata__":{"a":1}})", 0), "__metadata__.a: expected a string, got 1"},
};

/// Writes tensors of ones under these names and shapes.
void writeOnes(const fs::path &path, std::vector<std::pair<std::string, std::vector<int64_t>>> tensors) {
  std::vector<TensorToWrite> list;
  for (auto &[name, shape] : tensors)
    list.push_back({name, shape,
                    [](int64_t, std::span<float> values) { std::fill(values.begin(), values.end(), 1.0f); }});
  writeSafetensors(path, list);
}

} // namespace

TEST_P(BadSafetensors, SaysWhereAndWhat) {
  TempFolder temp;
  fs::path path = temp.path() / "bad.safetensors";
  writeFile(path, GetParam().bytes);
  EXPECT_EQ(messageOf([&] { SafetensorsReader reader(path); }),
            "'" + path.string() + "': " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Table, BadSafetensors, testing::ValuesIn(table),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(Safetensors, MissingFile) {
  EXPECT_EQ(messageOf([] { SafetensorsReader reader("/nowhere/x.safetensors"); }),
            "cannot open '/nowhere/x.safetensors': No such file or directory");
}

TEST(Safetensors, WritesWhatItReads) {
  TempFolder temp;
  fs::path path = temp.path() / "x.safetensors";
  auto count = [](int64_t first, std::span<float> values) {
    for (float &value : values)
      value = float(first++) / 3;
  };
  writeSafetensors(path, {{"z", {2, 3}, count}, {"scalar", {}, count}, {"big", {3000000}, count}});
  SafetensorsReader reader(path);
  ASSERT_EQ(reader.tensors().size(), 3u);
  EXPECT_EQ(reader.tensors()[0].name, "z");
  EXPECT_EQ(reader.tensors()[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(reader.tensors()[1].shape, std::vector<int64_t>{});
  std::vector<float> six(6), two(2);
  reader.read(reader.tensors()[0], 0, six);
  EXPECT_EQ(six, (std::vector<float>{0, 1 / 3.f, 2 / 3.f, 1, 4 / 3.f, 5 / 3.f}));
  reader.read(reader.tensors()[2], 2999998, two);
  EXPECT_EQ(two[1], 2999999 / 3.0f);
  EXPECT_EQ(messageOf([&] { reader.read(reader.tensors()[0], 5, two); }),
            "tensor 'z' has 6 elements, asked for 2 from 5");
}

TEST(Safetensors, ReadsHalves) {
  TempFolder temp;
  fs::path path = temp.path() / "x.safetensors";
  std::string header = R"({"bf":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]},)"
                       R"("h":{"dtype":"F16","shape":[4],"data_offsets":[8,16]},)"
                       R"("i":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}})";
  std::string bytes = file(header, 24);
  uint16_t halves[8] = {0x3f80, 0xc000, 0x7f80, 0x0001, 0x3c00, 0xc000, 0x0001, 0x7bff};
  std::memcpy(bytes.data() + 8 + header.size(), halves, 16);
  writeFile(path, bytes);
  SafetensorsReader reader(path);
  std::vector<float> four(4);
  reader.read(reader.tensors()[0], 0, four);
  EXPECT_EQ(four, (std::vector<float>{1, -2, std::numeric_limits<float>::infinity(), 0x1p-133f}));
  reader.read(reader.tensors()[1], 0, four);
  EXPECT_EQ(four, (std::vector<float>{1, -2, 0x1p-24f, 65504}));
  EXPECT_EQ(messageOf([&] { reader.read(reader.tensors()[2], 0, four); }),
            "'" + path.string() + "': tensor 'i' has dtype I64, expected F32, BF16 or F16");
  EXPECT_TRUE(std::isnan(halfToFloat(0x7e00)));
  EXPECT_EQ(halfToFloat(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(halfToFloat(0x83ff), -1023 * 0x1p-24f);
}

TEST(Weights, RoundTripThroughAFileAndAFolder) {
  TempFolder temp;
  auto player = tinyPlayer(temp.path() / "tiny.samba");
  initializeParameters(*player, 5);
  std::vector<float> weight = values(*player, 0);
  saveWeights(*player, temp.path() / "model.safetensors");
  for (const fs::path &from : {temp.path() / "model.safetensors", temp.path()}) {
    player->zero(Segment::Params);
    loadWeights(*player, from);
    EXPECT_EQ(values(*player, 0), weight);
  }
}

TEST(Weights, NamesEveryTensorThatDoesNotFit) {
  TempFolder temp;
  auto player = tinyPlayer(temp.path() / "tiny.samba");
  initializeParameters(*player, 5);
  std::vector<float> weight = values(*player, 0);
  fs::path path = temp.path() / "x.safetensors";
  writeOnes(path, {{"embedding.weight", {256, 255}}, {"lm_head.weight", {2}}});
  EXPECT_EQ(messageOf([&] { loadWeights(*player, path); }),
            "'" + path.string() +
                "' does not fit model 'tiny'; 'embedding.weight' has shape [256, 255], expected [256, 256]; "
                "'head.bias' is missing; 'lm_head.weight' is not in the model");
  EXPECT_EQ(values(*player, 0), weight); // nothing was loaded
  EXPECT_EQ(messageOf([&] { loadWeights(*player, temp.path()); }),
            "'" + temp.path().string() + "' holds no model.safetensors and no model.safetensors.index.json");
}

TEST(Weights, Shards) {
  TempFolder temp;
  auto player = tinyPlayer(temp.path() / "tiny.samba");
  writeOnes(temp.path() / "a.safetensors", {{"embedding.weight", {256, 256}}});
  writeOnes(temp.path() / "b.safetensors", {{"head.bias", {256}}});
  fs::path index = temp.path() / "model.safetensors.index.json";
  auto load = [&](const std::string &map) {
    writeFile(index, R"({"metadata":{},"weight_map":{)" + map + "}}");
    loadWeights(*player, temp.path());
  };
  load(R"("embedding.weight":"a.safetensors","head.bias":"b.safetensors")");
  EXPECT_EQ(values(*player, 1), std::vector<float>(256, 1));
  EXPECT_EQ(messageOf([&] { load(R"("embedding.weight":"a.safetensors","head.bias":"a.safetensors")"); }),
            "'" + index.string() + "' lists tensor 'head.bias' in 'a.safetensors', which does not hold it");
  EXPECT_EQ(messageOf([&] { load(R"("head.bias":"b.safetensors","c":"a.safetensors")"); }),
            "'a.safetensors' holds tensor 'embedding.weight', which '" + index.string() +
                "' does not list for it");
  EXPECT_EQ(messageOf([&] { load(R"("head.bias":"../b.safetensors")"); }),
            "'" + index.string() +
                "': weight_map.head.bias: expected a file name without folders, got "
                "'../b.safetensors'");
}

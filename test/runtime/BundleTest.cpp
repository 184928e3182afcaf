// The bundle loader: a good manifest, and a table of bad ones with their exact messages.
#include "TinyModel.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace samba;
using namespace samba::test;
using nlohmann::json;

TEST(Bundle, LoadsWhatTheManifestSays) {
  TempFolder temp;
  writeBundle(temp.path(), tinyManifest());
  Bundle bundle = Bundle::load(temp.path());
  EXPECT_EQ(bundle.modelName, "tiny");
  EXPECT_EQ(bundle.vocabSize, 256);
  EXPECT_FALSE(bundle.maxContext);
  EXPECT_EQ(bundle.parameterCount(), 256 * 256 + 256);
  EXPECT_EQ(bundle.parameters[1].name, "head.bias");
  EXPECT_EQ(bundle.entry("train").flops(), 300);
  EXPECT_EQ(bundle.entry("eval").launches[0].label, "tiny: score");
  EXPECT_EQ(bundle.entry("decode").output("logits").shape, (std::vector<int64_t>{2, 1, 256}));
  EXPECT_TRUE(bundle.has("update"));
  EXPECT_FALSE(bundle.has("probe"));
}

TEST(Bundle, SaysWhichEntryOrPortIsMissing) {
  TempFolder temp;
  writeBundle(temp.path(), tinyManifest());
  Bundle bundle = Bundle::load(temp.path());
  EXPECT_EQ(messageOf([&] { bundle.entry("probe"); }),
            "bundle '" + temp.path().string() +
                "' has no entry 'probe', only 'decode', 'eval', 'prefill', 'train', 'update'; compile the "
                "spec again "
                "with 'samba-run compile', which makes all of them");
  EXPECT_EQ(messageOf([&] { bundle.entry("train").input("token"); }),
            "entry 'train' has no input 'token'; it has 'tokens', 'targets'");
}

TEST(Bundle, MissingOrBrokenManifest) {
  TempFolder temp;
  std::string folder = temp.path().string();
  auto load = [&] { Bundle::load(temp.path()); };
  EXPECT_EQ(messageOf(load),
            "'" + folder + "' is not a bundle: it has no manifest.json; 'samba-run compile' makes one");
  auto with = [&](const std::string &text) {
    writeFile(temp.path() / "manifest.json", text);
    return messageOf(load);
  };
  std::string file = "'" + folder + "/manifest.json': ";
  EXPECT_EQ(with("{\"format\": "), file + "not valid JSON at byte 12");
  EXPECT_EQ(with("[]"), file + "expected an object, got an array");
  EXPECT_EQ(with("{\"a\": 1, \"b\": {\"a\": 2, \"a\": 3}}"), file + "duplicate key 'a'");
  EXPECT_EQ(with(std::string(100000, '[')), file + "nested deeper than 64 levels");
  EXPECT_EQ(with("{\"a\": 1e999}"), file + "a number is out of range");
  EXPECT_EQ(with("{}"), file + "field 'format' is missing");
}

namespace {

/// A change of the manifest and what the loader says to it, after the name of the file.
struct BadManifest {
  const char *name, *patch, *message;
};

void PrintTo(const BadManifest &bad, std::ostream *out) { *out << bad.name; }

class BadManifests : public testing::TestWithParam<BadManifest> {};

#define REPLACE(path, value) R"([{"op": "replace", "path": ")" path R"(", "value": )" value "}]"
#define REMOVE(path) R"([{"op": "remove", "path": ")" path "\"}]"

const BadManifest table[] = {
    {"Format", REPLACE("/format", "\"zip\""), "format: expected 'samba-bundle', got 'zip'"},
    {"Version", REPLACE("/version", "1"),
     "version: expected 2, got 1; compile the spec again with this version's 'samba-run compile'"},
    {"VersionType", REPLACE("/version", "\"1\""),
     "version: expected an integer from 0 to 9223372036854775807, got \"1\""},
    {"Target", REPLACE("/target", "\"sm_80\""),
     "target: expected 'host' or 'sm_90a', got 'sm_80'; compile the spec with --target host or --target "
     "sm_90a"},
    {"HostWeights", REPLACE("/segments/weights", "131584"),
     "segments.weights: expected 0 on the host, got 131584"},
    {"NoWeights", REMOVE("/segments/weights"), "segments: field 'weights' is missing"},
    {"NoDigest", REMOVE("/digest"), "field 'digest' is missing"},
    {"InfoType", REPLACE("/info", "3"), "info: expected an object, got 3"},
    {"Vocabulary", REPLACE("/model/vocab_size", "0"),
     "model.vocab_size: expected an integer from 1 to 2147483647, got 0"},
    {"KernelsFile", REPLACE("/kernels_file", "\"../kernels.so\""),
     "kernels_file: expected a file name without folders, got '../kernels.so'"},
    {"SegmentNegative", REPLACE("/segments/io", "-64"),
     "segments.io: expected an integer from 0 to 1152921504606846976, got -64"},
    {"SegmentHuge", REPLACE("/segments/state", "18446744073709551615"),
     "segments.state: expected an integer from 0 to 1152921504606846976, got 18446744073709551615"},
    {"SegmentFraction", REPLACE("/segments/state", "64.5"),
     "segments.state: expected an integer from 0 to 1152921504606846976, got 64.5"},
    {"MomentsSize", REPLACE("/segments/moment1", "64"),
     "segments.moment1: expected 0 or 263168, the bytes of 'params', got 64"},
    {"ParamsSize", REPLACE("/segments/params", "263232"),
     "segments.grads: expected 0 or 263232, the bytes of 'params', got 263168"},
    {"KernelTwice", REPLACE("/kernels/1/name", "\"forward\""), "kernels[1].name: 'forward' comes twice"},
    {"ScratchType", REPLACE("/kernels/0/scratch_bytes", "null"),
     "kernels[0].scratch_bytes: expected an integer from 0 to 1152921504606846976, got null"},
    {"ParameterTwice", REPLACE("/parameters/1/name", "\"embedding.weight\""),
     "parameters[1].name: 'embedding.weight' comes twice"},
    {"ParameterEmptyName", REPLACE("/parameters/1/name", "\"\""),
     "parameters[1].name: expected a name, got an empty string"},
    {"ParameterOverlap", REPLACE("/parameters/1/offset", "64"),
     "parameters[1].offset: expected 262144, where the parameter before it ends, got 64"},
    {"ParameterHole", REPLACE("/parameters/1/offset", "262208"),
     "parameters[1].offset: expected 262144, where the parameter before it ends, got 262208"},
    {"ParameterUnaligned", REPLACE("/parameters/1/offset", "262140"),
     "parameters[1].offset: expected a multiple of 64, got 262140"},
    {"ParameterBeyond", REPLACE("/parameters/1/shape", "[257]"),
     "parameters[1]: 'head.bias' ends at byte 263172 of segment 'params', which has 263168"},
    {"ParameterShort", REPLACE("/parameters/1/shape", "[128]"),
     "segments.params: expected at most 262656, where the last parameter ends, got 263168"},
    {"ParameterRows", R"([{"op": "add", "path": "/parameters/0/row_stride", "value": 255}])",
     "parameters[0].row_stride: expected an integer from 256 to 1125899906842624, got 255"},
    {"ParameterRowsApart", R"([{"op": "add", "path": "/parameters/0/row_stride", "value": 264}])",
     "parameters[0]: 'embedding.weight' ends at byte 270336 of segment 'params', which has 263168"},
    {"ParameterType", REPLACE("/parameters/0/dtype", "\"i32\""),
     "parameters[0].dtype: expected 'f32', got 'i32'"},
    {"ShapeOverflow", REPLACE("/parameters/0/shape", "[1000000000, 1000000000, 1000000000]"),
     "parameters[0].shape: more than 1152921504606846976 bytes"},
    {"ShapeZero", REPLACE("/parameters/0/shape/1", "0"),
     "parameters[0].shape[1]: expected an integer from 1 to 1099511627776, got 0"},
    {"ShapeRank", REPLACE("/parameters/0/shape", "[1,1,1,1,1,1,1,1,1]"),
     "parameters[0].shape: expected at most 8 dimensions, got 9"},
    {"InitKind", REPLACE("/parameters/0/init/kind", "\"magic\""),
     "parameters[0].init.kind: unknown initializer 'magic'; expected constant, normal, uniform, log_range or "
     "inverse_softplus_log_uniform"},
    {"InitField", REMOVE("/parameters/0/init/std"), "parameters[0].init: field 'std' is missing"},
    {"InitNegative", REPLACE("/parameters/0/init/std", "-1"),
     "parameters[0].init.std: expected a number of at least 0, got -1"},
    {"InitRange",
     REPLACE("/parameters/0/init",
             R"({"kind": "inverse_softplus_log_uniform", "low": 0.1, "high": 0.001, "floor": 0})"),
     "parameters[0].init: expected 0 < low <= high, got 0.1 and 0.001"},
    {"TrainableType", REPLACE("/parameters/0/trainable", "1"),
     "parameters[0].trainable: expected true or false, got 1"},
    {"StateType", REPLACE("/state/0/dtype", "\"f64\""),
     "state[0].dtype: expected 'f32', 'i32', 'i64' or 'bf16', got 'f64'"},
    {"StateTwice", REPLACE("/state/1/name", "\"memory\""), "state: 'memory' comes twice"},
    {"StateBeyond", REPLACE("/state/1/offset", "2112"),
     "state: 'position' at offset 2112 with 16 bytes does not fit segment 'state' of 2112 bytes"},
    {"StateOverlap", REPLACE("/state/1/offset", "1984"),
     "state: 'memory' and 'position' overlap at offset 1984"},
    {"NoPosition", R"([{"op": "replace", "path": "/model/max_context", "value": 8},
                       {"op": "replace", "path": "/state/1/name", "value": "place"}])",
     "state: a model with a 'max_context' needs an i64 state called 'position'"},
    {"BatchNegative", REPLACE("/entries/train/batch", "-1"),
     "entries.train.batch: expected an integer from 0 to 1099511627776, got -1"},
    {"NoBatch", REMOVE("/entries/train/batch"),
     "entries.train: expected 'batch' and 'seq' of at least 1, got 0 and 8"},
    {"DecodeSeq", REPLACE("/entries/decode/seq", "2"), "entries.decode.seq: expected 1, got 2"},
    {"PortSegment", REPLACE("/entries/train/inputs/0/segment", "\"arena\""),
     "entries.train.inputs[0].segment: expected 'io', got 'arena'"},
    {"PortNarrow", REPLACE("/entries/train/outputs/0/dtype", "\"bf16\""),
     "entries.train.outputs: 'loss': expected f32 [], got bf16 []"},
    {"PortMissing", REMOVE("/entries/train/inputs/1"),
     "entries.train.inputs: expected 'targets', i32 [2, 8], found none"},
    {"PortShape", REPLACE("/entries/train/inputs/1/shape", "[16]"),
     "entries.train.inputs: 'targets': expected i32 [2, 8], got i32 [16]"},
    {"PortType", REPLACE("/entries/update/inputs/0/dtype", "\"i32\""),
     "entries.update.inputs: 'hyper': expected f32 [9], got i32 [9]"},
    {"PortOverlap", REPLACE("/entries/train/outputs/0/offset", "64"),
     "entries.train: 'targets' and 'loss' overlap at offset 64"},
    {"PortBeyond", REPLACE("/entries/prefill/outputs/0/offset", "384"),
     "entries.prefill: 'logits' at offset 384 with 8192 bytes does not fit segment 'io' of 8512 bytes"},
    {"PortTwice", REPLACE("/entries/train/outputs/0/name", "\"tokens\""),
     "entries.train: 'tokens' comes twice"},
    {"KernelIndex", REPLACE("/entries/train/launches/1/kernel", "8"),
     "entries.train.launches[1].kernel: expected the index of one of 8 kernels, got 8"},
    {"Grid", REPLACE("/entries/train/launches/2/grid", "0"),
     "entries.train.launches[2].grid: expected an integer from 1 to 1099511627776, got 0"},
    {"ArgLength", REPLACE("/entries/train/launches/2/args/0", "[\"arena\", 0]"),
     "entries.train.launches[2].args[0]: expected [segment, offset, bytes, dtype], got 2 "
     "elements"},
    {"ArgSegment", REPLACE("/entries/train/launches/2/args/0/0", "\"heap\""),
     "entries.train.launches[2].args[0][0]: unknown segment 'heap'; expected params, grads, moment1, "
     "moment2, "
     "weights, state, io or arena"},
    {"ArgType", REPLACE("/entries/train/launches/2/args/0/3", "\"f16\""),
     "entries.train.launches[2].args[0][3]: expected 'f32', 'i32', 'i64' or 'bf16', got 'f16'"},
    {"ArgUnaligned", REPLACE("/entries/train/launches/2/args/0/1", "6"),
     "entries.train.launches[2].args[0][1]: expected a multiple of 4, got 6"},
    {"ArgBeyondArena", REPLACE("/entries/train/launches/2/args/0/2", "16385"),
     "entries.train.launches[2].args[0]: ends at byte 16513 of segment 'arena', which has 16512"},
    {"ArgBeyondSegment", REPLACE("/entries/decode/launches/0/args/3/1", "128"),
     "entries.decode.launches[0].args[3]: ends at byte 2176 of segment 'state', which has 2112"},
    {"ArgNegative", REPLACE("/entries/train/launches/2/args/0/2", "-1"),
     "entries.train.launches[2].args[0][2]: expected an integer from 0 to 1152921504606846976, got -1"},
    {"OutputIndex", REPLACE("/entries/train/launches/1/outputs/1", "3"),
     "entries.train.launches[1].outputs[1]: expected the index of one of 3 args, got 3"},
    {"LabelType", REPLACE("/entries/train/launches/1/label", "{}"),
     "entries.train.launches[1].label: expected a string, got an object"},
    {"LaunchesType", REPLACE("/entries/train/launches", "{}"),
     "entries.train.launches: expected an array, got an object"},
};

} // namespace

TEST_P(BadManifests, SaysWhereAndWhat) {
  TempFolder temp;
  writeBundle(temp.path(), tinyManifest().patch(json::parse(GetParam().patch)));
  EXPECT_EQ(messageOf([&] { Bundle::load(temp.path()); }),
            "'" + temp.path().string() + "/manifest.json': " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Table, BadManifests, testing::ValuesIn(table),
                         [](const auto &info) { return std::string(info.param.name); });

// What the loader says to manifests whose GPU kernels are not as they must be.
#include "GpuManifest.h"

#include <gtest/gtest.h>

using namespace samba;
using namespace samba::test;
using nlohmann::json;

TEST(GpuBundle, LoadsWhatTheManifestSays) {
  TempFolder temp;
  writeGpuBundle(temp.path(), gpuManifest());
  Bundle bundle = Bundle::load(temp.path());
  EXPECT_TRUE(bundle.isForGpu());
  EXPECT_EQ(bundle.imageFormat, ImageFormat::Cubin);
  ASSERT_EQ(bundle.kernels.size(), 2u);
  const Kernel &norm = bundle.kernels[0];
  EXPECT_EQ(norm.imageOffset, 0);
  EXPECT_EQ(bundle.kernels[1].imageOffset, kSecondImage);
  ASSERT_EQ(norm.launches.size(), 2u);
  const GpuLaunch &scale = norm.launches[0];
  EXPECT_EQ(scale.function, "scale");
  EXPECT_EQ(scale.grid, (std::array<int64_t, 3>{4, 1, 1}));
  EXPECT_EQ(scale.threads, 128);
  EXPECT_EQ(scale.sharedBytes, 65536);
  EXPECT_EQ(scale.cluster, 2);
  ASSERT_EQ(scale.params.size(), 2u);
  EXPECT_EQ(scale.params[0].arg, 1u);
  EXPECT_FALSE(scale.params[0].map);
  EXPECT_EQ(scale.params[1].offset, 2048);
  ASSERT_TRUE(scale.params[1].map);
  EXPECT_EQ(scale.params[1].map->sizes, (std::vector<int64_t>{64, 16}));
  EXPECT_EQ(scale.params[1].map->extentBytes(), 15 * 128 + 64 * 2);
  EXPECT_FALSE(norm.launches[1].params[0].arg); // scratch
  EXPECT_EQ(norm.launches[1].params[0].offset, 16);
}

TEST(GpuBundle, PtxIsToldByItsName) {
  TempFolder temp;
  json manifest = gpuManifest();
  manifest["kernels_file"] = "kernels.ptx";
  writeGpuBundle(temp.path(), manifest);
  EXPECT_EQ(Bundle::load(temp.path()).imageFormat, ImageFormat::Ptx);
}

namespace {

/// A value in the manifest that is replaced, and what the loader says to it after the name of the file.
struct BadKernel {
  const char *name, *place, *value, *message;
};

void PrintTo(const BadKernel &bad, std::ostream *out) { *out << bad.name; }

class BadKernels : public testing::TestWithParam<BadKernel> {};

#define SCALE "/kernels/0/launches/0"
#define MAP SCALE "/params/1/map"

const BadKernel table[] = {
    {"FileName", "/kernels_file", "\"kernels.so\"",
     "kernels_file: expected a name that ends in '.cubin' or '.ptx', got 'kernels.so'"},
    {"ImageLength", "/kernels/0/image", "[0]", "kernels[0].image: expected [offset, bytes], got 1 elements"},
    {"ImageUnaligned", "/kernels/1/image/0", "8", "kernels[1].image[0]: expected a multiple of 16, got 8"},
    {"ImageBeyond", "/kernels/1/image/1", "4096",
     "kernels[1].image: ends at byte 4128 of 'kernels.cubin', which has 44"},
    {"NoLaunch", "/kernels/1/launches", "[]", "kernels[1].launches: expected at least one launch, got none"},
    {"NoName", SCALE "/function", "\"\"",
     "kernels[0].launches[0].function: expected a name, got an empty string"},
    {"GridLength", SCALE "/grid", "[4]", "kernels[0].launches[0].grid: expected [x, y, z], got 1 elements"},
    {"GridEmpty", SCALE "/grid/2", "0",
     "kernels[0].launches[0].grid[2]: expected an integer from 1 to 65535, got 0"},
    {"GridHigh", SCALE "/grid/1", "65536",
     "kernels[0].launches[0].grid[1]: expected an integer from 1 to 65535, got 65536"},
    {"GridOfClusters", SCALE "/grid/0", "3",
     "kernels[0].launches[0].grid[0]: expected a multiple of the cluster's 2, got 3"},
    {"Threads", SCALE "/threads", "100",
     "kernels[0].launches[0].threads: expected a multiple of 32, got 100"},
    {"ManyThreads", SCALE "/threads", "2048",
     "kernels[0].launches[0].threads: expected an integer from 32 to 1024, got 2048"},
    {"SharedBytes", SCALE "/shared_bytes", "232449",
     "kernels[0].launches[0].shared_bytes: expected an integer from 0 to 232448, got 232449"},
    {"Carveout", SCALE "/carveout", "101",
     "kernels[0].launches[0].carveout: expected an integer from 0 to 100, got 101"},
    {"Cluster", SCALE "/cluster", "16",
     "kernels[0].launches[0].cluster: expected an integer from 1 to 8, got 16"},
    {"Argument", SCALE "/params/0/arg", "2",
     "entries.small.launches[0]: parameter 0 of 'scale': expected the index of one of 2 args, got 2"},
    {"AddressBeyond", SCALE "/params/0/offset", "257",
     "entries.small.launches[0]: parameter 0 of 'scale': ends at byte 257 of args[1], which has 256"},
    {"ScratchBeyond", "/kernels/0/launches/1/params/0/scratch", "1025",
     "entries.small.launches[0]: parameter 0 of 'sum': ends at byte 1025 of scratch, which has 1024"},
    {"MapBeyond", SCALE "/params/1/offset", "2064",
     "entries.small.launches[0]: parameter 1 of 'scale': ends at byte 4112 of args[0], which has 4096"},
    {"MapUnaligned", SCALE "/params/1/offset", "8",
     "entries.small.launches[0]: parameter 1 of 'scale': expected a tensor that begins at a multiple of 16 "
     "bytes, got 8"},
    {"MapType", MAP "/dtype", "\"i32\"",
     "kernels[0].launches[0].params[1].map.dtype: expected 'bf16' or 'f32', got 'i32'"},
    {"MapRank", MAP "/sizes", "[1, 1, 1, 1, 1, 1]",
     "kernels[0].launches[0].params[1].map.sizes: expected 1 to 5 dimensions, got 6"},
    {"MapStrides", MAP "/strides", "[]",
     "kernels[0].launches[0].params[1].map.strides: expected 1 elements, got 0"},
    {"MapStride", MAP "/strides/0", "24",
     "kernels[0].launches[0].params[1].map.strides[0]: expected a multiple of 16, got 24"},
    {"MapBox", MAP "/box/1", "257",
     "kernels[0].launches[0].params[1].map.box[1]: expected an integer from 1 to 256, got 257"},
    {"MapSwizzle", MAP "/swizzle", "96",
     "kernels[0].launches[0].params[1].map.swizzle: expected 0, 32, 64 or 128, got 96"},
    {"MapRows", MAP "/box/0", "128",
     "kernels[0].launches[0].params[1].map.box: expected rows of a multiple of 16 bytes, at most the "
     "swizzle's 128, "
     "got 256"},
    {"Cells", "/entries/small/launches/0/grid", "2",
     "entries.small.launches[0].grid: expected an integer from 1 to 1, got 2"},
    {"Weights", "/segments/weights", "64",
     "segments.weights: expected 0 or half the bytes of 'params', got 64"},
};

} // namespace

TEST_P(BadKernels, SaysWhereAndWhat) {
  TempFolder temp;
  json manifest = gpuManifest();
  manifest[json::json_pointer(GetParam().place)] = json::parse(GetParam().value);
  writeGpuBundle(temp.path(), manifest);
  EXPECT_EQ(messageOf([&] { Bundle::load(temp.path()); }),
            "'" + temp.path().string() + "/manifest.json': " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Table, BadKernels, testing::ValuesIn(table),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(GpuBundle, ImagesThatAreMissing) {
  TempFolder temp;
  writeGpuBundle(temp.path(), gpuManifest());
  std::filesystem::remove(temp.path() / "kernels.cubin");
  EXPECT_EQ(messageOf([&] { Bundle::load(temp.path()); }),
            "cannot read '" + (temp.path() / "kernels.cubin").string() +
                "': No such file or directory; compile the spec again");
}

// The cache of compiled specs, with a compiler that only counts.
#include "tools/samba-run/ModelCache.h"
#include "TinyModel.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {
int compiled = 0;
bool fails = false;
} // namespace

bool samba::compilerPresent() { return true; }

void samba::compileToBundle(const CompileRequest &request, const fs::path &out) {
  ++compiled;
  EXPECT_FALSE(fs::exists(out));
  fs::create_directories(out);
  writeFile(out / "manifest.json", fileText(request.model));
  if (fails)
    throw Error("no");
}

namespace {

class ModelCacheTest : public testing::Test {
protected:
  ModelCacheTest() {
    compiled = 0, fails = false;
    setenv("XDG_CACHE_HOME", (folder.path() / "cache").c_str(), 1);
    request.model = folder.path() / "a.mlir";
    writeFile(request.model, "spec");
  }
  ~ModelCacheTest() override { unsetenv("XDG_CACHE_HOME"); }

  /// Names below a folder, hidden ones too.
  std::vector<std::string> names(const fs::path &where) {
    std::vector<std::string> all;
    for (const auto &entry : fs::directory_iterator(where))
      all.push_back(entry.path().filename().string());
    return all;
  }

  TempFolder folder;
  CompileRequest request;
};

TEST_F(ModelCacheTest, CompilesOnce) {
  fs::path bundle = cachedBundle(request);
  EXPECT_EQ(fileText(bundle / "manifest.json"), "spec");
  EXPECT_EQ(cachedBundle(request), bundle);
  EXPECT_EQ(compiled, 1);
  EXPECT_EQ(names(folder.path() / "cache/samba").size(), 1u); // nothing temporary stays
}

TEST_F(ModelCacheTest, EveryFieldAndTheTextCount) {
  cachedBundle(request);
  auto expectAnother = [&](auto change) {
    int before = compiled;
    CompileRequest other = request;
    change(other);
    cachedBundle(other);
    EXPECT_EQ(compiled, before + 1);
  };
  expectAnother([](auto &r) { r.sets = {"a.b=1"}; });
  expectAnother([](auto &r) { r.sets = {"a.b=1", "a.c=2"}; });
  expectAnother([](auto &r) { r.target = "sm_90a"; });
  expectAnother([](auto &r) { r.batch = 3; });
  expectAnother([](auto &r) { r.seq = 3; });
  expectAnother([](auto &r) { r.chunk = 3; });
  expectAnother([](auto &r) { r.stepBatch = 3; });
  expectAnother([](auto &r) { r.maxContext = 3; });
  expectAnother([](auto &r) { r.entries = {"decode"}; });
  expectAnother([](auto &r) { r.recompute = "scan"; });
  writeFile(request.model, "speck");
  expectAnother([](auto &) {});
  writeFile(request.model, "spec");
  EXPECT_EQ(fileText(cachedBundle(request) / "manifest.json"), "spec");
}

TEST_F(ModelCacheTest, FailureLeavesNothing) {
  fails = true;
  EXPECT_EQ(messageOf([&] { cachedBundle(request); }), "no");
  EXPECT_TRUE(names(folder.path() / "cache/samba").empty());
  fails = false;
  cachedBundle(request);
  EXPECT_EQ(compiled, 2);
}

TEST_F(ModelCacheTest, DamagedEntryIsMadeAnew) {
  fs::path bundle = cachedBundle(request);
  writeFile(bundle.parent_path() / "key", "another");
  EXPECT_EQ(cachedBundle(request), bundle);
  EXPECT_EQ(compiled, 2);
  fs::remove(bundle / "manifest.json");
  cachedBundle(request);
  EXPECT_EQ(compiled, 3);
}

TEST_F(ModelCacheTest, SaysWhatItCannotRead) {
  request.model = folder.path() / "b.mlir";
  EXPECT_EQ(messageOf([&] { cachedBundle(request); }),
            "cannot read '" + request.model.string() + "': it does not exist");
}

TEST_F(ModelCacheTest, OutReplacesABundleOnly) {
  fs::path out = folder.path() / "x.samba";
  compileAtomically(request, out);
  writeFile(request.model, "newer");
  fails = true;
  EXPECT_EQ(messageOf([&] { compileAtomically(request, out); }), "no");
  EXPECT_EQ(fileText(out / "manifest.json"), "spec");
  fails = false;
  compileAtomically(request, out / ""); // a slash at the end
  EXPECT_EQ(fileText(out / "manifest.json"), "newer");
  EXPECT_EQ(names(folder.path()).size(), 2u);
  EXPECT_EQ(messageOf([&] { compileAtomically(request, request.model); }),
            "'" + request.model.string() +
                "' exists and is not a bundle; expected a new path, or a bundle to replace");
}

} // namespace

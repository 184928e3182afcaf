// The cotangents of every differentiable op in test/numerics, in double precision, against finite
// differences. They need no kernels: this is the test of the dialect's gradients and of the oracle itself.
#include "mlir/Parser/Parser.h"
#include "test/oracle/Gradients.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace samba;

static std::vector<std::string> numericsFiles() {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator file(SAMBA_NUMERICS, error), end; !error && file != end;
       file.increment(error))
    if (llvm::sys::path::extension(file->path()) == ".mlir")
      files.push_back(file->path());
  std::sort(files.begin(), files.end());
  return files;
}

class Gradients : public testing::TestWithParam<std::string> {};

TEST_P(Gradients, AgreeWithFiniteDifferences) {
  MLIRContext context;
  context.loadDialect<SambaDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(GetParam(), &context);
  ASSERT_TRUE(module);
  oracle::Random random(7);
  for (auto func : module->getOps<func::FuncOp>())
    for (DifferentiableOpInterface op : oracle::differentiableOps(func)) {
      FailureOr<double> error = oracle::gradientError(op, random);
      ASSERT_TRUE(succeeded(error));
      EXPECT_LT(*error, oracle::gradientLimit)
          << op->getName().getStringRef().str() << " in @" << func.getSymName().str();
    }
}

INSTANTIATE_TEST_SUITE_P(Numerics, Gradients, testing::ValuesIn(numericsFiles()), [](const auto &info) {
  std::string name = llvm::sys::path::stem(info.param).str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

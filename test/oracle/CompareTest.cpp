// What the checks lean on: distances between tensors, storage, and buffers that notice a stray write.
#include "test/oracle/Compare.h"
#include "mlir/IR/Builders.h"
#include "test/oracle/GuardedBuffer.h"
#include "test/oracle/Storage.h"
#include <gtest/gtest.h>

using namespace samba::oracle;

TEST(Distance, IsRelativeToTheReference) {
  Distance error = distance(Tensor::of({3, 4}), std::vector<double>{3, 4.5});
  EXPECT_DOUBLE_EQ(error.relative, 0.1);
  EXPECT_DOUBLE_EQ(error.greatest, 0.5);
  EXPECT_EQ(error.at, 1);
  EXPECT_TRUE(error.within(0.1001));
  EXPECT_FALSE(error.within(0.0999));
}

TEST(Distance, OfANaNIsNeverWithin) {
  Distance error = distance(Tensor::of({0, 1}), std::vector<float>{0, NAN});
  EXPECT_FALSE(error.within(1e9));
  EXPECT_TRUE(std::isnan(error.shown(1e9)));
  EXPECT_FALSE(distance(Tensor::of({NAN}), std::vector<float>{NAN}).within(1e9));
  EXPECT_TRUE(std::isnan(worse(error.relative, 1)));
  EXPECT_TRUE(std::isnan(worse(1, error.relative)));
}

TEST(Distance, UnderAMillionthPassesBesideZeros) {
  Distance error = distance(Tensor::of({0, 0}), std::vector<double>{0, 9e-7});
  EXPECT_TRUE(error.within(1e-9));
  EXPECT_DOUBLE_EQ(error.shown(1e-9), 9e-7);
  EXPECT_FALSE(distance(Tensor::of({0}), std::vector<double>{2e-6}).within(1e-9));
}

TEST(Storage, RoundsToTheNearestBf16) {
  auto rounded = [](float x) { return fromBf16Bits(bf16Bits(x)); };
  EXPECT_EQ(rounded(1), 1);
  EXPECT_EQ(rounded(1 + 0x1p-8f), 1); // half way: to the even one
  EXPECT_EQ(rounded(1 + 3 * 0x1p-8f), 1 + 0x1p-6f);
  EXPECT_EQ(rounded(1 + 0x1p-8f + 0x1p-20f), 1 + 0x1p-7f);
  EXPECT_EQ(rounded(-0.1f), -0.10009765625f);
  EXPECT_EQ(rounded(3.4e38f), INFINITY);
  EXPECT_EQ(rounded(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(rounded(NAN)));
  EXPECT_TRUE(std::isnan(fromBf16Bits(0xffff)));
}

class Guarded : public testing::Test {
protected:
  GuardedBuffer buffer(mlir::Type element, int64_t rowStride) {
    return {mlir::RankedTensorType::get({2, 3}, element), rowStride, element.getIntOrFloatBitWidth() / 8};
  }
  mlir::MLIRContext context;
  mlir::Builder b{&context};
  Tensor values = Tensor::of({0, 1, 2, 3, 4, -1});
};

TEST_F(Guarded, HoldsRowsOfEveryType) {
  for (mlir::Type element : {mlir::Type(b.getF32Type()), mlir::Type(b.getBF16Type()),
                             mlir::Type(b.getI32Type()), mlir::Type(b.getI64Type())})
    for (int64_t stride : {3, 7}) {
      GuardedBuffer memory = buffer(element, stride);
      memory.fill(values);
      EXPECT_EQ(memory.read().data, values.data);
      EXPECT_TRUE(memory.guardsIntact());
    }
}

TEST_F(Guarded, NoticesAWriteBetweenRowsAndPastTheEnd) {
  for (int64_t element : {-1, 3, 10}) { // of rows 7 apart: before, between and after
    GuardedBuffer memory = buffer(b.getF32Type(), 7);
    memory.fill(values);
    memory.image()[memory.offset() + 4 * element] = 1;
    EXPECT_FALSE(memory.guardsIntact());
  }
}

TEST_F(Guarded, IsNaNUntilWritten) {
  for (mlir::Type element : {mlir::Type(b.getF32Type()), mlir::Type(b.getBF16Type())}) {
    GuardedBuffer memory = buffer(element, 3);
    for (double value : memory.read().data)
      EXPECT_TRUE(std::isnan(value));
  }
}

TEST_F(Guarded, BeginsAsAlignedAsAskedAndNoMore) {
  auto type = mlir::RankedTensorType::get({2, 3}, b.getBF16Type());
  EXPECT_EQ(GuardedBuffer(type, 64, 16).offset() % 256, 16);
  EXPECT_EQ(GuardedBuffer(type, 3, 16).offset() % 256, 0);
}

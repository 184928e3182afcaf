// Philox against the known answers of its authors' Random123 distribution.
#include "runtime/init/Philox.h"

#include <gtest/gtest.h>

using samba::Philox;
using samba::Purpose;

TEST(Philox, KnownAnswers) {
  EXPECT_EQ(Philox::rounds({0, 0, 0, 0}, 0, 0),
            (Philox::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox::rounds({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u),
            (Philox::Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox::rounds({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Philox::Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformAndNormalHaveTheirMoments) {
  Philox random(7, Purpose::Init, 3);
  double sum = 0, square = 0, normal = 0, normalSquare = 0;
  int count = 100000;
  for (int i = 0; i < count; ++i) {
    double u = random.uniform(uint64_t(i)), z = random.normal(uint64_t(i));
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u, square += u * u, normal += z, normalSquare += z * z;
  }
  EXPECT_NEAR(sum / count, 0.5, 0.005);
  EXPECT_NEAR(square / count, 1.0 / 3, 0.005);
  EXPECT_NEAR(normal / count, 0, 0.015);
  EXPECT_NEAR(normalSquare / count, 1, 0.02);
}

TEST(Philox, StreamsPurposesAndSeedsDiffer) {
  auto first = Philox(1, Purpose::Init, 0).block(0);
  EXPECT_EQ(first, Philox(1, Purpose::Init, 0).block(0));
  EXPECT_NE(first, Philox(2, Purpose::Init, 0).block(0));
  EXPECT_NE(first, Philox(1 + (uint64_t(1) << 32), Purpose::Init, 0).block(0));
  EXPECT_NE(first, Philox(1, Purpose::Data, 0).block(0));
  EXPECT_NE(first, Philox(1, Purpose::Init, 1).block(0));
  EXPECT_NE(first, Philox(1, Purpose::Init, 0).block(1));
}

TEST(Philox, BelowStaysBelowAndReachesAll) {
  Philox random(1, Purpose::Data, 0);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i)
    ++seen[random.below(uint64_t(i), 7)];
  for (int count : seen)
    EXPECT_NEAR(count, 1000, 150);
  for (uint64_t i = 0; i < 100; ++i)
    EXPECT_LT(random.below(i, uint64_t(1) << 63), uint64_t(1) << 63);
}

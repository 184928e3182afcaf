// Every kind of initializer against its equation.
#include "runtime/init/Initializer.h"
#include "TinyModel.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace samba;

namespace {

constexpr int64_t kCount = 60000;

std::vector<float> make(Init init, uint64_t seed = 3, uint32_t index = 2,
                        std::vector<int64_t> shape = {kCount}) {
  Parameter parameter;
  parameter.shape = std::move(shape);
  parameter.init = init;
  std::vector<float> values(size_t(parameter.elements()));
  initialize(parameter, seed, index, 0, values);
  return values;
}

double mean(const std::vector<float> &values, auto of) {
  double sum = 0;
  for (float value : values)
    sum += of(double(value));
  return sum / double(values.size());
}

} // namespace

TEST(Initializer, Constant) {
  EXPECT_EQ(make({.kind = Init::Kind::Constant, .value = 1.5}), std::vector<float>(kCount, 1.5f));
}

TEST(Initializer, Normal) {
  auto values = make({.kind = Init::Kind::Normal, .std = 0.02});
  EXPECT_NEAR(mean(values, [](double x) { return x; }), 0, 3e-4);
  EXPECT_NEAR(std::sqrt(mean(values, [](double x) { return x * x; })), 0.02, 3e-4);
  EXPECT_NEAR(mean(values, [](double x) { return std::abs(x) < 0.02; }), 0.6827, 0.01);
}

TEST(Initializer, Uniform) {
  auto values = make({.kind = Init::Kind::Uniform, .bound = 0.5});
  for (float value : values)
    ASSERT_LE(std::abs(value), 0.5f);
  EXPECT_NEAR(mean(values, [](double x) { return x; }), 0, 0.005);
  EXPECT_NEAR(mean(values, [](double x) { return x * x; }), 0.25 / 3, 0.002);
}

TEST(Initializer, LogRange) {
  auto values = make({.kind = Init::Kind::LogRange}, 0, 0, {3, 16});
  for (int row = 0; row < 3; ++row)
    for (int j = 0; j < 16; ++j)
      EXPECT_EQ(values[size_t(row * 16 + j)], float(std::log(j + 1.0)));
}

TEST(Initializer, InverseSoftplusLogUniform) {
  auto values =
      make({.kind = Init::Kind::InverseSoftplusLogUniform, .low = 0.001, .high = 0.1, .floorAt = 0.002});
  int atFloor = 0;
  for (float value : values) {
    double dt = std::log1p(std::exp(double(value))); // softplus
    ASSERT_GE(dt, 0.002 * (1 - 1e-5));
    ASSERT_LE(dt, 0.1 * (1 + 1e-5));
    atFloor += dt < 0.002 * (1 + 1e-5);
  }
  EXPECT_NEAR(double(atFloor) / kCount, std::log(2.0) / std::log(100.0), 0.01); // log-uniform below the floor
}

TEST(Initializer, DependsOnSeedParameterAndElementOnly) {
  Init init{.kind = Init::Kind::Normal, .std = 1};
  auto values = make(init);
  EXPECT_EQ(values, make(init));
  EXPECT_NE(values, make(init, 4));
  EXPECT_NE(values, make(init, 3, 3));
  Parameter parameter;
  parameter.shape = {kCount};
  parameter.init = init;
  std::vector<float> part(10);
  initialize(parameter, 3, 2, 1000, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), values.begin() + 1000));
}

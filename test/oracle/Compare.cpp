//===- Compare.cpp - How far two tensors are apart -----------------------------------------------------===//
#include "test/oracle/Compare.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace samba::oracle;

template <typename T> static Distance distanceOf(const Tensor &reference, llvm::ArrayRef<T> values) {
  assert(reference.elements() == int64_t(values.size()) && "expected as many values as the reference has");
  Distance result;
  double squares = 0, referenceSquares = 0;
  for (int64_t i = 0; i < reference.elements(); ++i) {
    double expected = reference.data[i], error = std::abs(double(values[i]) - expected);
    if (std::isnan(error))
      return {NAN, NAN, i};
    if (error > result.greatest)
      result.greatest = error, result.at = i;
    squares += error * error;
    referenceSquares += expected * expected;
  }
  result.relative = squares == 0 ? 0 : std::sqrt(squares / referenceSquares);
  return result;
}

Distance samba::oracle::distance(const Tensor &reference, llvm::ArrayRef<double> values) {
  return distanceOf(reference, values);
}
Distance samba::oracle::distance(const Tensor &reference, llvm::ArrayRef<float> values) {
  return distanceOf(reference, values);
}

void Row::show(const Distance &error, double its) {
  double shown = error.shown(its); // multiplied across, for a limit may be 0
  if (forward && !std::isnan(shown) && !(shown * limit > *forward * its))
    return;
  forward = shown;
  limit = its;
}

int64_t Report::failures() const {
  return llvm::count_if(rows, [](const Row &row) { return !row.ok; });
}

void Report::add(std::string op, std::string shape, const Tensor &reference, llvm::ArrayRef<float> values,
                 double limit) {
  Distance error = distance(reference, values);
  Row row{std::move(op), std::move(shape), error.shown(limit), {}, limit, error.within(limit), ""};
  if (!row.ok)
    row.note = differenceText(reference, values[error.at], error.at);
  rows.push_back(std::move(row));
}

std::string samba::oracle::shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

std::string samba::oracle::differenceText(const Tensor &reference, double got, int64_t at) {
  return llvm::formatv("element {0} of {1} expected {2}, got {3}", at, shapeText(reference.shape),
                       llvm::formatv("{0:e6}", reference.data[at]), llvm::formatv("{0:e6}", got));
}

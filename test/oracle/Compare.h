//===- Compare.h - How far two tensors are apart, and the table of it ----------------------------------===//
#pragma once

#include "test/oracle/Tensor.h"
#include "llvm/ADT/StringRef.h"
#include <cmath>
#include <optional>
#include <string>

namespace samba::oracle {

/// The distance of values from their reference.
struct Distance {
  double relative = 0; ///< rms(x - reference) / rms(reference); NaN if either holds one
  double greatest = 0; ///< max |x - reference|
  int64_t at = 0;      ///< the element where it is greatest
  double floor = 1e-6; ///< absolute errors below it do not count

  bool negligible() const { return greatest < floor; }
  /// Whether the relative error is within `limit`, or negligible. A NaN never is.
  bool within(double limit) const { return relative <= limit || negligible(); }
  /// The relative error; the absolute one where only that is small, as beside a reference of zeros.
  double shown(double limit) const { return relative <= limit || !negligible() ? relative : greatest; }
};

/// Both have the same number of elements.
Distance distance(const Tensor &reference, llvm::ArrayRef<double> values);
Distance distance(const Tensor &reference, llvm::ArrayRef<float> values);

/// The larger of two errors; a NaN if one is.
inline double worse(double a, double b) { return std::isnan(a) || a > b ? a : b; }

/// One line of the report.
struct Row {
  std::string op, shape;
  std::optional<double> forward, gradient; ///< relative errors
  double limit = 0;
  bool ok = true;
  std::string note; ///< where it went wrong

  /// Takes over an error as `forward`, if it is nearer to its limit, or further beyond, than the one shown.
  void show(const Distance &error, double limit);
};

struct Report {
  std::vector<Row> rows;

  int64_t failures() const;
  /// Adds a row that compares `values` with their reference.
  void add(std::string op, std::string shape, const Tensor &reference, llvm::ArrayRef<float> values,
           double limit);
};

/// "2x48x128".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// "element 17 expected 0.25, got nan".
std::string differenceText(const Tensor &reference, double got, int64_t at);

} // namespace samba::oracle

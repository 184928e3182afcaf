//===- Tensor.h - Dense tensors of double --------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cassert>
#include <vector>

namespace samba::oracle {

/// A dense tensor, last dimension innermost. Tokens, targets and positions are doubles too: a double holds
/// every integer up to 2^53 exactly.
struct Tensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> data;

  Tensor() = default;
  explicit Tensor(llvm::ArrayRef<int64_t> shape, double value = 0)
      : shape(shape), data(elementsOf(shape), value) {}

  int64_t size(unsigned dimension) const { return shape[dimension]; }
  int64_t elements() const { return int64_t(data.size()); }
  /// [.., channels]: all leading dimensions collapsed are rows; rank 0 is one row of one channel.
  int64_t channels() const { return shape.empty() ? 1 : shape.back(); }
  int64_t rows() const { return elements() / channels(); }

  /// A tensor of one dimension.
  static Tensor of(std::vector<double> values) {
    Tensor tensor;
    tensor.shape = {int64_t(values.size())};
    tensor.data = std::move(values);
    return tensor;
  }

  /// x(b, t, c): one index per dimension.
  template <typename... Index> double &operator()(Index... index) { return data[offset({index...})]; }
  template <typename... Index> double operator()(Index... index) const { return data[offset({index...})]; }

  /// x.row(r)[c].
  double *row(int64_t r) { return data.data() + r * channels(); }
  const double *row(int64_t r) const { return data.data() + r * channels(); }

  static int64_t elementsOf(llvm::ArrayRef<int64_t> shape) {
    int64_t elements = 1;
    for (int64_t size : shape)
      elements *= size;
    return elements;
  }

private:
  int64_t offset(std::initializer_list<int64_t> index) const {
    assert(index.size() == shape.size() && "one index per dimension");
    int64_t offset = 0;
    const int64_t *size = shape.begin();
    for (int64_t i : index)
      offset = offset * *size++ + i;
    return offset;
  }
};

} // namespace samba::oracle

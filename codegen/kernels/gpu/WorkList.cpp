//===- WorkList.cpp - which items of work each block of a persistent kernel takes ----------------------===//
#include "codegen/kernels/gpu/WorkList.h"

#include <numeric>
#include <queue>

using namespace mlir;

namespace samba::gpu {

WorkList::WorkList(KernelBuilder &k, int64_t items, function_ref<double(int64_t)> costOf)
    : blocks(std::min(items, multiprocessors)), k(k) {
  constexpr int64_t roundsByCost = 4;
  std::vector<int32_t> order(items);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.end() - std::min(items, roundsByCost * blocks), order.end(),
            [&](int32_t a, int32_t b) { return std::pair(-costOf(a), a) < std::pair(-costOf(b), b); });

  std::vector<std::vector<int32_t>> lists(blocks);
  using Free = std::pair<double, int64_t>; // when, which block
  std::priority_queue<Free, std::vector<Free>, std::greater<Free>> free;
  for (int64_t block = 0; block < blocks; ++block)
    free.emplace(0, block);
  for (int32_t item : order) {
    auto [when, block] = free.top();
    free.pop();
    lists[block].push_back(item);
    free.emplace(when + costOf(item), block);
  }

  for (const std::vector<int32_t> &list : lists)
    stride = std::max<int64_t>(stride, list.size() + 1);
  for (const std::vector<int32_t> &list : lists) {
    entries.push_back(int32_t(list.size()));
    entries.append(list.begin(), list.end());
    entries.append(stride - 1 - list.size(), 0);
  }
}

Value WorkList::entry(Value i) const {
  Value block = k.ptx({k.i32}, "mov.u32 $0, %ctaid.x;", {})[0]; // not kept in a register between items
  Value place = k.add(k.mul(block, stride), i);
  return k.loadWords(k.at(k.constants(entries), k.mul(k.extend(place), 4)), 1, /*constant=*/true)[0];
}
Value WorkList::count() const { return entry(k.integer(0)); }
Value WorkList::item(Value i) const { return entry(k.add(i, 1)); }

} // namespace samba::gpu

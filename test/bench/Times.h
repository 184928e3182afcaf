// Times of repetitions: a comparison goes by the best, the one that the rest of the machine disturbed least.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace samba {

class Times {
public:
  void add(double seconds) {
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), seconds), seconds);
  }
  double best() const { return sorted.front(); }
  double median() const { return sorted[sorted.size() / 2]; }

private:
  std::vector<double> sorted;
};

template <typename Work> double secondsOf(Work work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace samba

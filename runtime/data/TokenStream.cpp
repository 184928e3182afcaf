// Finding the stretch of a position by bisection, then reading across the seams.
#include "runtime/data/TokenStream.h"

#include "runtime/Error.h"

#include <algorithm>

using namespace samba;

void TokenStream::append(size_t file, int64_t first, int64_t count) {
  if (!stretches.empty() && stretches.back().file == file &&
      stretches.back().first + stretches.back().count == first) {
    stretches.back().count += count;
  } else {
    if (!stretches.empty() && (*files)[file].isText())
      length += 1; // the separator
    stretches.push_back({file, first, count, length});
  }
  length += count;
}

void TokenStream::read(int64_t first, int64_t count, int32_t *out) const {
  if (first < 0 || count < 0 || count > length - first)
    throw Error("cannot read ", count, " tokens at ", first, ": the data has ", length);
  auto stretch = std::upper_bound(stretches.begin(), stretches.end(), first,
                                  [](int64_t position, const Stretch &s) { return position < s.start; });
  for (--stretch; count > 0; ++stretch) {
    int64_t within = first - stretch->start;
    int64_t here = std::min(count, stretch->count - within);
    if (here > 0)
      (*files)[stretch->file].read(stretch->first + within, here, out);
    first += here, count -= here, out += here;
    if (count > 0 && std::next(stretch)->start > first) {
      *out++ = 0;
      ++first, --count;
    }
  }
}

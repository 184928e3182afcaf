// Finding the stretch of a position by bisection, then reading across the seams.
#include "runtime/data/TokenStream.h"

#include "runtime/Error.h"

#include <algorithm>

using namespace samba;

static bool isText(const std::vector<TokenFile> &files) { return !files.empty() && files.front().isText(); }

TokenStream::TokenStream(std::shared_ptr<const std::vector<TokenFile>> tokenFiles,
                         std::optional<int32_t> separator, int32_t textSeparator)
    : files(std::move(tokenFiles)), separator(isText(*files) ? textSeparator : separator) {}

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

std::vector<TokenStream::Stretch>::const_iterator TokenStream::stretchAt(int64_t first) const {
  auto after = std::upper_bound(stretches.begin(), stretches.end(), first,
                                [](int64_t position, const Stretch &s) { return position < s.start; });
  return std::prev(after);
}

void TokenStream::readDocuments(int64_t first, int64_t count, int32_t *out) const {
  read(first, count, out);
  auto seam = stretches.cend();
  if (!isText(*files) && count > 0) // a stretch of text has its separator before it
    seam = std::next(stretchAt(first));
  int32_t begin = 0;
  for (int64_t i = 0; i < count; ++i) {
    bool isSeam = seam != stretches.cend() && seam->start == first + i;
    seam += isSeam;
    if (isSeam || out[i] == separator)
      begin = static_cast<int32_t>(i);
    out[i] = begin;
  }
}

void TokenStream::read(int64_t first, int64_t count, int32_t *out) const {
  if (first < 0 || count < 0 || count > length - first)
    throw Error("cannot read ", count, " tokens at ", first, ": the data has ", length);
  for (auto stretch = stretchAt(first); count > 0; ++stretch) {
    int64_t within = first - stretch->start;
    int64_t here = std::min(count, stretch->count - within);
    if (here > 0)
      (*files)[stretch->file].read(stretch->first + within, here, out);
    first += here, count -= here, out += here;
    if (count > 0 && std::next(stretch)->start > first) {
      *out++ = *separator;
      ++first, --count;
    }
  }
}

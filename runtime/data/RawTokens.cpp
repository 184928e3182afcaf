// Headerless token files as nanoGPT writes them: uint16 ids from the first byte to the last.
#include "runtime/data/TokenFile.h"

using namespace samba;

TokenLayout samba::rawLayout(const MappedFile &file) {
  int64_t length = static_cast<int64_t>(file.bytes().size());
  if (length == 0)
    malformed(file.path(), "byte 0", "uint16 ids", "an empty file");
  if (length % 2 != 0)
    malformed(file.path(), "byte " + std::to_string(length - 1), "a whole uint16 id",
              "one byte and the end of the file");
  return {"raw uint16", TokenType::u16, 0, length / 2};
}

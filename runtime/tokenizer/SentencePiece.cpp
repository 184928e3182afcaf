// Opens the module that holds SentencePiece's library, which lies beside samba-run or where libraries are.
#include "runtime/Error.h"
#include "runtime/tokenizer/Tokenizer.h"

#include <dlfcn.h>

using namespace samba;
namespace fs = std::filesystem;

namespace {

using Open = Tokenizer *(*)(const char *model, std::string *error);

/// sambaOpenSentencePiece of the module, which stays open.
Open findOpen() {
  const char *name = "libsamba-sentencepiece.so";
  std::error_code ignored;
  fs::path programs = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::string reason;
  for (const fs::path &path : {programs / name, programs.parent_path() / "lib" / name, fs::path(name)}) {
    if (void *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))
      if (void *open = dlsym(module, "sambaOpenSentencePiece"))
        return reinterpret_cast<Open>(open);
    if (reason.empty() || fs::exists(path))
      reason = dlerror();
  }
  throw Error("a SentencePiece model cannot be read here: ", reason,
              "; install libsentencepiece0, and build samba with libsentencepiece-dev");
}

} // namespace

std::unique_ptr<Tokenizer> samba::openSentencePiece(const fs::path &model, int64_t vocabSize) {
  static const Open open = findOpen();
  if (!fs::is_regular_file(model))
    throw Error("tokenizer '", model.string(), "' is no file; expected a SentencePiece tokenizer.model");
  std::string error;
  std::unique_ptr<Tokenizer> tokenizer(open(model.c_str(), &error));
  if (!tokenizer)
    throw Error("cannot read the tokenizer '", model.string(), "': ", error);
  if (tokenizer->size() > vocabSize)
    throw Error("tokenizer '", model.string(), "' has ", tokenizer->size(),
                " pieces: expected a model with a vocab_size of at least as many, got ", vocabSize);
  return tokenizer;
}

std::unique_ptr<Tokenizer> samba::makeTokenizer(const fs::path &model, int64_t vocabSize) {
  return model.empty() ? makeByteTokenizer(vocabSize) : openSentencePiece(model, vocabSize);
}

std::vector<int32_t> samba::encodeFile(const Tokenizer &tokenizer, std::string_view text) {
  constexpr size_t longest = size_t(1) << 20;
  std::vector<int32_t> ids;
  while (true) {
    std::string_view document = text.substr(0, text.find('\0'));
    for (std::string_view rest = document; !rest.empty();) {
      size_t end = rest.size() <= longest ? rest.size() : rest.rfind('\n', longest - 1) + 1;
      std::string_view piece = rest.substr(0, end ? end : longest); // a line without end is cut anyway
      std::vector<int32_t> more = tokenizer.encode(piece);
      ids.insert(ids.end(), more.begin(), more.end());
      rest.remove_prefix(piece.size());
    }
    if (document.size() == text.size())
      return ids;
    ids.push_back(tokenizer.documentStart());
    text.remove_prefix(document.size() + 1);
  }
}

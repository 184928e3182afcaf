// Weights from outside: a safetensors file, a sharded set of them, or a folder that holds either.
#pragma once

#include <filesystem>

namespace samba {

class Player;

/// Loads every parameter from `path`: X.safetensors, X.safetensors.index.json, or a folder with
/// model.safetensors or model.safetensors.index.json. F32, BF16 and F16 become f32. Throws Error naming every
/// tensor that is missing, unexpected or of another shape; nothing is loaded then.
void loadWeights(Player &player, const std::filesystem::path &path);

/// Writes every parameter to `file` as safetensors, F32.
void saveWeights(Player &player, const std::filesystem::path &file);

} // namespace samba

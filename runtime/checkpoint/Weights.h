// The tensors of a model in safetensors files: its own, or from outside.
#pragma once

#include "runtime/bundle/Bundle.h"

#include <filesystem>
#include <string>
#include <vector>

namespace samba {

class Player;

/// Loads every parameter from `path`: X.safetensors, X.safetensors.index.json, or a folder with
/// model.safetensors or model.safetensors.index.json. F32, BF16 and F16 become f32. Throws Error naming every
/// tensor that is missing, unexpected or of another shape; nothing is loaded then.
void loadWeights(Player &player, const std::filesystem::path &path);

/// Writes every parameter to `file` as safetensors, F32.
void saveWeights(Player &player, const std::filesystem::path &file);

/// The moments of the trainable parameters, as tensors `moment1.NAME` and `moment2.NAME`; strict as
/// loadWeights.
void loadMoments(Player &player, const std::filesystem::path &file);
void saveMoments(Player &player, const std::filesystem::path &file);

} // namespace samba

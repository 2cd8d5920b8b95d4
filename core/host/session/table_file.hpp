// Which file a table becomes.
#pragma once
#include <string>

namespace treino::host {

/// The name of a table's file in the run's folder: "val_confusion_matrix.csv". What would lead elsewhere, or hide it, is replaced.
inline std::string table_file_name(const std::string& name) {
  std::string safe = name;
  for (char& c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/' || (c == '.' && &c == safe.data())) c = '_';
  }
  return safe + ".csv";
}

}  // namespace treino::host

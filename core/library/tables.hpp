// The tables of a run's metrics, on the screen and in files.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "host/session/tables.hpp"

namespace treino::library {

/// Rows and columns aligned, with their names; empty where that takes more than `width` columns or `height` lines.
std::string table_text(const host::Tables::Entry& table, std::size_t width, std::size_t height);
/// One heading and then one line: "confusion_matrix (rows: class, columns: predicted as)".
std::string table_heading(const host::Tables::Entry& table);
/// A header and a line for each row; RFC 4180.
std::string table_csv(const host::Tables::Entry& table);
/// Writes each table that has values to <name>.csv in the folder, and returns what there is to say of them: of each the last kind
/// of data (test, else validation, else training) as a text, or, where that does not fit, where it was written to.
std::vector<std::string> keep_tables(const host::Tables& tables, const std::filesystem::path& folder, std::size_t width);

}  // namespace treino::library

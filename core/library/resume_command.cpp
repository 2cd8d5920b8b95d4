// A line that can be copied into a shell, whatever the paths are.
#include "library/resume_command.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"

namespace treino::library {

namespace {

std::string in_shell(const std::string& text) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-+=:,@%", c) != nullptr;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string resume_command(const train::Plan& plan, const std::filesystem::path& folder,
                           const std::vector<std::filesystem::path>& plugin_folders) {
  std::string command = "treino resume " + in_shell(folder.string());
  for (const std::filesystem::path& plugins : plugin_folders) command += " --plugin-path " + in_shell(plugins.string());
  const bool own = train::is_own_run(folder);
  return command + (!own && train::needs_trust(plan, folder) ? " --trust" : "");
}

}  // namespace treino::library

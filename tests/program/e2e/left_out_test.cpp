// Files in a plugins folder that are no plugins for this host: one line each, and the others work.
#include <elf.h>
#include <sys/stat.h>

#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string replaced_everywhere(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::vector<std::string> result;
  for (const std::string& line : lines(text))
    if (contains(line, part)) result.push_back(line);
  return result;
}

}  // namespace

TEST_CASE("each file that is not a plugin for this host is left out with one line, nothing hangs, and a run continues") {
  const Workshop workshop;
  const fs::path folder = workshop / "plugins";
  fs::create_directory(folder);
  const std::string good = read_text(fs::path(E2E_PLUGINS) / "thrower.so");
  REQUIRE(good.size() > 2000);
  write_text(folder / "truncated.so", good.substr(0, good.size() / 2));
  write_text(folder / "empty.so", "");
  write_text(folder / "text.so", "I am a poem.\n");
  REQUIRE(mkfifo((folder / "fifo.so").c_str(), 0600) == 0);
  std::string other = good;
  other[offsetof(Elf64_Ehdr, e_machine)] =
      static_cast<char>(other[offsetof(Elf64_Ehdr, e_machine)] == EM_S390 ? EM_PPC64 : EM_S390);
  write_text(folder / "other_machine.so", other);
  write_text(folder / "no_symbol.so", replaced_everywhere(good, "treino_plugin_v0", "treino_elephant_"));
  write_text(folder / "newer.so", replaced_everywhere(good, "treino_plugin_v0", "treino_plugin_v1"));
  fs::create_directory(folder / "folder.so");
  fs::create_symlink("nowhere", folder / "dangling.so");
  fs::copy(fs::path(E2E_PLUGINS) / "slow_sleeper.so", folder / "good.so");

  ProcessOptions options = workshop.command({"plugins", "--plugin-path", folder});
  options.environment["TREINO_PLUGIN_PATH"] = "";
  options.limit = std::chrono::seconds(20);
  const Finished finished = run_process(options);
  CHECK(finished.exit_code == kDone);
  INFO(finished.output << finished.error);
  const std::map<std::string, std::string> reasons = {{"truncated", ""},     {"empty", ""},
                                                      {"text", "ELF"},       {"fifo", "regular"},
                                                      {"other_machine", ""}, {"no_symbol", "treino_plugin_v0"},
                                                      {"newer", "1"},        {"dangling", ""}};
  for (const auto& [name, word] : reasons) {
    INFO(name);
    const auto told = lines_with(finished.output, (folder / (name + ".so")).string() + ": ");
    REQUIRE(told.size() == 1);
    CHECK(contains(told[0].substr(told[0].find(".so: ")), word));
    CHECK(told[0].size() > (folder / (name + ".so: ")).string().size() + 4);
  }
  CHECK(lines_with(finished.output, "slow_sleeper").size() == 1);

  options.arguments = {TREINO,
                       "run",
                       workshop.write("small.toml", small_manifest("[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 0\n")),
                       "--folder",
                       workshop / "run",
                       "--plugin-path",
                       folder};
  const Finished run = run_process(options);
  INFO(run.error);
  CHECK(run.exit_code == kDone);
}

TEST_CASE("a manifest that names a plugin which was left out gets the reason") {
  const Workshop workshop;
  const fs::path folder = workshop / "plugins";
  fs::create_directory(folder);
  write_text(folder / "thrower.so",
             replaced_everywhere(read_text(fs::path(E2E_PLUGINS) / "thrower.so"), "treino_plugin_v0", "treino_plugin_v1"));
  ProcessOptions options = workshop.command(
      {"check", workshop.write("small.toml", small_manifest("[[callback]]\nplugin = 'thrower'\nevent = 'run_end'\n")),
       "--plugin-path", folder});
  options.environment["TREINO_PLUGIN_PATH"] = "";
  const Finished finished = run_process(options);
  CHECK(finished.exit_code == kBadInput);
  INFO(finished.error);
  CHECK(contains(finished.error, "thrower.so"));
}

// Disks that fill up, folders that cannot be written or go away while a run writes on them.
#include <sys/mount.h>

#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {

/// A file system of a few kilobytes. `ready` is false where this user may not mount one.
class SmallDisk {
 public:
  SmallDisk(const fs::path& folder, const std::string& options) : folder_(folder) {
    fs::create_directory(folder);
    ready = mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (ready) umount(folder_.c_str());
  }
  bool write_protect() const { return mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0; }
  bool ready = false;

 private:
  fs::path folder_;
};

/// A callback that writes, each epoch, into the folder `where`; and a size of disk on which the second file finds no room (a full
/// checkpoint of the small model has some 24 kB), or the only one.
struct Writing {
  std::string section, size;
};
std::vector<Writing> writing_callbacks(const std::string& where) {
  return {
      {"plugin = 'model_checkpoint'\nfilepath = '" + where + "/{epoch}.safetensors'\n", "size=40k"},
      {"plugin = 'backup_and_restore'\nbackup_dir = '" + where + "'\ndelete_checkpoint = false\nasync_checkpoint = false\n",
       "size=40k"},
      {"plugin = 'snapshot_saver'\ndirpath = '" + where + "'\nsave_every_n_epochs = 1\n", "size=40k"},
      {"plugin = 'snapshot_saver'\ndirpath = '" + where + "'\nsave_every_n_epochs = 1\nasync_checkpoint = false\n", "size=40k"},
      {"plugin = 'lr_finder'\nfilename = '" + where + "/rates.csv'\n", "size=8k"},
  };
}
std::string with_callback(const Writing& writing, const std::string& on_error) {
  return small_manifest("[[callback]]\n" + writing.section + "on_error = '" + on_error + "'\n");
}

/// What is there can be read and used, and nothing half-written lies beside it.
void check_whole(const Workshop& workshop, const fs::path& folder) {
  for (const auto& [name, bytes] : all_files(folder)) {
    INFO(name);
    CHECK_FALSE(contains(name, ".tmp"));
    CHECK_FALSE(contains(name, ".new"));
    if (contains(name, ".safetensors"))
      CHECK(workshop.treino({"evaluate", workshop / "whole", "--weights", folder / name}).exit_code == kDone);
  }
}

/// The run ended, or continued without the callback, as on_error says; and said which file it could not write, and why.
void check_said(const Finished& finished, const std::string& on_error, const std::string& path, const std::string& why) {
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == (on_error == "stop" ? kFailed : kDone));
  const std::string& said = on_error == "stop" ? finished.error : finished.output;
  CHECK(contains(said, path));
  CHECK(contains(said, why));
  if (on_error == "disable") CHECK(contains(said, "disabled, the run continues without it"));
}

}  // namespace

TEST_CASE("a callback that finds no room to write says so, the run follows on_error, and what was written before stays whole") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "whole").exit_code == kDone);
  const std::string where = workshop / "disk";
  for (const Writing& writing : writing_callbacks(where))
    for (const std::string on_error : {"stop", "disable"}) {
      INFO(writing.section << on_error);
      const SmallDisk disk(where, writing.size);
      if (!disk.ready) {
        WARN("not run: it takes the right to mount a file system");
        return;
      }
      const Finished finished = workshop.run(with_callback(writing, on_error), "run");
      check_said(finished, on_error, where, "No space left on device");
      if (!contains(writing.section, "lr_finder")) CHECK(all_files(where).size() == 1);
      check_whole(workshop, where);
      if (on_error == "disable")
        CHECK((read_text(workshop / "run/model.safetensors") == read_text(workshop / "whole/model.safetensors")));
      fs::remove_all(workshop / "run");
    }
}

TEST_CASE("a callback that writes into a write-protected folder says so, and the run follows on_error") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "whole").exit_code == kDone);
  const std::string where = workshop / "disk";
  const SmallDisk disk(where, "size=1m");
  if (!disk.ready || !disk.write_protect()) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  for (const Writing& writing : writing_callbacks(where))
    for (const std::string on_error : {"stop", "disable"}) {
      INFO(writing.section << on_error);
      check_said(workshop.run(with_callback(writing, on_error), "run"), on_error, where, "Read-only file system");
      fs::remove_all(workshop / "run");
    }
}

TEST_CASE("a folder that is removed during the run is made again, and a file in its place is reported") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "whole").exit_code == kDone);
  const fs::path where = workshop / "files";
  const std::string slow = "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 15\n";
  for (const Writing& writing : writing_callbacks(where)) {
    if (contains(writing.section, "lr_finder")) continue;  // writes once
    for (const bool taken : {false, true}) {
      INFO(writing.section << taken);
      Process process(workshop.command(
          {"run", workshop.write("run.toml", with_callback(writing, "stop") + slow), "--folder", workshop / "run"}));
      while (process.running() && (!fs::exists(where) || fs::is_empty(where)))
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      std::this_thread::sleep_for(
          std::chrono::milliseconds(300));  // read back as well; the next one comes at the next epoch's end
      REQUIRE(process.running());
      fs::rename(where, workshop / "gone");
      if (taken) write_text(where, "not a folder");
      const Finished finished = process.wait();
      INFO(finished.output << finished.error);
      if (taken) {
        check_said(finished, "stop", where, "Not a directory");
      } else {
        CHECK(finished.exit_code == kDone);
        check_whole(workshop, where);
        CHECK_FALSE(all_files(where).empty());
      }
      check_whole(workshop, workshop / "gone");
      for (const char* name : {"gone", "files", "run"}) fs::remove_all(workshop / name);
    }
  }
}

TEST_CASE("where the disk fills up the message names the file, and what was written before stays whole") {
  const Workshop workshop;
  // One set of weights has about 10 kB, a backup some 60: best.safetensors and one backup find room, a second backup beside it
  // does not.
  const SmallDisk disk(workshop / "disk", "size=128k");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  const Finished finished = workshop.run(stateful_manifest(), "disk/run");
  INFO(finished.output << finished.error);
  CHECK(contains(finished.output + finished.error, "No space left on device"));
  CHECK(contains(finished.output + finished.error, (workshop / "disk/run").string()));
  CHECK(finished.exit_code >= 0);
  for (const auto& [name, bytes] : all_files(workshop / "disk/run")) {
    INFO(name);
    CHECK_FALSE(contains(name, ".tmp"));
    if (contains(name, ".safetensors") && fs::exists(workshop / "disk/run/manifest.toml"))
      CHECK(workshop.treino({"evaluate", workshop / "disk/run", "--weights", workshop / ("disk/run/" + name)}).exit_code ==
            kDone);
  }
}

TEST_CASE("a run whose description finds no room on the disk does not begin, and leaves nothing") {
  const Workshop workshop;
  // One page: manifest.toml and plugins.json take one each.
  const SmallDisk disk(workshop / "disk", "size=4k");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  const Finished finished = workshop.run(small_manifest(""), "disk/run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, (workshop / "disk/run").string()));
  CHECK(contains(finished.error, "cannot be written: No space left on device"));
  CHECK_FALSE(contains(finished.output, "training"));
  CHECK_FALSE(fs::exists(workshop / "disk/run"));
}

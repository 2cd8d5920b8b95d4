// A disk that fills up while a run writes on it.
#include <sys/mount.h>

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
  bool ready = false;

 private:
  fs::path folder_;
};

}  // namespace

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

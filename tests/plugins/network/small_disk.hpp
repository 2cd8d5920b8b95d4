// A file system of a few kilobytes that can be filled up and emptied again.
#pragma once
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace treino::test {

class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& folder, const std::string& size = "64k") : folder_(folder) {
    std::filesystem::create_directory(folder);
    ready = mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (ready) umount2(folder_.c_str(), MNT_DETACH);
  }
  /// Until not a page is left. What lies on the disk may still grow within its last page of 4 KiB.
  void fill() const {
    const int file = open((folder_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    const std::string page(4096, 'x');
    while (write(file, page.data(), page.size()) == 4096) {
    }
    close(file);
  }
  void empty() const { std::filesystem::remove(folder_ / "filler"); }
  bool ready = false;  // false where this user may not mount one

 private:
  std::filesystem::path folder_;
};

}  // namespace treino::test

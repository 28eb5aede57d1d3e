#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace rs::daemon {

// An empty directory of the test's own, removed with it.
struct ScratchDirectory {
  ScratchDirectory() {
    path = testing::TempDir() + "rs-daemon-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

} // namespace rs::daemon

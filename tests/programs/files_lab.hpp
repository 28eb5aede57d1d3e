#pragma once

#include "lab.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <random>

namespace rs::test {

// A lab whose agent and technician share a directory in memory, `room`: so each sees what the other one made.
class FilesLab : public Lab {
 protected:
  FilesLab() {
    char name[] = "/dev/shm/rs-files-XXXXXX";
    if (!::mkdtemp(name)) std::abort();
    room = name;
  }
  ~FilesLab() override {
    std::error_code ignored;
    std::filesystem::remove_all(room, ignored);
  }

  std::string in_room(const std::string& name) const { return room + "/" + name; }
  std::string remote(const std::string& name) const { return "box:" + in_room(name); }
  // Parents are made.
  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(in_room(name)).parent_path());
    std::ofstream(in_room(name), std::ios::binary) << text;
  }
  // Bytes that no compression shrinks.
  void put_random(const std::string& name, std::size_t mebibytes, unsigned seed = 1) const {
    std::string block(1 << 20, '\0');
    std::minstd_rand random(seed);
    std::ofstream file(in_room(name), std::ios::binary);
    for (std::size_t i = 0; i < mebibytes; ++i) {
      for (char& byte : block) byte = static_cast<char>(random() >> 8);
      file << block;
    }
  }
  std::string got(const std::string& name) const { return contents(in_room(name)); }
  bool exists(const std::string& name) const { return std::filesystem::exists(std::filesystem::symlink_status(in_room(name))); }
  bool are_equal(const std::string& a, const std::string& b) const {
    return std::system(("cmp -s '" + in_room(a) + "' '" + in_room(b) + "'").c_str()) == 0;
  }
  struct stat status(const std::string& name) const {
    struct stat out{};
    EXPECT_EQ(::lstat(in_room(name).c_str(), &out), 0) << name;
    return out;
  }
  // A line an entry, sorted: what `cp -a` keeps.
  std::string tree(const std::string& name) const {
    std::vector<std::string> lines;
    const std::filesystem::path top = in_room(name);
    const auto add = [&](const std::filesystem::path& entry) {
      struct stat s{};
      ::lstat(entry.c_str(), &s);
      auto line = entry.lexically_relative(top).string() + " " + std::to_string(s.st_mode) + " " +
                  std::to_string(s.st_mtim.tv_sec) + "." + std::to_string(s.st_mtim.tv_nsec) + " " + std::to_string(s.st_nlink);
      if (S_ISLNK(s.st_mode)) line += " -> " + std::filesystem::read_symlink(entry).string();
      if (S_ISREG(s.st_mode)) line += " " + std::to_string(std::hash<std::string>()(contents(entry)));
      lines.push_back(line + "\n");
    };
    add(top);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) add(entry.path());
    std::ranges::sort(lines);
    std::string all;
    for (const auto& line : lines) all += line;
    return all;
  }

  // The unfinished files in the room, and both ends' journals.
  std::vector<std::string> partials() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(room)) {
      if (entry.path().filename().string().starts_with(".rs-part-")) found.push_back(entry.path());
    }
    return found;
  }
  std::vector<std::string> journals() const {
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir, ignored)) {
      const auto parent = entry.path().parent_path().filename();
      if (parent == "transfers" && entry.path().extension() == ".json") found.push_back(entry.path());
    }
    return found;
  }
  void expect_no_litter() const {
    EXPECT_EQ(partials(), std::vector<std::string>());
    EXPECT_EQ(journals(), std::vector<std::string>());
  }
  // Waits until an unfinished file has so many bytes.
  bool grows_to(std::uint64_t bytes) const {
    return eventually([&] {
      return std::ranges::any_of(partials(), [&](const std::string& path) {
        std::error_code gone;
        const auto size = std::filesystem::file_size(path, gone);
        return !gone && size >= bytes;
      });
    });
  }

  Finished good(const std::vector<std::string>& arguments, const std::string& in = {}) {
    auto done = rsctl(arguments, in);
    EXPECT_EQ(done.exit_code, 0) << joined(arguments) << ": " << done.err;
    return done;
  }
  // Exit code and JSON code as they belong together, one line of it, nothing on stdout.
  Finished refused(std::vector<std::string> arguments, int exit_code, const std::string& code, const std::string& in = {}) {
    const auto shown = joined(arguments);
    arguments.insert(arguments.begin(), {"-o", "json"});
    auto done = run("rsctl", arguments, in, {}, Seconds(30));
    EXPECT_EQ(done.exit_code, exit_code) << shown << ": " << done.err;
    EXPECT_EQ(field(done.err, "code"), code) << shown << ": " << done.err;
    EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << shown << ": " << done.err;
    return done;
  }
  static std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) line += word + " ";
    return line;
  }
  static std::uint64_t number(const std::string& json, const std::string& name) {
    const auto text = field(json, name);
    return text.empty() ? 0 : std::stoull(text);
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
    return times;
  }
  // agentd.yaml, taken on by the running agent.
  void set_policy(const std::string& yaml) {
    const auto before = count(contents(path("box.log")), "policy-loaded");
    write("box.yaml", yaml);
    agent("box").signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return count(contents(path("box.log")), "policy-loaded") > before; }));
  }

  std::string room;
};

} // namespace rs::test

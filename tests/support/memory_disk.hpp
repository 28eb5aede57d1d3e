#pragma once

#include "files/disk.hpp"

#include <functional>
#include <map>

namespace rs::test {

// A file system in memory behind files::Directory and files::File, for one unprivileged user. Deterministic: inodes count
// up, time is what the test says, a listing is sorted. It outlives its handles. What a test does through the functions of
// this class itself is neither counted, nor refused, nor made to fail.
class MemoryDisk {
 public:
  static constexpr std::uint64_t kBlock = 4096; // what holes and space are counted in
  static constexpr std::uint32_t kUser = 1000;  // whose files these are, and its group

  std::uint64_t capacity = std::uint64_t{1} << 40; // bytes of blocks
  bool read_only = false;
  bool ignores_case = false; // of ASCII letters; the first spelling stays. To be set before there is a name
  files::FileTime now{1'000'000'000, 0};
  // Comes before each call takes effect: a test can change the disk here, or see what is asked of it.
  std::function<void(std::string_view call, const std::string& path)> before_call;

  std::uint64_t calls() const { return calls_; }
  // The nth call from now (1: the next) fails with `code` and does nothing; those after it work again.
  void fail_call(std::uint64_t nth, Errc code) { fault_ = {calls_ + nth, code}; }
  // The process is killed in front of the nth call from now: it and all later ones fail, what was written stays.
  void crash_at_call(std::uint64_t nth) { crash_at_ = calls_ + nth; }
  // A new process: handles of the old one stay dead.
  void restart() {
    ++process_;
    crash_at_ = UINT64_MAX;
    fault_ = {};
  }

  std::unique_ptr<files::Directory> root() { return directory(""); }
  std::unique_ptr<files::Directory> directory(const std::string& path); // that is there

  // Parents are made. An existing file keeps its inode and gets the content.
  void add_file(const std::string& path, std::string_view content, std::uint32_t mode = 0644);
  void add_hole(const std::string& path, std::uint64_t size) { put(path, files::FileType::regular, 0644)->stat.size = size; }
  void add_directory(const std::string& path, std::uint32_t mode = 0755) { put(path, files::FileType::directory, mode); }
  void add_symlink(const std::string& path, std::string target);
  void add_special(const std::string& path, files::FileType type) { put(path, type, 0644); }
  void add_hard_link(const std::string& existing, const std::string& path);
  void add_attribute(const std::string& path, files::Attribute attribute) {
    at(path)->attributes.push_back(std::move(attribute));
  }
  void remove(const std::string& path);

  bool exists(const std::string& path) { return find(path) != nullptr; }
  files::FileStat stat(const std::string& path) { return measured(*at(path)); }
  std::string content(const std::string& path);
  std::string link_target(const std::string& path) { return at(path)->target; }
  std::vector<files::Attribute> attributes(const std::string& path) { return at(path)->attributes; }
  std::vector<std::string> names() const; // of everything, as "a/b", sorted
  std::uint64_t used() const { return *used_; }

 private:
  friend struct MemoryHandle;
  friend class MemoryFile;
  friend class MemoryDirectory;

  struct Node;
  struct Entry {
    std::string name;
    std::shared_ptr<Node> node;
  };
  struct Node {
    explicit Node(std::shared_ptr<std::uint64_t> counter) : used(std::move(counter)) {}
    Node(const Node&) = delete;
    ~Node() { *used -= blocks.size() * kBlock; }

    files::FileStat stat;
    std::vector<files::Attribute> attributes;
    std::map<std::uint64_t, Bytes> blocks; // by number; of a file
    std::map<std::string, Entry> entries;  // by folded name; of a directory
    std::string target;                    // of a link
    std::shared_ptr<std::uint64_t> used;
  };
  using NodePointer = std::shared_ptr<Node>;
  struct Fault {
    std::uint64_t call = 0;
    Errc code = Errc::io;
  };

  // What every call of a handle of process `process` begins with.
  Result<void> enter(std::string_view call, const std::string& path, std::uint64_t process) {
    ++calls_;
    if (before_call) before_call(call, path);
    if (calls_ >= crash_at_ || process != process_) return fail(Errc::io, path + ": the process was killed");
    if (calls_ == fault_.call) return fail(fault_.code, path + ": fails as the test says");
    return {};
  }
  Result<void> enter_to_change(std::string_view call, const std::string& path, std::uint64_t process) {
    RS_CHECK(enter(call, path, process));
    if (read_only) return fail(Errc::permission, path + ": read-only file system");
    return {};
  }

  std::string folded(std::string name) const {
    if (!ignores_case) return name;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
  }
  static std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }
  NodePointer make(files::FileType type, std::uint32_t mode);
  void link(Node& directory, const std::string& name, const NodePointer& node);
  void unlink(Node& directory, const std::string& name);
  void touch(Node& node) { node.stat.modified = node.stat.changed = now; }
  static files::FileStat measured(const Node& node);

  static std::size_t read(const Node& node, std::uint64_t offset, MutableBytes room);
  bool write(Node& node, std::uint64_t offset, ByteView bytes); // false: full; what fitted is written
  void resize(Node& node, std::uint64_t size);
  static files::Extent next_data(const Node& node, std::uint64_t offset);

  NodePointer find(const std::string& path);
  NodePointer at(const std::string& path);
  NodePointer put(const std::string& path, files::FileType type, std::uint32_t mode);
  std::pair<NodePointer, std::string> parent_of(const std::string& path, bool make_missing);

  std::uint64_t calls_ = 0;
  std::uint64_t crash_at_ = UINT64_MAX;
  Fault fault_;
  std::uint64_t process_ = 0;
  std::uint64_t next_inode_ = 1;
  std::shared_ptr<std::uint64_t> used_ = std::make_shared<std::uint64_t>(0);
  NodePointer root_ = make(files::FileType::directory, 0755);
};

} // namespace rs::test

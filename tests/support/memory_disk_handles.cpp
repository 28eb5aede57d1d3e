#include "support/memory_disk.hpp"

#include "base/assert.hpp"
#include "files/format.hpp"

#include <algorithm>

namespace rs::test {

using namespace files;

namespace {

constexpr std::uint32_t kMayRead = 0400;
constexpr std::uint32_t kMayWrite = 0200;

} // namespace

// What a handle of either kind knows.
struct MemoryHandle {
  MemoryDisk& disk;
  MemoryDisk::NodePointer node;
  std::string path;
  std::uint64_t process;

  Result<void> enter(std::string_view call) const { return disk.enter(call, path, process); }
  Result<void> change(std::string_view call) const { return disk.enter_to_change(call, path, process); }
  Error failed(Errc code, std::string_view why) const { return fail(code, path + ": " + std::string(why)); }
  Result<void> set(const Metadata& metadata) const {
    RS_CHECK(change("set"));
    const bool given_away = metadata.owner && *metadata.owner != std::pair(MemoryDisk::kUser, MemoryDisk::kUser);
    if (node->stat.type != FileType::symlink) node->stat.mode = metadata.mode & (given_away ? 01777 : 07777);
    for (const auto& attribute : metadata.attributes) replace(attribute);
    node->stat.modified = metadata.modified;
    node->stat.changed = disk.now;
    if (given_away) return failed(Errc::permission, "the owner may not be changed");
    return {};
  }

 private:
  void replace(const Attribute& attribute) const {
    std::erase_if(node->attributes, [&](const Attribute& a) { return a.name == attribute.name; });
    node->attributes.push_back(attribute);
  }
};

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryHandle handle, bool writable) : handle_(std::move(handle)), writable_(writable) {}

  Result<FileStat> stat() override {
    RS_CHECK(handle_.enter("stat"));
    return MemoryDisk::measured(*handle_.node);
  }
  Result<std::size_t> read(std::uint64_t offset, MutableBytes room) override {
    RS_CHECK(handle_.enter("read"));
    return MemoryDisk::read(*handle_.node, offset, room);
  }
  Result<void> write(std::uint64_t offset, ByteView bytes) override {
    RS_CHECK(change("write"));
    if (!handle_.disk.write(*handle_.node, offset, bytes)) return handle_.failed(Errc::no_space, "no space left");
    return {};
  }
  Result<Extent> next_data(std::uint64_t offset) override {
    RS_CHECK(handle_.enter("next_data"));
    return MemoryDisk::next_data(*handle_.node, offset);
  }
  Result<void> resize(std::uint64_t size) override {
    RS_CHECK(change("resize"));
    handle_.disk.resize(*handle_.node, size);
    return {};
  }
  Result<void> sync() override { return handle_.enter("sync"); }
  Result<void> set(const Metadata& metadata) override { return handle_.set(metadata); }
  Result<std::vector<Attribute>> attributes() override {
    RS_CHECK(handle_.enter("attributes"));
    return handle_.node->attributes;
  }

 private:
  Result<void> change(std::string_view call) const {
    RS_CHECK(handle_.change(call));
    if (!writable_) return handle_.failed(Errc::io, "opened to read only");
    return {};
  }

  MemoryHandle handle_;
  bool writable_;
};

// The names as they were when the listing began.
class MemoryListing final : public Listing {
 public:
  MemoryListing(MemoryHandle handle, std::vector<ListedName> names) : handle_(std::move(handle)), names_(std::move(names)) {}
  Result<std::optional<ListedName>> next() override {
    RS_CHECK(handle_.enter("next"));
    if (at_ == names_.size()) return std::optional<ListedName>();
    return std::optional(names_[at_++]);
  }

 private:
  MemoryHandle handle_;
  std::vector<ListedName> names_;
  std::size_t at_ = 0;
};

class MemoryDirectory final : public Directory {
 public:
  explicit MemoryDirectory(MemoryHandle handle) : handle_(std::move(handle)) {}

  Result<FileStat> stat() override {
    RS_CHECK(handle_.enter("stat"));
    return MemoryDisk::measured(*handle_.node);
  }
  Result<FileStat> stat(const std::string& name) override {
    RS_TRY(const auto found, find("stat", name));
    return MemoryDisk::measured(*found);
  }
  Result<std::unique_ptr<Directory>> open_directory(const std::string& name) override;
  Result<std::unique_ptr<File>> open_file(const std::string& name) override;
  Result<std::unique_ptr<Listing>> list() override;
  Result<std::string> read_link(const std::string& name) override;
  Result<std::vector<Attribute>> attributes() override {
    RS_CHECK(handle_.enter("attributes"));
    return handle_.node->attributes;
  }

  Result<std::unique_ptr<File>> create_file(const std::string& name) override;
  Result<std::unique_ptr<File>> reopen_file(const std::string& name) override;
  Result<void> make_directory(const std::string& name) override {
    return make("make_directory", name, disk().make(FileType::directory, 0700));
  }
  Result<void> make_symlink(const std::string& target, const std::string& name) override;
  Result<void> make_hard_link(Directory& from, const std::string& from_name, const std::string& name) override;
  Result<void> rename(const std::string& from, const std::string& to, Replace replace) override;
  Result<void> remove(const std::string& name) override;
  Result<void> remove_directory(const std::string& name) override;
  Result<void> set(const Metadata& metadata) override { return handle_.set(metadata); }
  Result<void> set_symlink(const std::string& name, const Metadata& metadata) override;

  Result<std::uint64_t> free_bytes() override {
    RS_CHECK(handle_.enter("free_bytes"));
    return disk().capacity - std::min(disk().capacity, disk().used());
  }
  Result<void> sync_filesystem() override { return handle_.enter("sync_filesystem"); }

 private:
  using NodePointer = MemoryDisk::NodePointer;

  MemoryDisk& disk() const { return handle_.disk; }
  MemoryHandle below(const std::string& name, NodePointer node) const {
    return {disk(), std::move(node), MemoryDisk::joined(handle_.path, name), handle_.process};
  }
  Error failed(const std::string& name, Errc code, std::string_view why) const { return below(name, nullptr).failed(code, why); }
  NodePointer lookup(const std::string& name) const {
    const auto found = handle_.node->entries.find(disk().folded(name));
    return found == handle_.node->entries.end() ? nullptr : found->second.node;
  }
  Result<NodePointer> existing(const std::string& name) const {
    if (auto found = lookup(name)) return found;
    return failed(name, Errc::not_found, "no such file or directory");
  }
  Result<NodePointer> find(std::string_view call, const std::string& name) const {
    RS_CHECK(check_name(name));
    RS_CHECK(below(name, nullptr).enter(call));
    return existing(name);
  }
  Result<void> change(std::string_view call, const std::string& name) const;
  Result<void> make(std::string_view call, const std::string& name, NodePointer node);
  Result<void> check_replaced(const MemoryDisk::Node& moved, const std::string& to, Replace replace) const;

  MemoryHandle handle_;
};

Result<void> MemoryDirectory::change(std::string_view call, const std::string& name) const {
  RS_CHECK(check_name(name));
  RS_CHECK(below(name, nullptr).change(call));
  if ((handle_.node->stat.mode & kMayWrite) == 0) return failed(name, Errc::permission, "the directory may not be written");
  if (handle_.node->stat.links == 0) return failed(name, Errc::not_found, "the directory was removed");
  return {};
}

Result<void> MemoryDirectory::make(std::string_view call, const std::string& name, NodePointer node) {
  RS_CHECK(change(call, name));
  if (lookup(name)) return failed(name, Errc::conflict, "file exists");
  disk().link(*handle_.node, name, node);
  return {};
}

Result<std::unique_ptr<Directory>> MemoryDirectory::open_directory(const std::string& name) {
  RS_TRY(auto found, find("open_directory", name));
  if (found->stat.type != FileType::directory) return failed(name, Errc::conflict, "not a directory");
  return std::make_unique<MemoryDirectory>(below(name, std::move(found)));
}

Result<std::unique_ptr<File>> MemoryDirectory::open_file(const std::string& name) {
  RS_TRY(auto found, find("open_file", name));
  if (found->stat.type != FileType::regular)
    return failed(name, Errc::unsupported, "is a " + std::string(describe::enum_name(found->stat.type)));
  if ((found->stat.mode & kMayRead) == 0) return failed(name, Errc::permission, "permission denied");
  return std::make_unique<MemoryFile>(below(name, std::move(found)), false);
}

Result<std::unique_ptr<Listing>> MemoryDirectory::list() {
  RS_CHECK(handle_.enter("list"));
  if ((handle_.node->stat.mode & kMayRead) == 0) return handle_.failed(Errc::permission, "permission denied");
  std::vector<ListedName> names;
  for (const auto& [key, entry] : handle_.node->entries) names.push_back({entry.name, entry.node->stat.type});
  return std::make_unique<MemoryListing>(handle_, std::move(names));
}

Result<std::string> MemoryDirectory::read_link(const std::string& name) {
  RS_TRY(const auto found, find("read_link", name));
  if (found->stat.type != FileType::symlink) return failed(name, Errc::invalid, "not a symbolic link");
  return found->target;
}

Result<std::unique_ptr<File>> MemoryDirectory::create_file(const std::string& name) {
  auto node = disk().make(FileType::regular, 0600);
  RS_CHECK(make("create_file", name, node));
  return std::make_unique<MemoryFile>(below(name, std::move(node)), true);
}

Result<std::unique_ptr<File>> MemoryDirectory::reopen_file(const std::string& name) {
  RS_TRY(auto found, find("reopen_file", name));
  if (disk().read_only) return failed(name, Errc::permission, "read-only file system");
  if (found->stat.type != FileType::regular || found->stat.links != 1 || found->stat.uid != MemoryDisk::kUser)
    return failed(name, Errc::conflict, "not a regular file of our own with one link");
  return std::make_unique<MemoryFile>(below(name, std::move(found)), true);
}

Result<void> MemoryDirectory::make_symlink(const std::string& target, const std::string& name) {
  auto node = disk().make(FileType::symlink, 0777);
  node->target = target;
  node->stat.size = target.size();
  return make("make_symlink", name, std::move(node));
}

Result<void> MemoryDirectory::make_hard_link(Directory& from, const std::string& from_name, const std::string& name) {
  RS_CHECK(check_name(from_name));
  RS_TRY(auto node, dynamic_cast<MemoryDirectory&>(from).existing(from_name));
  if (node->stat.type == FileType::directory) return failed(name, Errc::permission, "a directory has no second name");
  return make("make_hard_link", name, std::move(node));
}

Result<void> MemoryDirectory::check_replaced(const MemoryDisk::Node& moved, const std::string& to, Replace replace) const {
  const auto there = lookup(to);
  if (!there || there.get() == &moved) return {};
  if (replace == Replace::no) return failed(to, Errc::conflict, "file exists");
  const bool directory = there->stat.type == FileType::directory;
  if (directory != (moved.stat.type == FileType::directory))
    return failed(to, Errc::conflict, directory ? "is a directory" : "not a directory");
  if (!there->entries.empty()) return failed(to, Errc::conflict, "directory not empty");
  return {};
}

Result<void> MemoryDirectory::rename(const std::string& from, const std::string& to, Replace replace) {
  RS_CHECK(check_name(to));
  RS_CHECK(change("rename", from));
  RS_TRY(const auto node, existing(from));
  RS_CHECK(check_replaced(*node, to, replace));
  const auto there = lookup(to);
  std::string spelling = to;
  if (there && there != node) spelling = handle_.node->entries.at(disk().folded(to)).name;
  disk().unlink(*handle_.node, from);
  if (lookup(to)) disk().unlink(*handle_.node, to);
  disk().link(*handle_.node, spelling, node);
  return {};
}

Result<void> MemoryDirectory::remove(const std::string& name) {
  RS_CHECK(change("remove", name));
  RS_TRY(const auto node, existing(name));
  if (node->stat.type == FileType::directory) return failed(name, Errc::conflict, "is a directory");
  disk().unlink(*handle_.node, name);
  return {};
}

Result<void> MemoryDirectory::remove_directory(const std::string& name) {
  RS_CHECK(change("remove_directory", name));
  RS_TRY(const auto node, existing(name));
  if (node->stat.type != FileType::directory) return failed(name, Errc::conflict, "not a directory");
  if (!node->entries.empty()) return failed(name, Errc::conflict, "directory not empty");
  disk().unlink(*handle_.node, name);
  return {};
}

Result<void> MemoryDirectory::set_symlink(const std::string& name, const Metadata& metadata) {
  RS_CHECK(check_name(name));
  RS_TRY(auto node, existing(name));
  if (node->stat.type != FileType::symlink) return failed(name, Errc::invalid, "not a symbolic link");
  return below(name, std::move(node)).set(metadata);
}

std::unique_ptr<Directory> MemoryDisk::directory(const std::string& path) {
  auto node = at(path);
  RS_ASSERT(node->stat.type == FileType::directory);
  return std::make_unique<MemoryDirectory>(MemoryHandle{*this, std::move(node), path, process_});
}

} // namespace rs::test

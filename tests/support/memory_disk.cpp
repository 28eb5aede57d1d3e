#include "support/memory_disk.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace rs::test {

using namespace files;

void MemoryDisk::add_file(const std::string& path, std::string_view content, std::uint32_t mode) {
  auto node = put(path, FileType::regular, mode);
  resize(*node, 0);
  RS_ASSERT(write(*node, 0, as_bytes(content)));
}

void MemoryDisk::add_symlink(const std::string& path, std::string target) {
  auto node = put(path, FileType::symlink, 0777);
  node->stat.size = target.size();
  node->target = std::move(target);
}

void MemoryDisk::add_hard_link(const std::string& existing, const std::string& path) {
  auto node = at(existing);
  auto [directory, name] = parent_of(path, true);
  link(*directory, name, node);
}

void MemoryDisk::remove(const std::string& path) {
  auto [directory, name] = parent_of(path, false);
  RS_ASSERT(directory && directory->entries.contains(folded(name)));
  unlink(*directory, name);
}

std::string MemoryDisk::content(const std::string& path) {
  const auto node = at(path);
  Bytes out(node->stat.size);
  read(*node, 0, out);
  return to_text(out);
}

std::vector<std::string> MemoryDisk::names() const {
  std::vector<std::string> out;
  std::vector<std::pair<std::string, const Node*>> open = {{"", root_.get()}};
  while (!open.empty()) {
    const auto [path, node] = open.back();
    open.pop_back();
    for (const auto& [key, entry] : node->entries) {
      out.push_back(joined(path, entry.name));
      open.emplace_back(out.back(), entry.node.get());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

MemoryDisk::NodePointer MemoryDisk::make(FileType type, std::uint32_t mode) {
  auto node = std::make_shared<Node>(used_);
  node->stat.type = type;
  node->stat.mode = mode;
  node->stat.uid = node->stat.gid = kUser;
  node->stat.device = 1;
  node->stat.inode = next_inode_++;
  node->stat.links = type == FileType::directory ? 1 : 0;
  touch(*node);
  return node;
}

void MemoryDisk::link(Node& directory, const std::string& name, const NodePointer& node) {
  RS_ASSERT(directory.stat.type == FileType::directory);
  RS_ASSERT(directory.entries.emplace(folded(name), Entry{name, node}).second);
  if (node->stat.type == FileType::directory) node->stat.links = 1;
  if (node->stat.type != FileType::directory) ++node->stat.links;
  touch(directory);
}

void MemoryDisk::unlink(Node& directory, const std::string& name) {
  const auto found = directory.entries.find(folded(name));
  --found->second.node->stat.links;
  directory.entries.erase(found);
  touch(directory);
}

FileStat MemoryDisk::measured(const Node& node) {
  auto stat = node.stat;
  stat.allocated = node.blocks.size() * kBlock;
  return stat;
}

std::size_t MemoryDisk::read(const Node& node, std::uint64_t offset, MutableBytes room) {
  if (offset >= node.stat.size) return 0;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), node.stat.size - offset));
  for (std::size_t done = 0; done < size;) {
    const auto within = static_cast<std::size_t>((offset + done) % kBlock);
    const auto part = std::min<std::size_t>(kBlock - within, size - done);
    const auto block = node.blocks.find((offset + done) / kBlock);
    if (block == node.blocks.end()) std::fill_n(room.begin() + static_cast<std::ptrdiff_t>(done), part, std::uint8_t{0});
    else std::copy_n(block->second.data() + within, part, room.data() + done);
    done += part;
  }
  return size;
}

bool MemoryDisk::write(Node& node, std::uint64_t offset, ByteView bytes) {
  touch(node);
  while (!bytes.empty()) {
    const auto within = static_cast<std::size_t>(offset % kBlock);
    const auto part = std::min<std::size_t>(kBlock - within, bytes.size());
    auto block = node.blocks.find(offset / kBlock);
    if (block == node.blocks.end()) {
      if (*used_ + kBlock > capacity) return false;
      *used_ += kBlock;
      block = node.blocks.emplace(offset / kBlock, Bytes(kBlock)).first;
    }
    std::copy_n(bytes.data(), part, block->second.data() + within);
    offset += part;
    bytes = bytes.subspan(part);
    node.stat.size = std::max(node.stat.size, offset);
  }
  return true;
}

void MemoryDisk::resize(Node& node, std::uint64_t size) {
  const auto first_gone = node.blocks.lower_bound((size + kBlock - 1) / kBlock);
  *used_ -= static_cast<std::uint64_t>(std::distance(first_gone, node.blocks.end())) * kBlock;
  node.blocks.erase(first_gone, node.blocks.end());
  if (const auto last = node.blocks.find(size / kBlock); last != node.blocks.end())
    std::fill(last->second.begin() + static_cast<std::ptrdiff_t>(size % kBlock), last->second.end(), std::uint8_t{0});
  node.stat.size = size;
  touch(node);
}

Extent MemoryDisk::next_data(const Node& node, std::uint64_t offset) {
  auto block = node.blocks.lower_bound(offset / kBlock);
  if (offset >= node.stat.size || block == node.blocks.end()) return {offset, offset};
  const auto begin = std::max(offset, block->first * kBlock);
  auto end = block->first;
  for (; block != node.blocks.end() && block->first == end; ++block) ++end;
  return {begin, std::min(end * kBlock, node.stat.size)};
}

MemoryDisk::NodePointer MemoryDisk::find(const std::string& path) {
  if (path.empty()) return root_;
  const auto [directory, name] = parent_of(path, false);
  if (!directory) return nullptr;
  const auto found = directory->entries.find(folded(name));
  return found == directory->entries.end() ? nullptr : found->second.node;
}

MemoryDisk::NodePointer MemoryDisk::at(const std::string& path) {
  auto node = find(path);
  RS_ASSERT(node);
  return node;
}

MemoryDisk::NodePointer MemoryDisk::put(const std::string& path, FileType type, std::uint32_t mode) {
  auto [directory, name] = parent_of(path, true);
  auto node = find(path);
  if (!node) {
    node = make(type, mode);
    link(*directory, name, node);
  }
  RS_ASSERT(node->stat.type == type);
  node->stat.mode = mode;
  return node;
}

std::pair<MemoryDisk::NodePointer, std::string> MemoryDisk::parent_of(const std::string& path, bool make_missing) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {root_, path};
  const auto above = path.substr(0, slash);
  auto node = find(above);
  if (!node && make_missing) node = put(above, FileType::directory, 0755);
  return {node, path.substr(slash + 1)};
}

} // namespace rs::test

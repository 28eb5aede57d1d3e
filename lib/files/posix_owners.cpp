#include "files/posix_owners.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

namespace rs::files {
namespace {

constexpr std::size_t kFirstRoom = 1024;   // bytes for one row
constexpr std::size_t kMaxRoom = 4U << 20; // a group with very many members
constexpr std::size_t kMaxNameAsked = 256; // bytes

// What `read` finds in the row that `lookup` gives; a row that cannot be had is no row.
template <class Row, class Lookup, class Read>
auto find_row(Lookup lookup, Read read) -> std::optional<decltype(read(Row{}))> {
  for (std::size_t size = kFirstRoom; size <= kMaxRoom; size *= 4) {
    std::string room(size, '\0');
    Row row{};
    Row* found = nullptr;
    const int failed = lookup(&row, room.data(), room.size(), &found);
    if (failed == 0 && found) return read(*found);
    if (failed != ERANGE) return std::nullopt;
  }
  return std::nullopt;
}

template <class Key, class Value, class Find>
std::optional<Value> remembered(std::map<Key, std::optional<Value>>& memory, const Key& key, Find find) {
  if (const auto known = memory.find(key); known != memory.end()) return known->second;
  if (memory.size() >= PosixOwners::kMaxRemembered) memory.clear();
  return memory[key] = find();
}

// A system call would see another name.
bool is_askable(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameAsked && name.find('\0') == std::string::npos;
}

} // namespace

std::optional<std::string> PosixOwners::user_name(std::uint32_t uid) {
  return remembered(user_names_, uid, [&] {
    return find_row<passwd>([&](auto... out) { return ::getpwuid_r(uid, out...); },
                            [](const passwd& row) { return std::string(row.pw_name); });
  });
}

std::optional<std::string> PosixOwners::group_name(std::uint32_t gid) {
  return remembered(group_names_, gid, [&] {
    return find_row<group>([&](auto... out) { return ::getgrgid_r(gid, out...); },
                           [](const group& row) { return std::string(row.gr_name); });
  });
}

std::optional<std::uint32_t> PosixOwners::user_id(const std::string& name) {
  if (!is_askable(name)) return std::nullopt;
  return remembered(user_ids_, name, [&] {
    return find_row<passwd>([&](auto... out) { return ::getpwnam_r(name.c_str(), out...); },
                            [](const passwd& row) { return std::uint32_t{row.pw_uid}; });
  });
}

std::optional<std::uint32_t> PosixOwners::group_id(const std::string& name) {
  if (!is_askable(name)) return std::nullopt;
  return remembered(group_ids_, name, [&] {
    return find_row<group>([&](auto... out) { return ::getgrnam_r(name.c_str(), out...); },
                           [](const group& row) { return std::uint32_t{row.gr_gid}; });
  });
}

} // namespace rs::files

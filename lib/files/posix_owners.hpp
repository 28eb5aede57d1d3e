#pragma once

#include "files/disk.hpp"

#include <map>

namespace rs::files {

// The machine's users and groups, wherever it keeps them (files, directory services). What was asked once is remembered,
// as a lookup can take milliseconds; the memory is bounded, however many names a peer sends.
class PosixOwners final : public Owners {
 public:
  static constexpr std::size_t kMaxRemembered = 4096; // of each kind

  std::optional<std::string> user_name(std::uint32_t uid) override;
  std::optional<std::string> group_name(std::uint32_t gid) override;
  std::optional<std::uint32_t> user_id(const std::string& name) override;
  std::optional<std::uint32_t> group_id(const std::string& name) override;

 private:
  std::map<std::uint32_t, std::optional<std::string>> user_names_;
  std::map<std::uint32_t, std::optional<std::string>> group_names_;
  std::map<std::string, std::optional<std::uint32_t>> user_ids_;
  std::map<std::string, std::optional<std::uint32_t>> group_ids_;
};

} // namespace rs::files

#pragma once

#include "files/journal.hpp"

#include <memory>
#include <string>

namespace rs::daemon {

inline constexpr std::chrono::hours kKeepTransfers{24};

// A private directory with a file for each unfinished transfer of this program as receiver.
class TransferJournals {
 public:
  explicit TransferJournals(std::string directory) : directory_(std::move(directory)) {}

  // Of the transfer with this key, locked. Null where another attempt holds it, or where it cannot be made: the transfer
  // then goes without.
  std::unique_ptr<files::Journal> open(const std::string& key) const;
  // Removes what cut transfers that began kKeepTransfers ago have left, here and where they wrote.
  void sweep(WallTime now) const;

 private:
  std::string directory_;
};

} // namespace rs::daemon

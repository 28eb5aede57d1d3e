#pragma once

#include "base/clock.hpp"
#include "files/journal.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace rs::daemon {

inline constexpr std::chrono::hours kKeepTransfers{24};
// An attempt that was cut may have much to write before it lets go of its journal; who comes back waits for it so long.
inline constexpr Millis kWaitForEarlier{10'000};

// A private directory with a file for each unfinished transfer of this program as receiver.
class TransferJournals {
 public:
  explicit TransferJournals(std::string directory) : directory_(std::move(directory)) {}

  // Of the transfer with this key, locked. `conflict` where another attempt holds it for longer than `patience`, `interrupted`
  // once `stop` is set while it waits. Null where it cannot be made: the transfer then goes without. Blocks.
  Result<std::unique_ptr<files::Journal>> open(const std::string& key, const std::atomic<bool>& stop,
                                               Millis patience = kWaitForEarlier) const;
  // What is on record, whoever holds it: where an attempt that may still run has begun.
  files::JournalRecord peek(const std::string& key) const;
  // Removes what cut transfers that began kKeepTransfers ago have left, here and where they wrote; also what is unreadable or
  // half written, by its age.
  void sweep(WallTime now) const;

 private:
  std::string base_of(const std::string& key) const;

  std::string directory_;
};

} // namespace rs::daemon

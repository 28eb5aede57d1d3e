#pragma once

#include "files/messages.hpp"

namespace rs::files {

// A receiver's memory of one transfer, across attempts. Whoever holds one holds its lock: two attempts at once never share.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual JournalRecord load() = 0; // of the earlier attempt; an unreadable one is as none
  virtual Result<void> save(const JournalRecord& record) = 0;
  virtual void forget() = 0; // the transfer is over, or nothing of it is worth keeping
};

} // namespace rs::files

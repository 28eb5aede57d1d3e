#pragma once

#include <atomic>
#include <cstdint>

namespace rs::files {

// Where a receiver puts what comes: under its own name, or the one source under the destination's.
enum class Placement { unknown, inside, renamed };

// How far a transfer is: written by its machine, read by whoever shows it, from any thread.
struct Progress {
  std::atomic<bool> stop{false}; // set by whoever does not want it any more: the machine gives up at its next block
  std::atomic<Placement> placement{Placement::unknown};
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> bytes{0};       // of contents, what was there already included
  std::atomic<std::uint64_t> moved{0};       // of contents, over the connection
  std::atomic<std::uint64_t> total_files{0}; // 0: not known
  std::atomic<std::uint64_t> total_bytes{0};
};

} // namespace rs::files

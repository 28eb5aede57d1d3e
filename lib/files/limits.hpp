#pragma once

#include "wire/limits.hpp"

#include <cstddef>
#include <cstdint>

namespace rs::files {

inline constexpr std::size_t kBlock = 1 << 20;                    // bytes; a cut file goes on at a multiple of this
inline constexpr std::size_t kMaxName = 255;                      // bytes of one component
inline constexpr std::size_t kMaxPath = 4096;                     // bytes
inline constexpr std::size_t kMaxAttributeValue = 64 << 10;       // bytes
inline constexpr std::size_t kMaxAttributes = 1 << 20;            // bytes of all of an entry's
inline constexpr std::size_t kMaxDepth = 256;                     // directories below a source
inline constexpr std::size_t kMaxProbes = 1024;                   // without an answer
inline constexpr std::size_t kMaxHardLinkBytes = 32 << 20;        // of paths that a sender keeps to know links again
inline constexpr std::uint64_t kMaxScan = 100'000;                // entries that are counted before a transfer begins
inline constexpr std::uint64_t kSaveEntries = 256;                // a journal is at most so many small entries behind
inline constexpr std::size_t kMaxFailures = 20;                   // that are named; all are counted
inline constexpr std::size_t kMaxPartials = 16;                   // unfinished files that a journal knows
inline constexpr std::size_t kMaxFrame = wire::kMaxData - 64;     // bytes of one frame of a stream
inline constexpr std::size_t kMaxSources = 1000;                  // of one call
inline constexpr std::uint64_t kMaxSize = std::uint64_t(1) << 62; // bytes of a file
inline constexpr std::size_t kMaxListed = std::size_t(1) << 20;   // entries of one `ls`

} // namespace rs::files

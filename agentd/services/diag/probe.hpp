#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rs::agent::diag {

inline constexpr std::size_t kMaxSystemFile = 4 << 20; // bytes that are read of any one file
inline constexpr Millis kToolTime{8'000};              // of one program that a section runs

// What one section may use of the machine, and until when. On the worker's thread; its calls may block.
class Probe {
 public:
  // `gone`: nobody waits for the answer any more. All outlive this.
  Probe(const Clock& clock, BootTime deadline, std::function<bool()> gone)
      : clock_(clock), deadline_(deadline), gone_(std::move(gone)) {}

  const Clock& clock() const { return clock_; }
  bool is_over() const { return gone_() || clock_.boot() >= deadline_; }
  Millis left() const { return deadline_ - clock_.boot(); }
  void pause(Millis duration) const; // shorter where it is over before

  // What a program prints (at most kMaxSystemFile bytes of it), in the C locale and without stdin. `timeout`, `not-found`,
  // `io` where it fails, or `limit` where
  // too many that were killed do not end.
  Result<std::string> run(std::vector<std::string> argv) const;

 private:
  const Clock& clock_;
  BootTime deadline_;
  std::function<bool()> gone_;
};

// The first kMaxSystemFile bytes; nothing where it cannot be read, or is empty. Never waits for a writer.
std::optional<std::string> read_text(const std::string& path);
// Trimmed; nothing where that is empty.
std::optional<std::string> read_line(const std::string& path);
std::vector<std::string> names_in(const std::string& directory); // sorted; at most kMaxNames
std::optional<std::string> link_target(const std::string& path);
bool exists(const std::string& path);

inline constexpr std::size_t kMaxNames = 200'000;

} // namespace rs::agent::diag

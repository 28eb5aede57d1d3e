#include "agentd/services/diag/memory.hpp"

#include "agentd/services/diag/scan.hpp"

namespace rs::agent::diag {
namespace {

// "16318440 kB", where kB means 1024.
std::optional<std::uint64_t> amount(std::string_view text, std::string_view key) {
  const auto words = words_of(value_of(text, key, ':').value_or(""));
  if (words.empty()) return std::nullopt;
  const auto value = number_of<std::uint64_t>(words.front());
  if (!value || *value > UINT64_MAX / 1024) return std::nullopt;
  return *value * 1024;
}

std::uint64_t difference(std::uint64_t whole, std::uint64_t part) { return whole - std::min(whole, part); }

// "avg10=0.12" of a line of words.
double average(const std::vector<std::string_view>& words, std::string_view name) {
  for (const auto word : words) {
    const auto [key, value] = cut_at(word, '=');
    if (key == name) return real_of(value).value_or(0);
  }
  return 0;
}

} // namespace

session::DiagMemory parse_meminfo(std::string_view text) {
  session::DiagMemory memory;
  memory.total_bytes = amount(text, "MemTotal").value_or(0);
  memory.available_bytes = amount(text, "MemAvailable").value_or(amount(text, "MemFree").value_or(0));
  memory.used_bytes = difference(memory.total_bytes, memory.available_bytes);
  memory.swap_total_bytes = amount(text, "SwapTotal").value_or(0);
  memory.swap_used_bytes = difference(memory.swap_total_bytes, amount(text, "SwapFree").value_or(0));
  return memory;
}

std::optional<session::DiagPressure> parse_pressure(std::string_view text) {
  std::optional<session::DiagPressure> pressure;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.empty() || (words[0] != "some" && words[0] != "full")) continue;
    if (!pressure) pressure.emplace();
    const bool some = words[0] == "some";
    (some ? pressure->some_10s : pressure->full_10s) = average(words, "avg10");
    (some ? pressure->some_60s : pressure->full_60s) = average(words, "avg60");
    (some ? pressure->some_300s : pressure->full_300s) = average(words, "avg300");
  }
  return pressure;
}

Result<session::DiagMemory> read_memory(const Probe&) {
  const auto text = read_text("/proc/meminfo");
  if (!text) return fail(Errc::unsupported, "/proc/meminfo cannot be read");
  auto memory = parse_meminfo(*text);
  memory.pressure = parse_pressure(read_text("/proc/pressure/memory").value_or(""));
  return memory;
}

} // namespace rs::agent::diag

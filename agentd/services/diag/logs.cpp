#include "agentd/services/diag/logs.hpp"

#include "agentd/services/diag/scan.hpp"
#include "daemon/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace rs::agent::diag {
namespace {

constexpr std::size_t kTail = 1 << 20; // bytes of a log file that are looked at
constexpr std::size_t kMaxKernelRecords = 100'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool speaks_of_an_error(std::string_view line) {
  constexpr std::string_view kWords[] = {"error", "fail", "fatal", "panic", "critical", "emerg"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return !std::ranges::search(line, word, {}, lower).empty(); });
}

std::string_view cut_line(std::string_view line) { return line.substr(0, kMaxLogLine); }

std::optional<session::DiagLogs> from_journal(const Probe& probe) {
  if (!exists("/run/systemd/journal/socket") && !exists("/var/log/journal")) return std::nullopt;
  const auto text = probe.run(
      {"journalctl", "--priority=err", "--lines=" + std::to_string(kMaxLogLines), "--output=short-iso", "--no-pager", "--quiet"});
  if (!text) return std::nullopt;
  auto lines = lines_of(*text);
  std::erase_if(lines, [](std::string_view line) { return line.starts_with("-- "); });
  if (lines.empty() && !exists("/run/systemd/journal/socket")) return std::nullopt; // a directory that nobody fills
  return newest_lines("journal", lines);
}

std::optional<std::string> tail_of(const std::string& path) {
  const daemon::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  const auto from = std::max<off_t>(0, size - static_cast<off_t>(kTail));
  std::string text(kTail, '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), from);
  if (got < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  if (from > 0) text.erase(0, text.find('\n')); // the first line is only half there
  return text;
}

std::optional<session::DiagLogs> from_syslog() {
  for (const auto* path : {"/var/log/syslog", "/var/log/messages"}) {
    if (const auto text = tail_of(path)) return newest_lines("syslog", lines_about_errors(*text));
  }
  return std::nullopt;
}

// A read is a record (the kernel's Documentation/ABI/testing/dev-kmsg); EPIPE: some were overwritten meanwhile.
std::optional<session::DiagLogs> from_kernel(const Probe& probe) {
  const daemon::Descriptor file(::open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::vector<std::string> lines;
  std::array<char, 8192> room;
  for (std::size_t i = 0; i < kMaxKernelRecords && !probe.is_over(); ++i) {
    const ssize_t size = ::read(file.get(), room.data(), room.size());
    if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (size <= 0) break;
    if (auto line = parse_kernel_record({room.data(), static_cast<std::size_t>(size)})) lines.push_back(std::move(*line));
  }
  return newest_lines("kernel", {lines.begin(), lines.end()});
}

} // namespace

session::DiagLogs newest_lines(std::string source, const std::vector<std::string_view>& lines) {
  session::DiagLogs logs{std::move(source), {}, 0};
  std::size_t bytes = 0;
  for (auto line = lines.rbegin(); line != lines.rend() && logs.lines.size() < kMaxLogLines; ++line) {
    bytes += cut_line(*line).size();
    if (bytes > kMaxLogBytes) break;
    logs.lines.emplace_back(cut_line(*line));
  }
  std::ranges::reverse(logs.lines);
  logs.left_out = lines.size() - logs.lines.size();
  return logs;
}

std::optional<std::string> parse_kernel_record(std::string_view record) {
  constexpr std::uint32_t kPriorityBits = 7, kError = 3; // syslog(3)
  const auto [head, text] = cut_at(record, ';');
  const auto [priority, after] = cut_at(head, ',');
  const auto time = cut_at(cut_at(after, ',').second, ',').first;
  const auto number = number_of<std::uint32_t>(priority);
  const auto micros = number_of<std::uint64_t>(time);
  if (!number || !micros || (*number & kPriorityBits) > kError) return std::nullopt;
  const auto fraction = std::to_string(*micros % 1'000'000);
  return "[" + std::to_string(*micros / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction + "] " +
         std::string(cut_at(text, '\n').first);
}

std::vector<std::string_view> lines_about_errors(std::string_view text) {
  auto lines = lines_of(text);
  std::erase_if(lines, [](std::string_view line) { return !speaks_of_an_error(line); });
  return lines;
}

Result<session::DiagLogs> read_logs(const Probe& probe) {
  if (auto logs = from_journal(probe)) return std::move(*logs);
  if (auto logs = from_syslog()) return std::move(*logs);
  if (auto logs = from_kernel(probe)) return std::move(*logs);
  return fail(Errc::unsupported, "neither a journal, /var/log/syslog nor /dev/kmsg can be read");
}

} // namespace rs::agent::diag

#include "agentd/services/diag/cpu.hpp"

#include "agentd/services/diag/scan.hpp"

#include <cmath>
#include <set>

namespace rs::agent::diag {
namespace {

constexpr std::size_t kMaxTemperatures = 32;
constexpr double kHottest = 1000; // a sensor that says more is broken

void add_temperature(const std::string& file, std::string sensor, std::vector<session::DiagTemperature>& into) {
  const auto milli = number_of<std::int64_t>(read_line(file).value_or(""));
  if (!milli || into.size() >= kMaxTemperatures || std::abs(static_cast<double>(*milli)) > kHottest * 1000) return;
  into.push_back({std::move(sensor), static_cast<double>(*milli) / 1000});
}

void add_zones(std::vector<session::DiagTemperature>& into) {
  const std::string root = "/sys/class/thermal/";
  for (const auto& zone : names_in(root)) {
    if (zone.starts_with("thermal_zone"))
      add_temperature(root + zone + "/temp", read_line(root + zone + "/type").value_or(zone), into);
  }
}

void add_monitors(std::vector<session::DiagTemperature>& into) {
  const std::string root = "/sys/class/hwmon/";
  for (const auto& monitor : names_in(root)) {
    const auto directory = root + monitor + "/";
    const auto chip = read_line(directory + "name").value_or(monitor);
    for (const auto& name : names_in(directory)) {
      if (!name.starts_with("temp") || !name.ends_with("_input")) continue;
      const auto sensor = name.substr(0, name.size() - std::string_view("_input").size());
      add_temperature(directory + name, chip + " " + read_line(directory + sensor + "_label").value_or(sensor), into);
    }
  }
}

} // namespace

void parse_cpuinfo(std::string_view text, session::DiagCpu& into) {
  std::set<std::pair<std::string_view, std::string_view>> cores;
  std::string_view package;
  into.logical = 0;
  for (const auto line : lines_of(text)) {
    const auto [name, rest] = cut_at(line, ':');
    const auto key = trimmed(name);
    const auto value = trimmed(rest);
    if (key == "processor") ++into.logical;
    if ((key == "model name" || key == "Model") && !into.model && !value.empty()) into.model = short_text(value);
    if (key == "physical id") package = value;
    if (key == "core id") cores.emplace(package, value);
  }
  if (!cores.empty()) into.physical = static_cast<std::uint32_t>(cores.size());
}

void parse_loadavg(std::string_view text, session::DiagCpu& into) {
  const auto words = words_of(text.substr(0, text.find('\n')));
  if (words.size() < 3) return;
  into.load_1 = real_of(words[0]);
  into.load_5 = real_of(words[1]);
  into.load_15 = real_of(words[2]);
}

// user nice system idle iowait irq softirq steal guest guest_nice; the guests' are in user and nice already (proc(5)).
std::optional<CpuTimes> parse_cpu_times(std::string_view text) {
  constexpr std::size_t kIdle = 4, kWaiting = 5, kSteal = 8;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() <= kIdle || words[0] != "cpu") continue;
    CpuTimes times;
    for (std::size_t i = 1; i < words.size() && i <= kSteal; ++i) {
      const auto ticks = number_of<std::uint64_t>(words[i]).value_or(0);
      times.total += ticks;
      if (i == kIdle || i == kWaiting) times.idle += ticks;
    }
    return times;
  }
  return std::nullopt;
}

double usage_percent(const CpuTimes& before, const CpuTimes& after) {
  if (after.total <= before.total) return 0;
  const auto total = static_cast<double>(after.total - before.total);
  const auto idle = after.idle > before.idle ? static_cast<double>(after.idle - before.idle) : 0.0;
  return percent_of(total - idle, total);
}

std::optional<WallTime> parse_boot_time(std::string_view text) {
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[0] != "btime") continue;
    return wall_time_of(number_of<std::int64_t>(words[1]));
  }
  return std::nullopt;
}

Result<session::DiagCpu> read_cpu(const Probe& probe) {
  const auto before = parse_cpu_times(read_text("/proc/stat").value_or(""));
  session::DiagCpu cpu;
  parse_cpuinfo(read_text("/proc/cpuinfo").value_or(""), cpu);
  parse_loadavg(read_text("/proc/loadavg").value_or(""), cpu);
  add_zones(cpu.temperatures);
  add_monitors(cpu.temperatures);
  probe.pause(kSampleTime);
  const auto after = parse_cpu_times(read_text("/proc/stat").value_or(""));
  if (before && after) cpu.usage_percent = usage_percent(*before, *after);
  if (cpu.logical == 0 && !after) return fail(Errc::unsupported, "neither /proc/cpuinfo nor /proc/stat can be read");
  return cpu;
}

} // namespace rs::agent::diag

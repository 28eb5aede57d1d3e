#include "agentd/machine.hpp"

#include "base/ids.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>

namespace rs::agent {
namespace {

constexpr std::size_t kMaxName = 64;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_name_char(char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; }

} // namespace

std::string host_name() {
  boost::system::error_code failed;
  auto name = boost::asio::ip::host_name(failed);
  return failed ? std::string() : name;
}

std::string agent_name_from(std::string_view host) {
  std::string name(host.substr(0, kMaxName));
  std::replace_if(name.begin(), name.end(), [](char c) { return !is_name_char(c); }, '-');
  name.erase(name.begin(), std::find_if(name.begin(), name.end(), is_alnum));
  if (name.empty()) return "agent";
  if (!check_name(name, "name")) return "host-" + name; // of an id's form
  return name;
}

std::string os_name() {
  std::ifstream file("/etc/os-release");
  constexpr std::string_view kKey = "PRETTY_NAME=";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kKey)) continue;
    std::string value = line.substr(kKey.size());
    std::erase(value, '"');
    if (!value.empty()) return value;
  }
  return "Linux";
}

int local_minute(WallTime now) {
  const std::time_t seconds = to_unix_seconds(now);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return local.tm_hour * 60 + local.tm_min;
}

} // namespace rs::agent
